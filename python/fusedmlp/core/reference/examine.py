"""Numbers that tell how a fit goes, in NumPy: see ``cpp/network/examine``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .network import Network
from .op import Pass

Array = NDArray[Any]


def column_spread(x: Array) -> Array:
    """Return root mean square and standard deviation of each column, (2, columns)."""
    wide = x.astype(np.float64)
    return np.stack([np.sqrt((wide**2).mean(axis=0)), wide.std(axis=0)])


def unit_ranges(network: Network, x: Array) -> list[Array]:
    """Return for each op the smallest and the largest output of each unit, (2, width)."""
    run, found = Pass(network.theta, network.buffers), []
    for op in network.apart().ops:
        x = op.forward(run, x)
        found.append(np.stack([x.min(axis=0), x.max(axis=0)]))
    return found


def moved(
    theta: Array, before: Array, ranges: Sequence[tuple[int, int]], most: int
) -> list[tuple[float, float]]:
    """Return for each range the norms of `before` and of theta - before, from at most `most` of
    its elements."""
    found = []
    for begin, end in ranges:
        part = slice(begin, end, max(1, (end - begin) // most))
        old = before[part].astype(np.float64)
        change = theta[part] - old
        found.append((float(np.sqrt(old @ old)), float(np.sqrt(change @ change))))
    return found
