"""``load_weights`` as a method: a model's numbers from a state dict."""

from __future__ import annotations

from collections.abc import Mapping
from os import PathLike
from typing import Any

from ..checks.numbers import flag
from ..model.passes import Passes


class Weights(Passes):
    """The method of :class:`Sequential`."""

    def load_weights(
        self,
        path_or_dict: str | PathLike[str] | Mapping[str, Any],
        transpose: bool = False,
        *,
        names: Mapping[str, str] | None = None,
    ) -> None:
        """Set all parameters (and running statistics) from a state dict.

        Parameters
        ----------
        path_or_dict : path of a safetensors file, or dict of arrays or tensors
            Names of :meth:`parameters` and :meth:`statistics`, or others layer by layer in order:
            PyTorch counts activations among the layers. ``num_batches_tracked`` is ignored.
        transpose : bool, default False
            Whether weights are (outputs, inputs), as PyTorch has them.
        names : dict, optional
            What stands before the last point of their names, and our layer: ``{"fc1": "0"}``.
            Needed for files (which keep no order) whose names hold no numbers.

        Raises
        ------
        CheckpointError
            If the file is no safetensors file.
        ValueError
            If names, shapes or numbers do not fit; the model is then as it was.

        Examples
        --------
        >>> import numpy as np, fusedmlp as fm
        >>> model = fm.MLP([2, 3, 1], seed=0)
        >>> other = fm.MLP([2, 3, 1], seed=1)
        >>> model.load_weights(other.parameters())
        >>> bool((model.theta == other.theta).all())
        True
        """
        from .state_dicts import assign, read_state

        self._require_built("load_weights")
        transpose = flag(transpose, "load_weights", "transpose")
        arrays, ordered = read_state(path_or_dict, "load_weights", "path_or_dict")
        with self._exclusive("load_weights"):
            assign(self, arrays, ordered, transpose, names, "load_weights")
