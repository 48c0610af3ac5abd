"""What a benchmark is made of: settings, cases, and the rows that come out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any

from .timing import MAX_ROUNDS, SAMPLE_SECONDS, Call

# One measured case: benchmark, labels, threads, dtype, times per candidate, ratios, rate, share.
Row = dict[str, Any]
Labels = dict[str, Any]

SIZES = ("small", "usual", "all")
OURS = "fusedmlp"


@dataclass(frozen=True)
class Settings:
    """What to measure, and against whom."""

    threads: tuple[int, ...] = (1,)
    dtype: str = "float32"
    against: tuple[str, ...] = ()
    seconds: float = 36.0  # for one benchmark, all its thread counts together
    size: str = "usual"
    only: Callable[[Labels], bool] | None = None  # keep the cases with these labels
    max_rounds: int = MAX_ROUNDS
    sample_seconds: float = SAMPLE_SECONDS

    def pick(self, small: Sequence[Any], usual: Sequence[Any], everything: Sequence[Any]) -> Any:
        """Return what belongs to the size asked for."""
        return {"small": small, "usual": usual, "all": everything}[self.size]


@dataclass(frozen=True)
class Case:
    """One line of a table.

    `prepare` makes the data and returns the candidates, so that data lives as long as its case.
    """

    labels: Labels
    prepare: Callable[[], Mapping[str, Call]]
    work: float = 0.0  # floating point operations, or bytes, per unit
    nbytes: float = 0.0  # memory the case needs, where that is much


@dataclass(frozen=True)
class Benchmark:
    """A table: its cases, its unit, and what is said below it."""

    name: str
    title: str
    unit: str
    per_second: float  # units of time in a second: 1e9 for ns
    cases: Callable[[Settings], list[Case]]
    rate: str = ""  # "GF/s" or "GB/s", of `Case.work`
    peers: tuple[str, ...] = ("numpy", "torch")  # those that have something like it
    also: tuple[str, ...] = ()  # candidates that are no peers
    summary: Callable[[list[Row]], list[str]] = lambda rows: []
    around: Callable[[Settings], AbstractContextManager[Any]] = lambda settings: nullcontext()
