"""Operations on some of the columns: the others come first in y, behind them what is made."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..checks.arrays import Array
from .ops import Operation

TURN = 2.0 * np.pi


def categories(x: Array, sizes: Array) -> Array:
    """Return columns of numbers as indices; what is none of 0 .. size - 1 counts as 0."""
    with np.errstate(invalid="ignore"):
        known = (x >= 0) & (x < sizes)
    return np.where(known, x, 0).astype(np.int64)


@dataclass(frozen=True)
class OnColumns(Operation):
    """Base class: `others` pass, `make` turns the chosen columns into outputs."""

    others: Array
    columns: Array

    @property
    def made(self) -> int:
        """How many outputs come out of the chosen columns."""
        raise TypeError(f"{type(self).__name__} defines no made")

    def make(self, x: Array) -> Array:
        """Return the outputs (rows, made) of the chosen columns `x`."""
        raise TypeError(f"{type(self).__name__} defines no make")

    def out(self, width: int) -> int:
        return len(self.others) + self.made

    def __call__(self, x: Array) -> Array:
        return np.concatenate([x[:, self.others], self.make(x[:, self.columns])], axis=1)


@dataclass(frozen=True)
class Embed(OnColumns):
    """Each index picks a row of its table; `first` is where the table of a column begins."""

    sizes: Array
    first: Array
    table: Array

    @property
    def made(self) -> int:
        return len(self.columns) * int(self.table.shape[1])

    def make(self, x: Array) -> Array:
        rows = categories(x, self.sizes) + self.first
        y: Array = self.table[rows].reshape(len(x), self.made)
        return y


@dataclass(frozen=True)
class OneHot(OnColumns):
    """Each index sets one of its outputs to `on`, the others are `off`.

    `first` is the output of a column's index 0; with `skip` 1, that index has no output and
    `first` is one lower.
    """

    sizes: Array
    first: Array
    skip: int
    off: Array
    on: Array

    @property
    def made(self) -> int:
        return len(self.off)

    def make(self, x: Array) -> Array:
        y = np.tile(self.off, (len(x), 1))
        index = categories(x, self.sizes)
        rows, columns = np.nonzero(index >= self.skip)
        places = index[rows, columns] + self.first[columns]
        y[rows, places] = self.on[places]
        return y


@dataclass(frozen=True)
class Periodic(OnColumns):
    """A value, then V cos(2 pi w x + b) + v; `phase` is b / (2 pi)."""

    frequency: Array
    phase: Array
    weight: Array
    bias: Array

    @property
    def made(self) -> int:
        return len(self.columns) * (1 + int(self.bias.shape[1]))

    def make(self, x: Array) -> Array:
        turns = x[:, :, None] * self.frequency + self.phase
        wave = np.cos(TURN * (turns - np.rint(turns)))
        e = np.einsum("ifk,fkd->ifd", wave, self.weight) + self.bias
        return np.concatenate([x[:, :, None], e], axis=2).reshape(len(x), self.made)


@dataclass(frozen=True)
class Piecewise(OnColumns):
    """A value, then the function that is linear between edges.

    In bin t (`edges` are those between bins) it is ``start[t] + (x - low[t]) slope[t]``.
    """

    edges: Array
    low: Array
    start: Array
    slope: Array

    @property
    def made(self) -> int:
        return len(self.columns) * (1 + int(self.start.shape[2]))

    def make(self, x: Array) -> Array:
        with np.errstate(invalid="ignore"):
            own = (self.edges <= x[:, :, None]).sum(axis=2)
        feature = np.arange(len(self.columns))
        step = (x - self.low[feature, own])[:, :, None] * self.slope[feature, own]
        e = self.start[feature, own] + step
        return np.concatenate([x[:, :, None], e], axis=2).reshape(len(x), self.made)
