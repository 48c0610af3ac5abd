"""Model files: safetensors with a description of the model in the header.

The tensors are the parameters and running statistics by name; the header's entry ``fusedmlp`` is
the description, a dict, as JSON. A checkpoint holds the state of a fit besides: tensors named
``run/...`` and the header's entry ``run``. The entry ``sha256`` is the hash of all of this, so that
a single wrong bit is found. Nothing in a file is ever executed.
"""

from __future__ import annotations

import errno
import hashlib
import json
from collections.abc import Mapping
from os import PathLike
from typing import Any, NamedTuple

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load as load_tensors
from safetensors.numpy import save as save_tensors

from ..checks.arrays import Array
from ..checks.paths import user_path
from ..core.exceptions import CheckpointError
from .files import special_kind
from .foreign import foreign

FORMAT = 2
RUN = "run"
HASH = "sha256"
_WITHOUT_HASH = 1  # the format before; read as it was written, without this safety

# What reading a damaged or hostile file may raise; JSON nested a thousand deep ends the recursion.
_DAMAGED = (
    SafetensorError, KeyError, ValueError, TypeError, AttributeError, OverflowError, IndexError,
    RecursionError,
)  # fmt: skip


class Content(NamedTuple):
    """What a model file holds; `run` is None and `run_arrays` empty if no fit is saved in it."""

    description: dict[str, Any]
    tensors: dict[str, Array]
    run: str | None
    run_arrays: dict[str, Array]


def to_bytes(
    description: Mapping[str, Any],
    tensors: Mapping[str, Array],
    function: str,
    run: str | None = None,
    run_arrays: Mapping[str, Array] | None = None,
) -> bytes:
    """Return the content of a model file; `run` and `run_arrays` make it a checkpoint.

    Raises
    ------
    TypeError
        If the description's metadata hold something that JSON cannot.
    """
    arrays = {**tensors, **{f"{RUN}/{name}": a for name, a in (run_arrays or {}).items()}}
    try:
        text = json.dumps({"format": FORMAT, **description}, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise TypeError(f"{function}: model.metadata must hold what JSON can: {error}") from error
    header = {"fusedmlp": text}
    if run is not None:
        header[RUN] = run
    exact = {k: np.ascontiguousarray(v) for k, v in arrays.items()}
    return _in_order(save_tensors(exact, {**header, HASH: content_hash(header, exact)}))


def _in_order(content: bytes) -> bytes:
    """Return a file with its metadata sorted: the library's order changes from call to call, and
    the same model shall be the same bytes."""
    size = 8 + int.from_bytes(content[:8], "little")
    header = json.loads(content[8:size])
    header["__metadata__"] = dict(sorted(header["__metadata__"].items()))
    text = json.dumps(header, separators=(",", ":"), ensure_ascii=False).encode()
    text += b" " * (-len(text) % 8)
    return len(text).to_bytes(8, "little") + text + content[size:]


def content_hash(header: Mapping[str, str], tensors: Mapping[str, Array]) -> str:
    """Return the SHA-256 of the entries of a header and of tensors with their names and shapes."""
    found = hashlib.sha256()
    for key in sorted(header):
        found.update(json.dumps([key, header[key]]).encode())
    for name in sorted(tensors):
        tensor = tensors[name].astype(tensors[name].dtype.newbyteorder("<"), copy=False)
        found.update(json.dumps([name, tensor.dtype.name, tensor.shape]).encode())
        found.update(tensor.reshape(-1).view(np.uint8).data)
    return found.hexdigest()


def read(path: str | PathLike[str], function: str) -> Content:
    """Return what is in a model file.

    Raises
    ------
    CheckpointError
        If the file is damaged, of a later version, or no fusedmlp model.
    OSError
        If it cannot be read.
    """
    content = _bytes_of(path, function)
    try:
        tensors = load_tensors(content)
        description, header = _description(content)
    except _DAMAGED as error:
        reason = foreign(content) or error
        raise CheckpointError(
            f"{function}: {path} is not a readable fusedmlp model: {reason}"
        ) from error
    if description.get("format") not in (_WITHOUT_HASH, FORMAT):
        raise CheckpointError(
            f"{function}: {path} has format {description.get('format')!r}, "
            f"this version reads {_WITHOUT_HASH} and {FORMAT}"
        )
    if description["format"] == FORMAT:
        _check_hash(header, tensors, f"{function}: {path}")
    run = header.get(RUN)
    prefix = f"{RUN}/"
    run_arrays = {k.removeprefix(prefix): v for k, v in tensors.items() if k.startswith(prefix)}
    if run is not None:
        tensors = {k: v for k, v in tensors.items() if not k.startswith(prefix)}
    return Content(description, tensors, run, run_arrays)


def _bytes_of(path: str | PathLike[str], function: str) -> bytes:
    file = user_path(path, function)
    kind = special_kind(file)
    if kind in ("a folder", "a device"):
        code = errno.EISDIR if kind == "a folder" else errno.EINVAL
        raise OSError(code, f"is {kind}, but {function} needs a model file", str(path))
    return file.read_bytes()


def _check_hash(header: dict[str, str], tensors: dict[str, Array], where: str) -> None:
    wanted = header.pop(HASH, None)
    if wanted is None:
        raise CheckpointError(f"{where} is damaged: the hash of its content is missing")
    if content_hash(header, tensors) != wanted:
        raise CheckpointError(
            f"{where} is damaged: its content does not match its hash; save it again, or take an "
            "older copy"
        )


def _description(content: bytes) -> tuple[dict[str, Any], dict[str, str]]:
    """Return the description, and all entries of the header's metadata: 8 bytes of length, then
    JSON."""
    length = int.from_bytes(content[:8], "little")
    header = json.loads(content[8 : 8 + length])
    metadata = header["__metadata__"]
    description = json.loads(metadata["fusedmlp"])
    if not isinstance(description, dict):
        raise ValueError("its description is not a dict")
    return description, metadata
