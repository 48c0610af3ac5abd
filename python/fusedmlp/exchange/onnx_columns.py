"""Operations on columns, and the columns of a table, as ONNX nodes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ..table.numbers import LARGEST
from .columns import TURN
from .table import FARTHEST

if TYPE_CHECKING:
    from .to_onnx import OnnxWriter


def _chosen(w: OnnxWriter, columns: Any) -> str:
    return w.node("Gather", w.at, w.array(columns), axis=1)


def _beside(w: OnnxWriter, op: Any, made: str) -> None:
    """Go on with the other columns, and behind them what is made of the chosen ones."""
    made = w.node("Reshape", made, w.array([-1, op.made]))
    if len(op.others):
        made = w.node("Concat", _chosen(w, op.others), made, axis=1)
    w.at = made


def _index(w: OnnxWriter, value: str, sizes: Any, zero: Any) -> str:
    """Return columns of numbers as indices; what is none of 0 .. size - 1 counts as 0."""
    nothing = w.array(zero)
    low = w.node("GreaterOrEqual", value, nothing)
    high = w.node("Less", value, w.array(np.asarray(sizes, np.float64)))
    known = w.node("Where", w.node("And", low, high), value, nothing)
    return w.cast(known, "int64")


def embed(w: OnnxWriter, op: Any, width: int) -> None:
    """Write :class:`Embed`."""
    index = _index(w, _chosen(w, op.columns), op.sizes, 0.0)
    rows = w.node("Add", index, w.array(op.first))
    _beside(w, op, w.node("Gather", w.array(op.table), rows, axis=0))


def one_hot(w: OnnxWriter, op: Any, width: int) -> None:
    """Write :class:`OneHot`."""
    index = _index(w, _chosen(w, op.columns), op.sizes, 0.0)
    last = w.array([2])
    place = w.node("Unsqueeze", w.node("Add", index, w.array(op.first)), last)
    there = w.node("Equal", place, w.array(np.arange(op.made)))
    given = w.node("Unsqueeze", w.node("GreaterOrEqual", index, w.array(op.skip)), last)
    hits = w.cast(w.node("And", there, given), "int64")
    hit = w.node("ReduceSum", hits, w.array([1]), keepdims=0)
    at = w.node("Greater", hit, w.array(0))
    _beside(w, op, w.node("Where", at, w.array(op.on), w.array(op.off)))


def _with_value(w: OnnxWriter, op: Any, value: str, e: str) -> None:
    _beside(w, op, w.node("Concat", value, e, axis=2))


def periodic(w: OnnxWriter, op: Any, width: int) -> None:
    """Write :class:`Periodic`."""
    value = w.node("Unsqueeze", _chosen(w, op.columns), w.array([2]))
    turns = w.node("Add", w.node("Mul", value, w.array(op.frequency)), w.array(op.phase))
    angle = w.node("Mul", w.node("Sub", turns, w.node("Round", turns)), w.array(TURN))
    wave = w.node("Cos", angle)
    e = w.node("Einsum", wave, w.array(op.weight), equation="ifk,fkd->ifd")
    _with_value(w, op, value, w.node("Add", e, w.array(op.bias)))


def piecewise(w: OnnxWriter, op: Any, width: int) -> None:
    """Write :class:`Piecewise`."""
    features, bins, dim = op.start.shape
    chosen, last = _chosen(w, op.columns), w.array([2])
    value = w.node("Unsqueeze", chosen, last)
    if bins > 1:
        below = w.cast(w.node("GreaterOrEqual", value, w.array(op.edges)), "int64")
        own = w.node("ReduceSum", below, last, keepdims=0)
        place = w.node("Add", own, w.array(np.arange(features) * bins))
        parts = [op.low.reshape(-1), op.start.reshape(-1, dim), op.slope.reshape(-1, dim)]
        low, start, slope = (w.node("Gather", w.array(part), place, axis=0) for part in parts)
    else:
        low, start, slope = (w.array(part[:, 0]) for part in (op.low, op.start, op.slope))
    step = w.node("Unsqueeze", w.node("Sub", chosen, low), last)
    _with_value(w, op, value, w.node("Add", start, w.node("Mul", step, slope)))


def encode(w: OnnxWriter, op: Any, width: int) -> None:
    """Write :class:`Encode`; its inputs are doubles."""
    parts = []
    for output in op.outputs:
        x = w.node("Gather", w.at, w.array([output.source]), axis=1)
        parts.append(_encoded(w, output, x))
    w.at = w.cast(w.node("Concat", *parts, axis=1), "float32")
    if w.graph.dtype == "float64":
        w.at = w.cast(w.at, "float64")


def _encoded(w: OnnxWriter, output: Any, x: str) -> str:
    def constant(value: float) -> str:
        return w.array(np.float64(value), "float64")

    def is_value(value: int) -> str:
        return w.cast(w.node("Equal", x, constant(value)), "float64")

    if output.kind == "is":
        return is_value(output.value)
    if output.kind == "sign":
        return w.node("Sub", is_value(2), is_value(1))
    if output.kind == "index":
        low = w.node("GreaterOrEqual", x, constant(0))
        known = w.node("And", low, w.node("Less", x, constant(output.value)))
        return w.node("Floor", w.node("Where", known, x, constant(0)))
    # A comparison with NaN is false.
    known = w.node("LessOrEqual", w.node("Abs", x), constant(LARGEST))
    if output.kind == "missing":
        return w.cast(w.node("Not", known), "float64")
    value = w.node("Where", known, x, constant(output.center))
    z = w.node("Div", w.node("Sub", value, constant(output.center)), constant(output.scale))
    z = w.node("Clip", z, constant(-FARTHEST), constant(FARTHEST))
    if output.smooth:
        third = w.node("Mul", z, constant(1.0 / 3.0))
        root = w.node("Sqrt", w.node("Add", w.node("Mul", third, third), constant(1.0)))
        z = w.node("Div", z, root)
    return z
