"""Schedules that only fall."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from ..checks.numbers import integer
from .base import Doubles, Schedule


@dataclass(frozen=True)
class constant(Schedule):
    """``lr`` at every step.

    Examples
    --------
    >>> from fusedmlp.schedules import constant
    >>> constant(0.1)(7)
    0.1
    """

    lr: float

    def __post_init__(self) -> None:
        self._check(lr=0.0)

    def values(self, t: Doubles) -> Doubles:
        return np.full_like(t, self.lr)


@dataclass(frozen=True)
class step(Schedule):
    """``lr * gamma ** floor(t / step_size)``: torch's StepLR.

    Examples
    --------
    >>> from fusedmlp.schedules import step
    >>> step(1.0, step_size=10, gamma=0.5)([0, 9, 10, 20])
    array([1.  , 1.  , 0.5 , 0.25])
    """

    lr: float
    step_size: int
    gamma: float = 0.1

    def __post_init__(self) -> None:
        self._check(lr=0.0, gamma=0.0)
        self._check_count("step_size")

    def values(self, t: Doubles) -> Doubles:
        return self.lr * self.gamma ** (t // self.step_size)


@dataclass(frozen=True)
class multistep(Schedule):
    """``lr * gamma ** (number of milestones <= t)``: torch's MultiStepLR.

    Examples
    --------
    >>> from fusedmlp.schedules import multistep
    >>> multistep(1.0, milestones=[10, 30], gamma=0.5)([9, 10, 30])
    array([1.  , 0.5 , 0.25])
    """

    lr: float
    milestones: Sequence[int]
    gamma: float = 0.1

    def __post_init__(self) -> None:
        self._check(lr=0.0, gamma=0.0)
        if not isinstance(self.milestones, Iterable):
            raise TypeError(
                f"multistep: milestones must be a sequence of steps, got {self.milestones!r}"
            )
        marks = tuple(integer(m, "multistep", "milestones") for m in self.milestones)
        object.__setattr__(self, "milestones", tuple(sorted(marks)))

    def values(self, t: Doubles) -> Doubles:
        passed = np.searchsorted(np.asarray(self.milestones, np.float64), t, side="right")
        return self.lr * self.gamma ** passed.astype(np.float64)


@dataclass(frozen=True)
class exponential(Schedule):
    """``lr * gamma ** (t / steps)``: torch's ExponentialLR, with one factor gamma every `steps`.

    Examples
    --------
    >>> from fusedmlp.schedules import exponential
    >>> exponential(1.0, gamma=0.25, steps=10)([0, 5, 10])
    array([1.  , 0.5 , 0.25])
    """

    lr: float
    gamma: float
    steps: int = 1

    def __post_init__(self) -> None:
        self._check(lr=0.0, gamma=0.0)
        self._check_count("steps")

    def values(self, t: Doubles) -> Doubles:
        return self.lr * self.gamma ** (t / self.steps)


@dataclass(frozen=True)
class polynomial(Schedule):
    """``eta_min + (lr - eta_min) * (1 - min(t, steps) / steps) ** power``: torch's PolynomialLR.

    Examples
    --------
    >>> from fusedmlp.schedules import polynomial
    >>> polynomial(1.0, steps=4)([0, 1, 4, 9])
    array([1.  , 0.75, 0.  , 0.  ])
    """

    lr: float
    steps: int
    power: float = 1.0
    eta_min: float = 0.0

    def __post_init__(self) -> None:
        self._check(lr=0.0, power=0.0, eta_min=0.0)
        self._check_count("steps")

    def values(self, t: Doubles) -> Doubles:
        left = 1.0 - np.minimum(t, self.steps) / self.steps
        return self.eta_min + (self.lr - self.eta_min) * left**self.power


@dataclass(frozen=True)
class inverse_time(Schedule):
    """``lr / (1 + gamma * t / steps) ** power``; with power 1 Keras' InverseTimeDecay.

    Examples
    --------
    >>> from fusedmlp.schedules import inverse_time
    >>> inverse_time(1.0, gamma=1.0, steps=10)([0, 10, 30])
    array([1.  , 0.5 , 0.25])
    """

    lr: float
    gamma: float
    steps: int = 1
    power: float = 1.0

    def __post_init__(self) -> None:
        self._check(lr=0.0, gamma=0.0, power=0.0)
        self._check_count("steps")

    def values(self, t: Doubles) -> Doubles:
        return self.lr / (1.0 + self.gamma * t / self.steps) ** self.power
