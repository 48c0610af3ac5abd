"""``Sequential``: layers applied one after the other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
from os import PathLike
from typing import Any

import numpy as np

from .checks.arrays import Array
from .checks.numbers import integer
from .exchange.exports import Exports
from .exchange.source import Source
from .exchange.weights import Weights
from .layers import Layer, checked_layers
from .model.description import describe, set_up
from .model.gradients import Gradients
from .saving.files import write_atomically
from .saving.format import to_bytes
from .saving.runs import RunWriter, SavedRun
from .training.fit import Training
from .training.interrupted import Saved


class Sequential(Training, Gradients, Weights, Exports):
    """A feed-forward network: layers applied one after the other.

    Parameters
    ----------
    layers : sequence of layers
        ``fm.Dense``, ``fm.Activation``, ``fm.Dropout``, ``fm.BatchNorm``, ``fm.LayerNorm``,
        ``fm.Residual``.
    in_features : int, optional
        Number of inputs. If it is not known here or from the first layer, the model is built when
        it first sees data.
    dtype : {"float32", "float64"}, default "float32"
        Type of all parameters and of the arithmetic.
    seed : int, numpy.random.Generator or None
        Fixes initial weights, shuffles and dropout masks. None takes fresh entropy.

    Attributes
    ----------
    theta, grad : numpy.ndarray
        All parameters, and their gradients after :meth:`backward`, as flat arrays: layer by layer,
        weight then bias, row-major. Writing to ``theta`` changes the model.
    buffers : numpy.ndarray
        Numbers that are not trained (running statistics), flat.
    layers : tuple of layers
    dtype : str
    in_features : int or None
    metadata : dict
        Anything of your own that JSON can hold; saved and loaded with the model.
    epochs_trained, steps_trained : int
        How far :meth:`fit` has come; the position in the streams of random numbers.
    history : fm.History or None
        Of the last :meth:`fit`, also if that ended with an exception.

    Examples
    --------
    The XOR net of two layers:

    >>> import numpy as np, fusedmlp as fm
    >>> X = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], dtype=np.float32)
    >>> y = np.array([0, 1, 1, 0])
    >>> model = fm.Sequential([fm.Dense(8, "tanh"), fm.Dense(2)], in_features=2, seed=0)
    >>> history = model.fit(X, y, loss="cross_entropy", optimizer=fm.optim.Adam(lr=0.05),
    ...                     epochs=400, batch_size=4)
    >>> model.predict(X).argmax(axis=1)
    array([0, 1, 1, 0])
    """

    def __init__(
        self,
        layers: Sequence[Layer],
        *,
        in_features: int | None = None,
        dtype: str = "float32",
        seed: int | np.random.Generator | None = None,
    ) -> None:
        layers = checked_layers(layers, "Sequential")
        self._set_up(layers, dtype, seed)
        given = layers[0].in_features
        if in_features is not None:
            in_features = integer(in_features, "Sequential", "in_features", low=1)
            if given is not None and given != in_features:
                raise ValueError(
                    f"Sequential: in_features={in_features} contradicts the first layer's "
                    f"in_features={given}"
                )
        if in_features is not None or given is not None:
            self.build(in_features or given or 0)

    def _read_run(self, path: str | PathLike[str]) -> Saved:
        return SavedRun(path)

    @property
    def _write_run(self) -> RunWriter:
        return RunWriter(self)

    def _source(self, function: str) -> Source:
        return Source((self,), self.metadata)

    def copy(self) -> Sequential:
        """Return an independent copy: parameters, statistics, position and metadata."""
        return deepcopy(self)

    def to_description(self) -> tuple[dict[str, Any], dict[str, Array]]:
        """Return the model as a dict and tensors by name, for :meth:`from_description`.

        Returns
        -------
        description : dict
            Layers, sizes, seed, position and metadata. A callable initialiser becomes "auto".
        tensors : dict of arrays
            Views of the parameters and running statistics.
        """
        return describe(self, "to_description")

    @classmethod
    def from_description(
        cls,
        description: Mapping[str, Any],
        tensors: Mapping[str, Array],
        *,
        where: str = "from_description: the description",
    ) -> Sequential:
        """Return the model that :meth:`to_description` described.

        Parameters
        ----------
        description : dict
        tensors : dict of arrays
            Copied into the new model.
        where : str
            Beginning of error messages.

        Raises
        ------
        CheckpointError
            If the description makes no sense or the tensors do not fit it. Sizes are compared
            before anything is allocated.

        Examples
        --------
        >>> import fusedmlp as fm
        >>> model = fm.MLP([2, 3, 1], seed=0)
        >>> fm.Sequential.from_description(*model.to_description())
        <Sequential 2 -> [Dense(3, relu), Dense(1)], 13 parameters, float32>
        """
        # Not through the constructor, which would allocate and draw parameters.
        model = cls.__new__(cls)
        set_up(model, description, tensors, where)
        return model

    def save(self, path: str | PathLike[str]) -> None:
        """Write the model to `path` as safetensors; the old file stays until the new one is whole.

        Parameters
        ----------
        path : path-like
            ``~`` is the home folder. A link stays a link: the file it leads to is replaced.

        Raises
        ------
        ValueError
            If the model is not built.
        TypeError
            If ``model.metadata`` holds something that JSON cannot.
        OSError
            If the file cannot be written, or `path` is a folder, device or pipe; the old file is
            then still whole.

        Notes
        -----
        A callable initialiser is not saved: the loaded layer says "auto" in its place. See
        :func:`fm.load`.
        """
        write_atomically(path, to_bytes(*describe(self, "save"), "save"))

    def summary(self) -> str:
        """Return a table of the layers, their output widths and numbers of parameters.

        Examples
        --------
        >>> import fusedmlp as fm
        >>> print(fm.MLP([2, 3, 1], seed=0).summary())
        #  layer            output  parameters
        0  Dense(3, relu)        3           9
        1  Dense(1)              1           4
        total 13 parameters, float32
        """
        self._require_built("summary")
        lines, width = [("#", "layer", "output", "parameters")], self.in_features or 0
        for i, layer in enumerate(self.layers):
            built = layer.build(width)
            width = built.out_features
            count = sum(t.size for t in built.parameters)
            lines.append((str(i), layer.label(), str(width), str(count)))
        widths = [max(len(line[c]) for line in lines) for c in range(4)]
        table = [
            f"{a:<{widths[0]}}  {b:<{widths[1]}}  {c:>{widths[2]}}  {d:>{widths[3]}}"
            for a, b, c, d in lines
        ]
        return "\n".join([*table, f"total {self.num_parameters} parameters, {self.dtype}"])

    def __repr__(self) -> str:
        size = "not built" if self.in_features is None else f"{self.num_parameters} parameters"
        names = ", ".join(layer.label() for layer in self.layers)
        return f"<Sequential {self.in_features or '?'} -> [{names}], {size}, {self.dtype}>"
