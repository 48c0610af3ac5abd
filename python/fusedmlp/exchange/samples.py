"""Test vectors: rows with what the model makes of them, that every export carries."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..checks.arrays import Array
from ..checks.rows import input_rows
from .graph import Graph
from .source import Source
from .table import Encode, raw_rows

COUNT = 8  # rows that an export carries at most


def sample_rows(source: Source, graph: Graph, rows: Any, function: str) -> Array:
    """Return a few raw rows in float64; without a table they are numbers of the model's dtype.

    Parameters
    ----------
    source, graph : the model, and what is exported of it
    rows : array (n, in_features), a table for a model that carries one, or None
        None draws rows: around the centers of a table, else N(0, 1).
    function : for messages
    """
    if rows is None:
        return _drawn(source, graph)
    if graph.encoder is not None:
        found = raw_rows(graph.inputs, graph.encoder, rows)
    else:
        found = input_rows(rows, function, "rows", graph.in_features).astype(np.float64)
    if not len(found):
        raise ValueError(f"{function}: rows must hold at least one row, got none")
    if not graph.inputs and not np.isfinite(found).all():
        raise ValueError(f"{function}: rows must be finite")
    chosen = np.unique(np.linspace(0, len(found) - 1, COUNT).round().astype(np.int64))
    return _rounded(found[chosen], graph)


def _rounded(x: Array, graph: Graph) -> Array:
    """Return rows as the export takes them: a row that it cannot hold would test nothing."""
    rounded: Array = x.astype(graph.raw_dtype).astype(np.float64)
    return rounded


def _drawn(source: Source, graph: Graph) -> Array:
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
    for k in source.models[0]._built.integer_inputs:
        x[:, k] = rng.integers(0, 8, COUNT)
    return _rounded(x, graph)
