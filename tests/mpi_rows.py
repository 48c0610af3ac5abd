"""The rows of the cases under mpirun: all of them, and the part of each rank."""

from __future__ import annotations

import numpy as np

ROWS = (70, 53, 64, 41)  # of the ranks
BATCH = 30


def rows(dtype=np.float32):
    """All rows, as every rank draws them."""
    rng = np.random.default_rng(7)
    n = sum(ROWS)
    x = rng.standard_normal((n, 6)).astype(dtype)
    y = (x @ rng.standard_normal((6, 3))).argmax(axis=1)
    return x, y, rng.uniform(0.5, 2, n)


def part(rank, size):
    """The rows of a rank: of the first `size` ranks' rows."""
    begin = sum(ROWS[:rank])
    return slice(begin, begin + ROWS[rank])
