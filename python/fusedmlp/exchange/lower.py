"""The layers of the package as operations; a new layer is a function and a line of the table."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..checks.arrays import Array
from ..layers import Op
from . import columns
from .formulas import FORMULAS
from .ops import (
    Activate,
    Affine,
    BatchNorm,
    Blend,
    Dropout,
    LayerNorm,
    Operation,
    Rescale,
    Residual,
    Steps,
)

Arrays = dict[str, Array]


def _dense(settings: Any, arrays: Arrays, width: int) -> list[Operation]:
    affine = Affine(arrays["weight"] * settings["scale"], arrays.get("bias"))
    activation = Activate(settings["activation"], tuple(settings["params"]))
    if settings["blended"]:
        return [affine, Blend(activation, arrays["activation"])]
    return [affine] if activation.name == "identity" else [affine, activation]


def _activation(settings: Any, arrays: Arrays, width: int) -> list[Operation]:
    return [Activate(settings["activation"], tuple(settings["params"]))]


def _dropout(settings: Any, arrays: Arrays, width: int) -> list[Operation]:
    return [Dropout(settings["p"])]


def _batch_norm(settings: Any, arrays: Arrays, width: int) -> list[Operation]:
    mean, variance = arrays["running_mean"], arrays["running_var"]
    own = arrays["weight"], arrays["bias"], settings["eps"], settings["momentum"]
    return [BatchNorm(mean, variance, *own)]


def _layer_norm(settings: Any, arrays: Arrays, width: int) -> list[Operation]:
    return [LayerNorm(arrays["weight"], arrays["bias"], settings["eps"])]


def _scale(settings: Any, arrays: Arrays, width: int) -> list[Operation]:
    nothing = np.zeros(width)
    return [Rescale(nothing, arrays["weight"], nothing)]


def _split(settings: Any, width: int) -> tuple[Array, Array]:
    chosen = np.array(settings["columns"], np.int64)
    return np.setdiff1d(np.arange(width), chosen), chosen


def _category_embedding(settings: Any, arrays: Arrays, width: int) -> list[Operation]:
    sizes = np.array(settings["sizes"], np.int64)
    first = np.cumsum(sizes) - sizes
    return [columns.Embed(*_split(settings, width), sizes, first, arrays["weight"])]


def _one_hot(settings: Any, arrays: Arrays, width: int) -> list[Operation]:
    sizes, skip = np.array(settings["sizes"], np.int64), int(settings["skip_first"])
    first = np.cumsum(sizes - skip) - sizes
    off, on = np.array(settings["off"], float), np.array(settings["on"], float)
    return [columns.OneHot(*_split(settings, width), sizes, first, skip, off, on)]


def _periodic(settings: Any, arrays: Arrays, width: int) -> list[Operation]:
    phase = arrays["phase"] / columns.TURN
    names = ("weight", "bias")
    rest = (arrays[name] for name in names)
    return [columns.Periodic(*_split(settings, width), arrays["frequency"], phase, *rest)]


def _piecewise(settings: Any, arrays: Arrays, width: int) -> list[Operation]:
    edges, weight = arrays["edges"], arrays["weight"]
    widths = np.diff(edges, axis=1)
    inverse = np.where(widths > 0, 1 / np.where(widths > 0, widths, 1), 0)
    # All bins below a place are full there, so what they add is known beforehand.
    before = np.cumsum(weight, axis=1) - weight
    start, slope = before + arrays["bias"][:, None, :], weight * inverse[:, :, None]
    split = _split(settings, width)
    return [columns.Piecewise(*split, edges[:, 1:-1], edges[:, :-1], start, slope)]


LOWERED: dict[str, Callable[[Any, Arrays, int], list[Operation]]] = {
    "dense": _dense,
    "activation": _activation,
    "dropout": _dropout,
    "batch_norm": _batch_norm,
    "layer_norm": _layer_norm,
    "scale": _scale,
    "category_embedding": _category_embedding,
    "one_hot": _one_hot,
    "periodic": _periodic,
    "piecewise": _piecewise,
}


def lowered(
    ops: Sequence[Op], arrays: Arrays, width: int, name_of: Callable[[int], str], function: str
) -> Steps:
    """Return the engine's operations of a model as those of an export.

    Parameters
    ----------
    ops : operations of the model
    arrays : its numbers by name, in float64
    width : number of inputs
    name_of : returns the layer of operation k in words
    function : for messages

    Raises
    ------
    ValueError
        If a layer has no form here; it is named.
    """
    stack: list[list[Operation]] = [[]]
    for k, op in enumerate(ops):
        if op.kind == "residual_begin":
            stack.append([])
        elif op.kind == "residual_end":
            block = Residual(tuple(stack.pop()))
            stack[-1].append(block)
        elif op.kind in LOWERED:
            own = {t.name.rsplit(".", 1)[-1]: arrays[t.name] for t in op.parameters + op.buffers}
            activation = op.settings.get("activation", "identity")
            if activation not in FORMULAS:
                raise ValueError(
                    f"{function}: {name_of(k)}: the activation {activation!r} cannot be exported; "
                    f"supported are {', '.join(FORMULAS)}"
                )
            made = LOWERED[op.kind](op.settings, own, width)
            for new in made:
                width = new.out(width)
            stack[-1] += made
        else:
            raise ValueError(
                f"{function}: {name_of(k)} cannot be exported; supported are "
                f"{', '.join(sorted(LOWERED))} and residual blocks"
            )
    return tuple(stack[0])
