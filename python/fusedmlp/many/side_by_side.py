"""Short calls in threads: what runs without the GIL, one call to a thread."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")


def side_by_side(calls: Sequence[Callable[[], T]], threads: int) -> list[T]:
    """Return what each call returns; up to `threads` run at a time."""
    workers = min(threads, len(calls))
    if workers < 2:
        return [call() for call in calls]
    with ThreadPoolExecutor(workers) as pool:
        return list(pool.map(lambda call: call(), calls))
