"""Softmax and log-softmax over the columns, in NumPy."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


def softmax_forward(log: bool, x: Array, y: Array) -> None:
    """Write exp(x - max) / sum of each row to y, or its logarithm; y may be x."""
    if x.size == 0:
        return
    with np.errstate(all="ignore"):
        z = x - x.max(axis=1, keepdims=True)
        e = np.exp(z)
        if not log:
            np.divide(e, e.sum(axis=1, keepdims=True), out=y)
            return
        # log1p of the sum without one of the largest: exact where one class dominates.
        np.put_along_axis(e, x.argmax(axis=1)[:, None], 0, axis=1)
        rest = e.sum(axis=1, keepdims=True, dtype=np.result_type(x, np.float64))
        np.subtract(z, np.log1p(rest).astype(x.dtype), out=y)
        # An infinite maximum has no softmax: the whole row is NaN.
        y[np.isnan(z).any(axis=1)] = np.nan


def softmax_backward(log: bool, dy: Array, y: Array, dx: Array) -> None:
    """Write y (dy - sum(dy y)) to dx; with `log`, dy - exp(y) sum(dy). dx may be dy."""
    with np.errstate(all="ignore"):
        if log:
            np.subtract(dy, np.exp(y) * dy.sum(axis=1, keepdims=True), out=dx)
        else:
            np.multiply(y, dy - (dy * y).sum(axis=1, keepdims=True), out=dx)
