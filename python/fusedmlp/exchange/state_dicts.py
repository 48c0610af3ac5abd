"""Weights under other names: those of a PyTorch state dict, put into the layers of a model."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from os import PathLike
from typing import Any

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load as load_tensors

from ..checks.arrays import Array
from ..checks.paths import user_path
from ..core.exceptions import CheckpointError
from ..model.parameters import Parameters
from .taken import float_values

_IGNORED = "num_batches_tracked"
_STATISTICS = ("running_mean", "running_var", "edges")


def read_state(source: Any, function: str, argument: str) -> tuple[dict[str, Array], bool]:
    """Return arrays by name, and whether their order says which layer comes first.

    Parameters
    ----------
    source : path of a safetensors file, or dict of arrays or tensors
    function, argument : for messages
    """
    if isinstance(source, (str, bytes, os.PathLike)):
        return _read_file(source, function), False
    if not isinstance(source, Mapping):
        raise TypeError(
            f"{function}: {argument} must be a dict of arrays or the path of a safetensors file, "
            f"got {type(source).__name__}"
        )
    found = {}
    for name, value in source.items():
        if _key(str(name)) == _IGNORED:
            continue
        if hasattr(value, "detach"):
            value = value.detach().cpu()
            value = value.float() if str(value.dtype) == "torch.bfloat16" else value
        found[str(name)] = float_values(value, function, str(name))
    return found, True


def _read_file(path: str | bytes | PathLike[str], function: str) -> dict[str, Array]:
    content = user_path(path, function).read_bytes()
    try:
        tensors = load_tensors(content)
    except (SafetensorError, KeyError, ValueError, TypeError, AttributeError) as error:
        raise CheckpointError(
            f"{function}: {os.fsdecode(path)} is no safetensors file that can be read: {error}; "
            "files of torch.save are read with torch.load and given as a dict"
        ) from error
    return {
        name: float_values(tensor, function, name)
        for name, tensor in tensors.items()
        if _key(name) != _IGNORED
    }


def assign(
    model: Parameters,
    arrays: Mapping[str, Array],
    ordered: bool,
    transpose: bool,
    names: Mapping[str, str] | None,
    function: str,
) -> None:
    """Write arrays into a built model; it is unchanged unless everything fits.

    Parameters
    ----------
    model : a built model
    arrays : by name
    ordered : whether their order is that of the layers
    transpose : whether weights of Dense layers are (out, in), as in PyTorch
    names : what stands before the last point of their names, and the layer of ours it means
    function : for messages
    """
    if names is not None and not isinstance(names, Mapping):
        raise TypeError(f"{function}: names must be a dict such as {{'fc1': '0'}}, got {names!r}")
    views = model.parameters()
    if any(_key(name) in _STATISTICS for name in arrays):
        views.update(model.statistics())
    pairs = _paired(list(views), list(arrays), ordered, names, function)
    dense = {t.name for op in model.ops if op.kind == "dense" for t in op.parameters}
    ready: dict[str, Array] = {}
    for ours, theirs in pairs.items():
        array, shape = arrays[theirs], views[ours].shape
        turned = ours in dense and len(shape) == 2
        value = array.T if turned and transpose and array.ndim == 2 else array
        if value.shape != shape:
            hint = ""
            if turned and array.ndim == 2 and (array if transpose else array.T).shape == shape:
                hint = f"; pass transpose={not transpose}"
            wanted = shape[::-1] if transpose and turned else shape
            raise ValueError(
                f"{function}: {theirs} must have shape {wanted} for {ours}, got {array.shape}{hint}"
            )
        with np.errstate(over="ignore"):
            ready[ours] = value.astype(model.dtype)
        if not np.isfinite(ready[ours]).all():
            raise ValueError(f"{function}: {theirs} holds NaN or infinity as {model.dtype}")
    for ours, value in ready.items():
        views[ours][...] = value


def _paired(
    ours: list[str],
    theirs: list[str],
    ordered: bool,
    names: Mapping[str, str] | None,
    function: str,
) -> dict[str, str]:
    """Return the array of theirs for each of ours."""
    if names is not None:
        renamed = {_renamed(name, names): name for name in theirs}
        return _same_names(ours, renamed, function)
    if set(ours) == set(theirs):
        return {name: name for name in ours}
    our_layers, their_layers = _layers(ours), _layers(theirs)
    if not ordered:
        if not all(re.search(r"\d", prefix) for prefix in their_layers):
            raise ValueError(
                f"{function}: the file holds {_listed(theirs)}, which do not say their order; the "
                f"model needs {_listed(ours)}: pass names={{{next(iter(their_layers))!r}: "
                f"{next(iter(our_layers))!r}, ...}}"
            )
        their_layers = dict(sorted(their_layers.items(), key=lambda item: _natural(item[0])))
    pairs = {}
    if len(our_layers) == len(their_layers):
        for (ours_at, own), (theirs_at, other) in zip(
            our_layers.items(), their_layers.items(), strict=True
        ):
            if set(own) != set(other):
                break
            pairs.update({_joined(ours_at, key): _joined(theirs_at, key) for key in own})
    if len(pairs) < len(ours):
        raise ValueError(
            f"{function}: the model needs {_listed(ours)}, got {_listed(theirs)}; layer by layer "
            "the same arrays are wanted"
        )
    return pairs


def _same_names(ours: list[str], found: Mapping[str, str], function: str) -> dict[str, str]:
    if set(ours) != set(found):
        raise ValueError(f"{function}: the model needs {_listed(ours)}, got {_listed(list(found))}")
    return {name: found[name] for name in ours}


def _renamed(name: str, names: Mapping[str, str]) -> str:
    prefix, _, key = name.rpartition(".")
    return _joined(names.get(prefix, prefix), key)


def _key(name: str) -> str:
    return name.rpartition(".")[2]


def _joined(prefix: str, key: str) -> str:
    return f"{prefix}.{key}" if prefix else key


def _layers(names: list[str]) -> dict[str, list[str]]:
    """Return the arrays of each layer, layers in the order of their first array."""
    found: dict[str, list[str]] = {}
    for name in sorted(names, key=lambda n: _key(n) in _STATISTICS):
        prefix, _, key = name.rpartition(".")
        found.setdefault(prefix, []).append(key)
    return found


def _natural(text: str) -> list[tuple[int, int | str]]:
    parts = re.split(r"(\d+)", text)
    return [(0, int(p)) if p.isdigit() else (1, p) for p in parts if p]


def _listed(names: list[str], most: int = 6) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return f"{', '.join(names[:most]) or 'nothing'}{more}"
