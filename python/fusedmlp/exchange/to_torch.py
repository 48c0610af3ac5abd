"""A model as a PyTorch module."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..core.catalogue import ACTIVATIONS
from . import columns, ops, table
from .from_torch import ACTIVATIONS as TORCH_NAMES
from .graph import Graph
from .torch_modules import modules

_CLASSES = {ours: (theirs, names) for theirs, (ours, names) in TORCH_NAMES.items()}


def torch_module(graph: Graph, function: str) -> Any:
    """Return an ``nn.Sequential`` in evaluation mode that computes a graph.

    Raises
    ------
    ImportError
        If PyTorch is not installed.
    """
    try:
        import torch
    except ImportError as error:
        raise ImportError(
            f"{function}: PyTorch is not installed ({error}): pip install torch"
        ) from error
    made = _sequence(torch, graph.ops, graph.in_features)
    return made.to(getattr(torch, graph.dtype)).eval()


def _sequence(torch: Any, found: ops.Steps, width: int) -> Any:
    parts = []
    for op in found:
        parts.append(WRITERS[type(op)](torch, op, width))
        width = op.out(width)
    return torch.nn.Sequential(*parts)


def _fill(target: Any, array: Any) -> None:
    """Copy numbers into a parameter or buffer, in float64 at first."""
    import torch

    target.data = torch.tensor(np.ascontiguousarray(array))


def _affine(torch: Any, op: Any, width: int) -> Any:
    layer = torch.nn.Linear(*op.weight.shape, bias=op.bias is not None)
    _fill(layer.weight, op.weight.T)
    if op.bias is not None:
        _fill(layer.bias, op.bias)
    return layer


def _activate(torch: Any, op: Any, width: int) -> Any:
    if op.name in ("gelu", "gelu_tanh"):
        return torch.nn.GELU(approximate="tanh" if op.name == "gelu_tanh" else "none")
    if op.name == "identity":
        return torch.nn.Identity()
    if op.name not in _CLASSES:
        raise ValueError(f"to_torch: the activation {op.name!r} has no module of torch.nn")
    theirs, names = _CLASSES[op.name]
    params = dict(zip(ACTIVATIONS[op.name].params, op.params, strict=True))
    return getattr(torch.nn, theirs)(**{names[key]: value for key, value in params.items()})


def _batch_norm(torch: Any, op: Any, width: int) -> Any:
    layer = torch.nn.BatchNorm1d(width, eps=op.eps, momentum=op.momentum)
    for target, array in (
        (layer.weight, op.weight), (layer.bias, op.bias),
        (layer.running_mean, op.mean), (layer.running_var, op.variance),
    ):  # fmt: skip
        _fill(target, array)
    return layer


def _layer_norm(torch: Any, op: Any, width: int) -> Any:
    layer = torch.nn.LayerNorm(width, eps=op.eps)
    _fill(layer.weight, op.weight)
    _fill(layer.bias, op.bias)
    return layer


def _softmax(torch: Any, op: Any, width: int) -> Any:
    return (torch.nn.LogSoftmax if op.log else torch.nn.Softmax)(dim=-1)


def _dropout(torch: Any, op: Any, width: int) -> Any:
    return torch.nn.Dropout(op.p)


def _residual(torch: Any, op: Any, width: int) -> Any:
    return modules().Residual(_sequence(torch, op.inner, width))


def _mean(torch: Any, op: Any, width: int) -> Any:
    return modules().Mean([_sequence(torch, member, width) for member in op.members])


def _sort(torch: Any, op: Any, width: int) -> Any:
    return modules().Sort()


def _blend(torch: Any, op: Any, width: int) -> Any:
    return modules().Blend(_activate(torch, op.activation, width), op.share)


def _of_arrays(name: str) -> Callable[[Any, Any, int], Any]:
    def write(torch: Any, op: Any, width: int) -> Any:
        return getattr(modules(), name)(op)

    return write


WRITERS: dict[type[ops.Operation], Callable[[Any, Any, int], Any]] = {
    ops.Affine: _affine,
    ops.Activate: _activate,
    ops.Blend: _blend,
    ops.Rescale: _of_arrays("Rescale"),
    ops.BatchNorm: _batch_norm,
    ops.LayerNorm: _layer_norm,
    ops.Dropout: _dropout,
    ops.Softmax: _softmax,
    ops.Residual: _residual,
    ops.Mean: _mean,
    ops.Sort: _sort,
    columns.Embed: _of_arrays("Embed"),
    columns.OneHot: _of_arrays("OneHot"),
    columns.Periodic: _of_arrays("Periodic"),
    columns.Piecewise: _of_arrays("Piecewise"),
    table.Encode: _of_arrays("Encode"),
}
