"""Rows in an order of their own, each once: what comes twice weighs twice."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..checks.arrays import Array

_FACTORS = np.random.default_rng(20).integers(0, 2**63, 4096, dtype=np.uint64) | np.uint64(1)


def distinct_rows(
    X: NDArray[np.float32], y: Array, weights: NDArray[np.float64] | None
) -> tuple[NDArray[np.int64], NDArray[np.float64] | None]:
    """Return the positions of the different rows of (X, y) that weigh something, and their weights.

    Their order follows from their content alone: a table with its rows in another order gives the
    same fit, a repeated row counts as one of twice the weight, and no row is trained on in one
    member's folds while its twin is held out. None instead of weights means that all are 1.
    """
    bits = np.ascontiguousarray(X + np.float32(0.0)).view(np.uint32)  # -0 is 0
    with np.errstate(over="ignore"):
        values = np.ascontiguousarray(y, dtype=np.float64) + 0.0
        key = _mixed(values.view(np.uint64))
        for j in range(bits.shape[1]):
            key = _mixed(key * _FACTORS[j % len(_FACTORS)] + bits[:, j])
    order = np.argsort(key, kind="stable")
    if weights is not None:
        order = order[weights[order] > 0]
    ordered = key[order]
    twin = np.zeros(len(order), dtype=bool)
    near = np.flatnonzero(ordered[1:] == ordered[:-1]) + 1
    a, b = order[near], order[near - 1]
    twin[near] = (values[a] == values[b]) & (bits[a] == bits[b]).all(axis=1)
    starts = np.flatnonzero(~twin)
    if weights is None and not twin.any():
        return order, None
    each = np.ones(len(order)) if weights is None else weights[order]
    total = np.add.reduceat(each, starts) if len(starts) else each
    return order[starts], None if (total == 1.0).all() else total


def _mixed(key: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Return well-mixed bits (the finalizer of splitmix64)."""
    key = (key ^ (key >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    key = (key ^ (key >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.asarray(key ^ (key >> np.uint64(31)))
