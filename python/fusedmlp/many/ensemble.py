"""``Ensemble``: models whose predictions are averaged."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from os import PathLike
from typing import Any, overload

import numpy as np
from numpy.typing import ArrayLike

from ..checks.arrays import Array
from ..checks.numbers import flag
from ..checks.rows import input_rows
from ..core import backend
from ..core.exceptions import CheckpointError
from ..exchange.exports import Exports
from ..exchange.source import Source
from ..functional import sigmoid, softmax
from ..model.description import describe
from ..saving.files import write_atomically
from ..saving.format import to_bytes
from ..sequential import Sequential
from ..softmax_sequential import SoftmaxSequential, model_class
from ..training.outputs import last_activation
from .side_by_side import side_by_side

MEMBERS = "members"  # of a description: those of its models

_BLOCK = 2**22  # outputs of all members that are held at a time
# Multiply-adds that are worth a thread of Python, which takes tens of microseconds to start.
_WORK = 2_000_000


class Ensemble(Exports):
    """Models for one purpose, as one: the mean of what they predict.

    Parameters
    ----------
    models : sequence of Sequential
        Built, with equal numbers of inputs and of outputs.

    Attributes
    ----------
    models : tuple of Sequential
    in_features, out_features : int
    metadata : dict
        Anything of your own that JSON can hold; saved and loaded with the ensemble.

    Raises
    ------
    TypeError, ValueError
        If a model is none, is not built, or differs from the first in its inputs or outputs.

    Examples
    --------
    >>> import numpy as np, fusedmlp as fm
    >>> rng = np.random.default_rng(0)
    >>> X, y = rng.standard_normal((60, 4)), rng.integers(0, 3, 60)
    >>> models = [fm.MLP([4, 16, 3], seed=k) for k in range(5)]
    >>> _ = fm.fit_many(models, X, y, loss="cross_entropy", epochs=5)
    >>> ensemble = fm.Ensemble(models)
    >>> ensemble.predict_proba(X).shape
    (60, 3)
    >>> mean, std = ensemble.predict(X, return_std=True)
    """

    def __init__(self, models: Sequence[Sequential]) -> None:
        if isinstance(models, (Sequential, str)) or not hasattr(models, "__iter__"):
            raise TypeError(f"Ensemble: models must be a list of models, got {models!r}")
        self.models: tuple[Sequential, ...] = tuple(models)
        self.metadata: dict[str, Any] = {}
        if not self.models:
            raise ValueError("Ensemble: models must hold at least one model, got none")
        for k, model in enumerate(self.models):
            if not isinstance(model, Sequential):
                raise TypeError(f"Ensemble: models[{k}] must be a Sequential, got {model!r}")
            model._require_built(f"Ensemble: models[{k}]")
            found = (model.in_features, model.out_features)
            wanted = (self.models[0].in_features, self.models[0].out_features)
            if found != wanted:
                raise ValueError(
                    f"Ensemble: models[{k}] must have {wanted[0]} inputs and {wanted[1]} outputs "
                    f"as models[0], got {found[0]} and {found[1]}"
                )
        self.in_features: int = int(wanted[0] or 0)
        self.out_features: int = wanted[1]
        self._dtype = np.result_type(*(model.dtype for model in self.models))

    @overload
    def predict(self, X: ArrayLike) -> Array: ...
    @overload
    def predict(self, X: ArrayLike, return_std: bool) -> Any: ...
    def predict(self, X: ArrayLike, return_std: bool = False) -> Any:
        """Return the mean of the models' outputs for every row of `X`.

        Parameters
        ----------
        X : array_like, shape (n, in_features)
        return_std : bool, default False
            Return the standard deviation over the models too: how far they disagree.

        Returns
        -------
        mean : numpy.ndarray, shape (n, out_features)
            In float64 if a model is, else float32.
        std : numpy.ndarray, shape (n, out_features)
            With `return_std`; the square root of the mean squared deviation.
        """
        return_std = flag(return_std, "Ensemble.predict", "return_std")
        rows = input_rows(X, "Ensemble.predict", "X", self.in_features)
        mean = np.empty((len(rows), self.out_features), self._dtype)
        std = np.empty_like(mean)
        for part, outputs in self._blocks(rows, answers=True):
            mean[part] = outputs.mean(axis=0, dtype=np.float64)
            if return_std:
                std[part] = outputs.std(axis=0, dtype=np.float64)
        return (mean, std) if return_std else mean

    def predict_proba(self, X: ArrayLike) -> Array:
        """Return the mean of the models' probabilities of each class.

        Parameters
        ----------
        X : array_like, shape (n, in_features)

        Returns
        -------
        numpy.ndarray, shape (n, classes)
            The softmax of each model's outputs, averaged. With one output two classes, the
            second with its sigmoid.

        Raises
        ------
        ValueError
            If a model ends in an activation, so that its outputs are no logits.
        """
        for k, model in enumerate(self.models):
            last = last_activation(model.planned(self.in_features))
            if last is not None and last.name != "identity":
                raise ValueError(
                    f"Ensemble.predict_proba: models[{k}] ends in {last.name}, but probabilities "
                    "are made of logits; leave the output activation out"
                )
        rows = input_rows(X, "Ensemble.predict_proba", "X", self.in_features)
        result = np.empty((len(rows), max(2, self.out_features)), self._dtype)
        for part, outputs in self._blocks(rows, answers=False):
            if self.out_features > 1:
                result[part] = softmax(outputs).mean(axis=0, dtype=np.float64)
            else:
                result[part, 1] = sigmoid(outputs)[:, :, 0].mean(axis=0, dtype=np.float64)
                result[part, 0] = 1 - result[part, 1]
        return result

    def _source(self, function: str) -> Source:
        return Source(self.models, self.metadata)

    def save(self, path: str | PathLike[str]) -> None:
        """Write all models to one safetensors file; ``fm.load`` gives the ensemble back.

        Parameters
        ----------
        path : path-like
            As in :meth:`Sequential.save`, which also says what is raised.
        """
        members, tensors = [], {}
        for k, model in enumerate(self.models):
            description, arrays = describe(model, "save")
            members.append(description)
            tensors.update({f"{k}/{name}": array for name, array in arrays.items()})
        description = {MEMBERS: members, "metadata": self.metadata}
        write_atomically(path, to_bytes(description, tensors, "save"))

    @classmethod
    def from_description(
        cls, description: Mapping[str, Any], tensors: Mapping[str, Array], *, where: str
    ) -> Ensemble:
        """Return the ensemble of a file.

        Parameters
        ----------
        description, tensors
            What the file holds.
        where : str
            Beginning of error messages.

        Raises
        ------
        CheckpointError
            If they do not fit together.
        """
        members, metadata = description[MEMBERS], description.get("metadata")
        if not isinstance(members, list) or not isinstance(metadata, dict):
            raise CheckpointError(f"{where} describes no valid ensemble")
        parts: list[dict[str, Array]] = [{} for _ in members]
        for name, tensor in tensors.items():
            number, _, inner = name.partition("/")
            if not number.isdecimal() or int(number) >= len(parts):
                raise CheckpointError(f"{where} holds {name!r}, which belongs to no model of it")
            parts[int(number)][inner] = tensor
        described = [member if isinstance(member, dict) else {} for member in members]
        models = [
            model_class(member).from_description(member, part, where=f"{where}: model {k}")
            for k, (member, part) in enumerate(zip(described, parts, strict=True))
        ]
        try:
            ensemble = cls(models)
        except ValueError as error:
            raise CheckpointError(f"{where} describes no valid ensemble: {error}") from error
        ensemble.metadata = metadata
        return ensemble

    def __len__(self) -> int:
        return len(self.models)

    def __repr__(self) -> str:
        return (
            f"<Ensemble of {len(self)} models, {self.in_features} inputs, "
            f"{self.out_features} outputs>"
        )

    def _blocks(self, rows: Array, *, answers: bool) -> Iterator[tuple[slice, Array]]:
        """Yield blocks of rows, each with the outputs of all models: (models, rows, outputs).

        With `answers` they are what ``predict`` gives, of a SoftmaxSequential probabilities.
        """
        step = max(1, _BLOCK // (len(self) * self.out_features))
        networks = [model._network for model in self.models]
        parameters = sum(model.num_parameters for model in self.models)
        for start in range(0, len(rows), step):
            part = slice(start, min(start + step, len(rows)))
            count = part.stop - part.start
            threads = backend.core.get_num_threads()
            workers = min(threads, max(1, count * parameters // _WORK))
            own = max(1, threads // min(workers, len(self)))
            outputs = [np.empty((count, self.out_features), m.dtype) for m in self.models]
            calls: list[Callable[[], None]] = [
                partial(network.predict, rows[part], y, own)
                for network, y in zip(networks, outputs, strict=True)
            ]
            side_by_side(calls, workers)
            if answers:
                outputs = [
                    model._probabilities(y) if isinstance(model, SoftmaxSequential) else y
                    for model, y in zip(self.models, outputs, strict=True)
                ]
            yield part, np.stack(outputs)
