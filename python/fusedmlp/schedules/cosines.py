"""Cosine annealing, with restarts, flat or on a logarithmic scale, and the one-cycle policy."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..checks.numbers import choice, number
from .base import Doubles, Schedule


def _cosine(start: float, end: float, progress: Doubles) -> Doubles:
    """Half a cosine wave from `start` at progress 0 to `end` at progress 1."""
    return end + 0.5 * (start - end) * (1.0 + np.cos(np.pi * progress))


@dataclass(frozen=True)
class cosine(Schedule):
    """``eta_min + (lr - eta_min) * (1 + cos(pi * t / steps)) / 2``, then `eta_min`.

    torch's CosineAnnealingLR up to `steps` (there lr rises again afterwards). Loshchilov & Hutter
    2017.

    Examples
    --------
    >>> from fusedmlp.schedules import cosine
    >>> cosine(1.0, steps=4)([0, 2, 4, 5]).round(12)
    array([1. , 0.5, 0. , 0. ])
    """

    lr: float
    steps: int
    eta_min: float = 0.0

    def __post_init__(self) -> None:
        self._check(lr=0.0, eta_min=0.0)
        self._check_count("steps")

    def values(self, t: Doubles) -> Doubles:
        return _cosine(self.lr, self.eta_min, np.minimum(t, self.steps) / self.steps)


@dataclass(frozen=True)
class cosine_restarts(Schedule):
    """Cosine waves that start again at `lr`: torch's CosineAnnealingWarmRestarts (SGDR).

    The first wave lasts `steps` (T_0), each further one `multiply` (T_mult) times the one before.
    Loshchilov & Hutter 2017.

    Examples
    --------
    >>> from fusedmlp.schedules import cosine_restarts
    >>> cosine_restarts(1.0, steps=2, multiply=2)([0, 1, 2, 4, 6]).round(12)
    array([1. , 0.5, 1. , 0.5, 1. ])
    """

    lr: float
    steps: int
    multiply: int = 1
    eta_min: float = 0.0

    def __post_init__(self) -> None:
        self._check(lr=0.0, eta_min=0.0)
        self._check_count("steps")
        self._check_count("multiply")

    def values(self, t: Doubles) -> Doubles:
        if self.multiply == 1:
            return _cosine(self.lr, self.eta_min, t % self.steps / self.steps)
        # Where the waves start, in exact integers: a logarithm can miss a boundary by one.
        starts, length = [0], self.steps
        while starts[-1] + length <= t.max(initial=0.0):
            starts.append(starts[-1] + length)
            length *= self.multiply
        wave = np.searchsorted(np.array(starts), t, side="right") - 1
        lengths = self.steps * float(self.multiply) ** wave
        return _cosine(self.lr, self.eta_min, (t - np.array(starts)[wave]) / lengths)


@dataclass(frozen=True)
class coslog(Schedule):
    """Four whole cosine waves, ever longer: ``lr * (1 - cos(2 pi log2(1 + 15 t / steps))) / 2``.

    From 0 up to `lr` and back to 0 four times, at the shares 1/15, 3/15, 7/15 and 1 of `steps`;
    0 from there on. Holzmueller, Grinsztajn, Steinwart, "Better by default", 2024.

    Examples
    --------
    >>> from fusedmlp.schedules import coslog
    >>> coslog(1.0, steps=30)([0, 2, 6, 10, 14, 30]).round(3)
    array([0.  , 0.  , 0.  , 0.93, 0.  , 0.  ])
    """

    lr: float
    steps: int

    def __post_init__(self) -> None:
        self._check(lr=0.0)
        self._check_count("steps")

    def values(self, t: Doubles) -> Doubles:
        waves = np.log2(1.0 + 15.0 * np.minimum(t, self.steps) / self.steps)
        return 0.5 * self.lr * (1.0 - np.cos(2.0 * np.pi * waves))


@dataclass(frozen=True)
class flat_cosine(Schedule):
    """`lr` for the first half of `steps`, then half a cosine wave down to 0.

    ``lr * (1 + cos(pi * (2 t / steps - 1))) / 2`` in the second half. Holzmueller, Grinsztajn,
    Steinwart, "Better by default", 2024, for weight decay and dropout.

    Examples
    --------
    >>> from fusedmlp.schedules import flat_cosine
    >>> flat_cosine(1.0, steps=8)([0, 4, 6, 8, 9]).round(12)
    array([1. , 1. , 0.5, 0. , 0. ])
    """

    lr: float
    steps: int

    def __post_init__(self) -> None:
        self._check(lr=0.0)
        self._check_count("steps")

    def values(self, t: Doubles) -> Doubles:
        return _cosine(self.lr, 0.0, np.clip(2.0 * t / self.steps - 1.0, 0.0, 1.0))


@dataclass(frozen=True)
class one_cycle(Schedule):
    """Up from ``max_lr / div_factor`` to `max_lr`, then down to that start / `final_div_factor`.

    torch's OneCycleLR: the peak is at step ``pct_start * steps - 1``, the end at ``steps - 1``;
    `anneal` is "cos" or "linear". Smith & Topin 2018.

    Examples
    --------
    >>> from fusedmlp.schedules import one_cycle
    >>> one_cycle(1.0, steps=101, pct_start=0.5)([0.0, 49.5, 100.0])
    array([4.e-02, 1.e+00, 4.e-06])
    """

    max_lr: float
    steps: int
    pct_start: float = 0.3
    div_factor: float = 25.0
    final_div_factor: float = 1e4
    anneal: str = "cos"

    def __post_init__(self) -> None:
        self._check(max_lr=0.0)
        self._check_count("steps")
        for key, high in (("pct_start", 1.0), ("div_factor", np.inf), ("final_div_factor", np.inf)):
            value = number(
                getattr(self, key), "one_cycle", key, low=0.0, high=high, open_low=high > 1
            )
            object.__setattr__(self, key, value)
        anneal = choice(self.anneal, "one_cycle", "anneal", ("cos", "linear"))
        object.__setattr__(self, "anneal", anneal)

    def values(self, t: Doubles) -> Doubles:
        start = self.max_lr / self.div_factor
        end = start / self.final_div_factor
        peak, last = self.pct_start * self.steps - 1.0, self.steps - 1.0
        up = t / peak if peak > 0 else np.ones_like(t)
        down = (np.minimum(t, last) - peak) / (last - peak) if last > peak else np.ones_like(t)
        rising = t <= peak
        rise = self._between(start, self.max_lr, np.where(rising, up, 1.0))
        fall = self._between(self.max_lr, end, np.where(rising, 0.0, down))
        return np.where(rising, rise, fall)

    def _between(self, start: float, end: float, progress: Doubles) -> Doubles:
        if self.anneal == "cos":
            return _cosine(start, end, progress)
        return start + (end - start) * progress
