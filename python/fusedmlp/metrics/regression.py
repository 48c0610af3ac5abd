"""Metrics of regression."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from .inputs import regression


@np.errstate(all="ignore")  # IEEE rules: inf and NaN go through
def mse(y: ArrayLike, prediction: ArrayLike) -> float:
    """Return the mean of ``(y - prediction)^2``.

    Examples
    --------
    >>> from fusedmlp import metrics
    >>> metrics.mse([0.0, 4.0], [1.0, 2.0])
    2.5
    """
    t, x = regression(y, prediction, "mse")
    return float(np.mean((t - x) ** 2))


@np.errstate(all="ignore")  # IEEE rules: inf and NaN go through
def rmse(y: ArrayLike, prediction: ArrayLike) -> float:
    """Return the square root of the mean squared error, taken for each output, then averaged.

    Examples
    --------
    >>> from fusedmlp import metrics
    >>> metrics.rmse([0.0, 4.0], [4.0, 0.0])
    4.0
    """
    t, x = regression(y, prediction, "rmse")
    return float(np.mean(np.sqrt(np.mean((t - x) ** 2, axis=0))))


@np.errstate(all="ignore")  # IEEE rules: inf and NaN go through
def mae(y: ArrayLike, prediction: ArrayLike) -> float:
    """Return the mean of ``|y - prediction|``.

    Examples
    --------
    >>> from fusedmlp import metrics
    >>> metrics.mae([0.0, 4.0], [1.0, 2.0])
    1.5
    """
    t, x = regression(y, prediction, "mae")
    return float(np.mean(np.abs(t - x)))


@np.errstate(all="ignore")  # IEEE rules: inf and NaN go through
def r2(y: ArrayLike, prediction: ArrayLike) -> float:
    """Return ``1 - sum (y - prediction)^2 / sum (y - mean(y))^2``, averaged over the outputs.

    1 is perfect, 0 no better than the mean. For a constant `y`: 1 if predicted exactly, else 0.

    Examples
    --------
    >>> from fusedmlp import metrics
    >>> metrics.r2([1.0, 2.0, 3.0], [1.0, 2.0, 2.0])
    0.5
    """
    t, x = regression(y, prediction, "r2")
    if len(t) < 2:
        return float("nan")
    rest = np.sum((t - x) ** 2, axis=0)
    spread = np.sum((t - t.mean(axis=0)) ** 2, axis=0)
    constant = spread == 0
    ratio = np.divide(rest, spread, out=(rest > 0).astype(np.float64), where=~constant)
    return float(np.mean(1 - ratio))
