"""Ops on some of the columns; the others come first in y, behind them what the op makes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .op import Op, Pass

Array = NDArray[Any]


class ColumnsOp(Op):
    """Passes the columns on that are not chosen; `make` turns the others into outputs."""

    def __init__(self, width: int, settings: Mapping[str, Any]) -> None:
        super().__init__(width, settings)
        self.chosen = np.array(settings["columns"], np.int64)
        self.others = np.setdiff1d(np.arange(width), self.chosen)
        self.out = len(self.others) + self.made()

    def made(self) -> int:
        """Return how many numbers per row come out of the chosen columns."""
        raise TypeError(f"{type(self).__name__} defines no made")

    def make(self, run: Pass, x: Array) -> Array:
        """Return the outputs (rows, made) of the chosen columns `x`."""
        raise TypeError(f"{type(self).__name__} defines no make")

    def gradients(self, run: Pass, dy: Array, grad: Array) -> Array | None:
        """Write this op's part of `grad`; return the gradient of the chosen columns, if any."""
        return None

    def forward(self, run: Pass, x: Array) -> Array:
        """Return y."""
        return np.concatenate([x[:, self.others], self.make(run, x[:, self.chosen])], axis=1)

    def backward(self, run: Pass, dy: Array, grad: Array, need_dx: bool) -> Array | None:
        """Write this layer's part of `grad`, return dx."""
        passed = len(self.others)
        chosen = self.gradients(run, dy[:, passed:], grad)
        dx = np.zeros((len(dy), self.width), dy.dtype)
        dx[:, self.others] = dy[:, :passed]
        if chosen is not None:
            dx[:, self.chosen] = chosen
        return dx


def categories(x: Array, sizes: Array) -> Array:
    """Return columns of numbers as indices; what is none of 0 .. size - 1 counts as 0."""
    with np.errstate(invalid="ignore"):
        known = (x >= 0) & (x < sizes)
    return np.where(known, x, 0).astype(np.int64)


class CategoryEmbeddingOp(ColumnsOp):
    """Each index picks a row of its table."""

    def __init__(self, width: int, settings: Mapping[str, Any]) -> None:
        super().__init__(width, settings)
        self.sizes = np.array(settings["sizes"], np.int64)
        self.first = np.cumsum(self.sizes) - self.sizes
        self.num_parameters = int(self.sizes.sum()) * settings["dim"]

    def made(self) -> int:
        """Return the width of all picked rows."""
        return len(self.chosen) * int(self.settings["dim"])

    def _tables(self, flat: Array) -> Array:
        start = self.first_parameter
        return flat[start : start + self.num_parameters].reshape(-1, self.settings["dim"])

    def make(self, run: Pass, x: Array) -> Array:
        """Return the picked rows side by side."""
        self.rows = categories(x, self.sizes) + self.first
        y: Array = self._tables(run.theta)[self.rows].reshape(len(x), self.made())
        return y

    def gradients(self, run: Pass, dy: Array, grad: Array) -> Array | None:
        """Add up what each row of a table received; indices have no derivative."""
        tables = self._tables(grad)
        tables[:] = 0
        np.add.at(tables, self.rows, dy.reshape(*self.rows.shape, self.settings["dim"]))
        return None


class OneHotOp(ColumnsOp):
    """Each index sets one of its outputs to `on`, the others are `off`."""

    def made(self) -> int:
        """Return how many outputs there are."""
        return len(self.settings["off"])

    def make(self, run: Pass, x: Array) -> Array:
        """Return `off` with an `on` for each index."""
        skipped = int(self.settings["skip_first"])
        sizes = np.array(self.settings["sizes"], np.int64)
        y = np.tile(np.array(self.settings["off"], x.dtype), (len(x), 1))
        on = np.array(self.settings["on"], x.dtype)
        at = categories(x, sizes) - skipped
        rows, columns = np.nonzero(at >= 0)
        places = at[rows, columns] + (np.cumsum(sizes - skipped) - (sizes - skipped))[columns]
        y[rows, places] = on[places]
        return y
