"""The sum of a gradient over the ranks: at once, or in parts while the rest is being computed."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import accumulate
from typing import Any

import numpy as np

from ..model.passes import Passes
from .group import Group

# Each part pays the network's latency anew: at 30 us and 10 Gbit/s, 64 machines spend the time of
# half a megabyte on it.
LEAST_BYTES = 2**20


def cuts(sizes: Iterable[int], least: int) -> list[int]:
    """Return where parts of at least so many parameters begin, in order; empty for less than two.

    Parameters
    ----------
    sizes : iterable of int
        Of the layers, in order. A part is whole layers, because the backward pass goes from the
        last to the first; what is left over joins the first part.
    least : int

    Examples
    --------
    >>> cuts([5, 10, 10, 1], 10)
    [0, 15]
    """
    *begins, end = accumulate(sizes, initial=0)
    found = []
    for begin in reversed(begins):
        if end - begin >= least:
            found.append(begin)
            end = begin
    if len(found) < 2:
        return []
    found[-1] = 0
    return found[::-1]


class GradientSum:
    """Sums ``model.grad`` in place over the ranks, step by step.

    Attributes
    ----------
    parts : list of int
        Where the parts begin that are summed one by one; empty: the gradient is summed at once.
    begun : int
        How many sums of this step have begun.
    """

    def __init__(self, model: Passes, group: Group) -> None:
        self.grad, self.group = model.grad, group
        sizes = [sum(t.size for t in op.parameters) for op in model.ops]
        self.parts = cuts(sizes, LEAST_BYTES // self.grad.itemsize)
        self.begun = 0
        self._running: list[Any] = []

    def begin(self, begin: int, end: int) -> None:
        """Begin the next sum, of ``grad[begin:end]``."""
        self.begun += 1
        if self.parts:
            self._running.append(self.group.begin_sum(self.grad[begin:end]))
            # MPI moves the bytes of sums that run inside its functions only.
            self.group.look_after(self._running)
        else:
            self.group.sum(self.grad[begin:end])

    def finish(self) -> None:
        """Wait for all sums of this step."""
        self.group.wait_for(self._running)
        self._running.clear()
        self.begun = 0

    def spoil(self) -> None:
        """Make NaN of those sums of this step that this rank has not begun."""
        begins = self.parts or [0]
        ends = [*begins[1:], self.grad.size]
        for begin, end in list(zip(begins, ends, strict=True))[::-1][self.begun :]:
            self.grad[begin:end] = np.nan
            self.begin(begin, end)
        self.finish()
