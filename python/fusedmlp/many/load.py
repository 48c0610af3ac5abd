"""``fm.load``: what a model file holds, be it one model or an ensemble."""

from __future__ import annotations

from os import PathLike
from typing import Any

from ..saving.format import read
from ..softmax_sequential import model_class
from .ensemble import MEMBERS, Ensemble


def load(path: str | PathLike[str]) -> Any:
    """Return the model that :meth:`Sequential.save` or :meth:`Ensemble.save` wrote to `path`.

    Parameters
    ----------
    path : path-like
        ``~`` is the home folder.

    Returns
    -------
    Sequential or Ensemble

    Raises
    ------
    CheckpointError
        If the file is damaged, of a later version, or no fusedmlp model.
    OSError
        If it cannot be read.

    Examples
    --------
    >>> import tempfile, os, fusedmlp as fm
    >>> model = fm.MLP([2, 3, 1], seed=0)
    >>> path = os.path.join(tempfile.mkdtemp(), "model.safetensors")
    >>> model.save(path)
    >>> bool((fm.load(path).theta == model.theta).all())
    True
    """
    content = read(path, "load")
    described = content.description
    kind: Any = Ensemble if MEMBERS in described else model_class(described)
    return kind.from_description(described, content.tensors, where=f"load: {path}")
