"""Schedules made of others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from ..checks.numbers import integer, number
from .base import Doubles, Schedule
from .decays import constant


def _as_schedule(value: Any, function: str, argument: str) -> Schedule:
    if isinstance(value, Schedule):
        return value
    if callable(value):
        raise TypeError(f"{function}: {argument} must be a schedule or a number, got {value!r}")
    return constant(number(value, function, argument, low=0.0))


@dataclass(frozen=True)
class warmup(Schedule):
    """Linear from `start` to the first value of `after` over `steps`, then `after` from its step 0.

    ``start + (after(0) - start) * t / steps`` for t < steps, ``after(t - steps)`` from there on.
    `after` is a schedule or a constant lr. With start 0 (as optax) the first step does nothing but
    fill the moments.

    Examples
    --------
    >>> from fusedmlp.schedules import cosine, warmup
    >>> warmup(cosine(1.0, steps=10), steps=4)([0, 2, 4, 9])
    array([0. , 0.5, 1. , 0.5])
    """

    after: Any
    steps: int
    start: float = 0.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "after", _as_schedule(self.after, "warmup", "after"))
        self._check(start=0.0)
        self._check_count("steps")

    def values(self, t: Doubles) -> Doubles:
        ramp = self.start + (self.after(0) - self.start) * t / self.steps
        later: Doubles = self.after(np.maximum(t - self.steps, 0.0))
        return np.where(t < self.steps, ramp, later)


@dataclass(frozen=True)
class join(Schedule):
    """One schedule after the other: the next takes over at each boundary, from its own step 0.

    Examples
    --------
    >>> from fusedmlp.schedules import constant, exponential, join
    >>> join([constant(1.0), exponential(0.5, gamma=0.5)], boundaries=[3])([2, 3, 4])
    array([1.  , 0.5 , 0.25])
    """

    schedules: Sequence[Any]
    boundaries: Sequence[int]

    def __post_init__(self) -> None:
        parts = tuple(_as_schedule(s, "join", "schedules") for s in self.schedules)
        marks = tuple(integer(b, "join", "boundaries") for b in self.boundaries)
        if len(parts) != len(marks) + 1:
            raise ValueError(
                f"join: boundaries must be one fewer than schedules, got {len(marks)} and "
                f"{len(parts)}"
            )
        if any(right <= left for left, right in pairwise(marks)):
            raise ValueError(f"join: boundaries must increase, got {marks}")
        object.__setattr__(self, "schedules", parts)
        object.__setattr__(self, "boundaries", marks)

    def values(self, t: Doubles) -> Doubles:
        result = np.asarray(self.schedules[0](t))
        for boundary, schedule in zip(self.boundaries, self.schedules[1:], strict=True):
            result = np.where(t < boundary, result, schedule(np.maximum(t - boundary, 0.0)))
        return result
