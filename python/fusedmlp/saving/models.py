"""A model to the content of its file and back, without the class ``Sequential``."""

from __future__ import annotations

from os import PathLike

from ..checks.arrays import Array
from ..model.description import describe, set_up
from ..model.passes import Passes
from .format import read, to_bytes


def pack(
    model: Passes,
    function: str,
    run: str | None = None,
    run_arrays: dict[str, Array] | None = None,
) -> bytes:
    """Return the content of a model file; `run` and `run_arrays` make it a checkpoint."""
    return to_bytes(*describe(model, function), function, run, run_arrays)


def unpack(path: str | PathLike[str], function: str) -> tuple[Passes, str | None, dict[str, Array]]:
    """Return the model in a file and, if it is a checkpoint, what :func:`pack` got of the run."""
    content = read(path, function)
    model = Passes.__new__(Passes)
    set_up(model, content.description, content.tensors, f"{function}: {path}")
    return model, content.run, content.run_arrays
