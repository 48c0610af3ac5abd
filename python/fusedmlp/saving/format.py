"""Model files: safetensors, self-describing, written whole or not at all.

The tensors are ``theta`` by parameter name and the running statistics; the header's ``fusedmlp``
entry is a JSON description of the layers. A checkpoint holds the state of a fit besides: tensors
named ``run/...`` and the header's entry ``run``. Nothing in a file is ever executed.
"""

from __future__ import annotations

import json
import os
import tempfile
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load as load_tensors
from safetensors.numpy import save as save_tensors

from ..checks.arrays import Array
from ..checks.numbers import integer
from ..core.exceptions import CheckpointError
from ..layers import layer_from_dict, layer_to_dict

if TYPE_CHECKING:
    from ..model.passes import Passes
    from ..sequential import Sequential

FORMAT = 1
RUN = "run"

# What reading a damaged or hostile file may raise; blocks nested a thousand deep end the recursion.
_DAMAGED = (
    SafetensorError, KeyError, ValueError, TypeError, AttributeError, OverflowError, IndexError,
    RecursionError,
)  # fmt: skip


def save(model: Sequential, path: str | PathLike[str]) -> None:
    """Write `model` to `path` as safetensors; the old file stays until the new one is whole.

    Parameters
    ----------
    model : Sequential
        Built. A callable initialiser is not saved: the loaded layer says "auto" in its place.
    path : path-like

    Raises
    ------
    ValueError
        If the model is not built.
    TypeError
        If ``model.metadata`` holds something that JSON cannot.
    OSError
        If the file cannot be written; the old one is then still whole.
    """
    write_atomically(Path(path), pack(model, "save"))


def pack(
    model: Passes,
    function: str,
    run: str | None = None,
    run_arrays: dict[str, Array] | None = None,
) -> bytes:
    """Return the content of a model file; `run` and `run_arrays` make it a checkpoint."""
    description = {
        "format": FORMAT,
        "in_features": model.in_features,
        "dtype": model.dtype,
        "seed": model.seed,
        "epochs_trained": model.epochs_trained,
        "steps_trained": model.steps_trained,
        "layers": [layer_to_dict(layer) for layer in model.layers],
        "metadata": model.metadata,
    }
    tensors = {**model.parameters(), **model.statistics()}
    tensors.update({f"{RUN}/{name}": array for name, array in (run_arrays or {}).items()})
    try:
        header = {"fusedmlp": json.dumps(description, allow_nan=False)}
    except (TypeError, ValueError) as error:
        raise TypeError(f"{function}: model.metadata must hold what JSON can: {error}") from error
    if run is not None:
        header[RUN] = run
    return save_tensors({k: np.ascontiguousarray(v) for k, v in tensors.items()}, header)


def load(path: str | PathLike[str]) -> Sequential:
    """Return the model that :meth:`Sequential.save` wrote to `path`.

    Parameters
    ----------
    path : path-like

    Returns
    -------
    Sequential

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
    return unpack(path, "load")[0]


def unpack(
    path: str | PathLike[str], function: str
) -> tuple[Sequential, str | None, dict[str, Array]]:
    """Return the model in a file and, if it is a checkpoint, what :func:`pack` got of the run."""
    from ..sequential import Sequential

    content = Path(path).read_bytes()
    try:
        tensors = load_tensors(content)
        description, run = _description(content)
    except _DAMAGED as error:
        raise CheckpointError(
            f"{function}: {path} is not a readable fusedmlp model: {error}"
        ) from error
    if description.get("format") != FORMAT:
        raise CheckpointError(
            f"{function}: {path} has format {description.get('format')!r}, "
            f"this version reads {FORMAT}"
        )
    prefix = f"{RUN}/"
    run_arrays = {k.removeprefix(prefix): v for k, v in tensors.items() if k.startswith(prefix)}
    if run is not None:
        tensors = {k: v for k, v in tensors.items() if not k.startswith(prefix)}
    try:
        layers = tuple(layer_from_dict(item) for item in description["layers"])
        # Not through the constructor: sizes are compared before anything is allocated for them.
        model = Sequential.__new__(Sequential)
        model._set_up(layers, description["dtype"], description["seed"])
        model._plan(integer(description["in_features"], function, "in_features", low=1))
        _check_tensors(model, tensors, path, function)
        model._allocate()
        for name, view in {**model.parameters(), **model.statistics()}.items():
            view[...] = tensors[name]
        model.epochs_trained = int(description["epochs_trained"])
        model.steps_trained = int(description["steps_trained"])
        model.metadata = dict(description["metadata"])
    except CheckpointError:
        raise
    except _DAMAGED as error:
        raise CheckpointError(f"{function}: {path} describes no valid model: {error!r}") from error
    return model, run, run_arrays


def _description(content: bytes) -> tuple[dict[str, Any], str | None]:
    """Return our parts of the safetensors header: 8 bytes of length, then JSON."""
    length = int.from_bytes(content[:8], "little")
    header = json.loads(content[8 : 8 + length])
    metadata = header["__metadata__"]
    description = json.loads(metadata["fusedmlp"])
    if not isinstance(description, dict):
        raise ValueError("its description is not a dict")
    return description, metadata.get(RUN)


def _check_tensors(model: Passes, tensors: dict[str, Any], path: Any, function: str) -> None:
    wanted = {name: t.shape for name, t in {**model._parameters, **model._buffers}.items()}
    found = {name: tensor.shape for name, tensor in tensors.items()}
    if wanted != found:
        raise CheckpointError(f"{function}: {path} holds {found}, but its layers need {wanted}")
    for name, tensor in tensors.items():
        if tensor.dtype != model.dtype:
            raise CheckpointError(
                f"{function}: {path}: {name} is {tensor.dtype}, not {model.dtype}"
            )


def write_atomically(path: Path, content: bytes) -> None:
    """Replace `path` in one step: a reader finds the old file or the new one, whole."""
    descriptor, temporary = tempfile.mkstemp(
        prefix=f".{path.name}.", suffix=".tmp", dir=path.parent
    )
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        # mkstemp makes private files; a model file follows the umask like any other.
        mask = os.umask(0)
        os.umask(mask)
        os.chmod(temporary, 0o666 & ~mask)
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    """Make the new name durable, where the system can."""
    if not hasattr(os, "O_DIRECTORY"):
        return
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
