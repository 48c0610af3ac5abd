"""``Graph``: a trained model as raw inputs, operations and class names, for the exports."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ..checks.arrays import Array
from ..model.passes import Passes
from ..table.task import Table
from .lower import lowered
from .ops import Operation, Rescale, Residual, Softmax, folded, walk
from .table import Input, encoding
from .taken import OUTPUTS


@dataclass(frozen=True)
class Graph:
    """What an export writes.

    Attributes
    ----------
    in_features, out_features : widths
    ops : the operations in order
    dtype : of the model, "float32" or "float64"
    inputs : the raw inputs by name, empty for a model without a table
    classes : names of the classes in the order of the outputs, empty without a table
    target : name of what is predicted, empty without a table
    """

    in_features: int
    out_features: int
    ops: tuple[Operation, ...]
    dtype: str
    inputs: tuple[Input, ...] = ()
    classes: tuple[str, ...] = ()
    target: str = ""

    def __call__(self, x: Array) -> Array:
        """Return the outputs in float64."""
        y = np.asarray(x, np.float64)
        with np.errstate(all="ignore"):
            for op in self.ops:
                y = op(y)
        return y

    def with_softmax(self) -> Graph:
        """Return the graph with a softmax behind it, if it has none."""
        if self.ops and isinstance(self.ops[-1], Softmax) and not self.ops[-1].log:
            return self
        return replace(self, ops=(*self.ops, Softmax()))

    @property
    def widest(self) -> int:
        """The largest number of values between two operations, inside blocks too."""
        return max([self.in_features, *_widths(self.ops, self.in_features)])


def _widths(ops: tuple[Operation, ...], width: int) -> list[int]:
    found = []
    for op in ops:
        if isinstance(op, Residual):
            found += _widths(op.inner, width)
        width = op.out(width)
        found.append(width)
    return found


def stored_table(model: Passes, function: str) -> Table | None:
    """Return the table that a model of the command line carries, or None.

    Raises
    ------
    ValueError
        If what the model carries is damaged, or does not fit its widths.
    """
    stored: Any = model.metadata.get("table")
    if stored is None:
        return None
    table = Table.from_dict(stored)
    if (model.in_features, model.out_features) != (table.n_inputs, table.n_outputs):
        raise ValueError(
            f"{function}: the network has {model.in_features} inputs and {model.out_features} "
            f"outputs, but its table describes {table.n_inputs} and {table.n_outputs}"
        )
    return table


def graph_of(model: Passes, function: str, *, fold: bool, with_table: bool = True) -> Graph:
    """Return a built model as a graph.

    Parameters
    ----------
    model : a model
    function : for messages
    fold : bool
        Whether batch norms become part of their neighbours.
    with_table : bool
        Whether the columns of a table come in and values of its target out, where the model
        carries a table.

    Raises
    ------
    ValueError
        If the model is not built, holds NaN or infinity, or a layer cannot be exported.
    """
    model._require_built(function)
    width = model.in_features or 0
    found = {**model.parameters(), **model.statistics()}
    arrays = {name: array.astype(np.float64) for name, array in found.items()}
    for name, array in arrays.items():
        if not np.isfinite(array).all():
            raise ValueError(f"{function}: {name} holds NaN or infinity")

    def name_of(k: int) -> str:
        placed = next(p for p in model._built.layers if p.begin <= k < p.end)
        return f"layers[{placed.name}] {placed.layer.label()}"

    ops = lowered(model.ops, arrays, width, name_of, function)
    after = model.metadata.get(OUTPUTS)
    if after in ("softmax", "log_softmax"):
        ops = (*ops, Softmax(log=after == "log_softmax"))
    table = stored_table(model, function) if with_table else None
    graph = Graph(width, model.out_features, ops, model.dtype)
    if table is not None:
        inputs, encode = encoding(table.encoder)
        ops = (encode, *ops)
        if table.task == "regress":
            own = np.array([table.target_scale]), np.array([table.target_mean])
            ops = (*ops, Rescale(np.zeros(1), *own))
        graph = replace(
            graph, in_features=len(inputs), ops=ops, inputs=inputs, classes=table.classes,
            target=table.target,
        )  # fmt: skip
    return replace(graph, ops=folded(graph.ops)) if fold else graph


def kinds(graph: Graph) -> set[type[Operation]]:
    """Return the operations that a graph uses."""
    return {type(op) for op in walk(graph.ops)}
