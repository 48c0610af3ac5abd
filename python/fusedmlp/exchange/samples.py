"""Test vectors: rows with what the model makes of them, that every export carries."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..checks.arrays import Array
from ..checks.rows import input_rows
from ..model.passes import Passes
from .graph import Graph, stored_table
from .table import Encode, raw_rows

COUNT = 8  # rows that an export carries at most


def sample_rows(model: Passes, graph: Graph, rows: Any, function: str) -> Array:
    """Return a few raw rows in float64.

    Parameters
    ----------
    model, graph : the model, and what is exported of it
    rows : array (n, in_features), a table for a model that carries one, or None
        None draws rows: around the centers of a table, else N(0, 1).
    function : for messages
    """
    if rows is None:
        return _drawn(model, graph)
    table = stored_table(model, function)
    if table is not None and graph.inputs:
        found = raw_rows(graph.inputs, table.encoder, rows)
    else:
        found = input_rows(rows, function, "rows", graph.in_features).astype(np.float64)
    if not len(found):
        raise ValueError(f"{function}: rows must hold at least one row, got none")
    if not graph.inputs and not np.isfinite(found).all():
        raise ValueError(f"{function}: rows must be finite")
    chosen = np.unique(np.linspace(0, len(found) - 1, COUNT).round().astype(np.int64))
    picked: Array = found[chosen]
    return picked


def _drawn(model: Passes, graph: Graph) -> Array:
    rng = np.random.default_rng(0)
    x = rng.normal(0.0, 1.0, (COUNT, graph.in_features))
    encode = graph.ops[0] if graph.ops else None
    if isinstance(encode, Encode):
        for output in encode.outputs:
            if output.kind == "scaled":
                x[:, output.source] *= output.scale
                x[:, output.source] += output.center
        for k, given in enumerate(graph.inputs):
            if given.spellings:
                most = max(place for _, place in given.spellings)
                x[:, k] = rng.integers(0, most + 1, COUNT)
        gaps = rng.random(x.shape) < 0.1
        x[gaps & np.array([not given.spellings for given in graph.inputs])] = np.nan
        return x
    for k in model._built.integer_inputs:
        x[:, k] = rng.integers(0, 8, COUNT)
    return x
