"""Metrics in NumPy, the twin of ``cpp/kernels/metrics``: outputs (n, k) against class indices (n,)
or targets (n, k). None where the targets are not what the metric compares with."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


def _accuracy(target: Array, pred: Array) -> float | None:
    if pred.shape[1] > 1:
        real = target if target.ndim == 1 else target.argmax(axis=1)
        return float(np.mean(pred.argmax(axis=1) == real))
    labels = target.reshape(-1)
    if target.ndim == 2:
        low = min(0, labels.min())
        if low not in (0, -1) or not np.isin(labels, (low, 1)).all():
            return None
        labels = labels > 0
    return float(np.mean((pred[:, 0] > 0) == labels))


def _of_columns(measure: Callable[[Array, Array], Array]) -> Callable[[Array, Array], float | None]:
    """The mean over the outputs of what `measure` returns for each, from float64 columns."""

    def metric(target: Array, pred: Array) -> float | None:
        if target.shape != pred.shape:
            return None
        return float(np.mean(measure(target.astype(np.float64), pred.astype(np.float64))))

    return metric


def _r2(t: Array, p: Array) -> Array:
    if len(t) < 2:
        return np.full(1, np.nan)
    rest, spread = ((t - p) ** 2).sum(axis=0), ((t - t.mean(axis=0)) ** 2).sum(axis=0)
    constant = (rest > 0).astype(np.float64)
    result: Array = 1 - np.divide(rest, spread, out=constant, where=spread != 0)
    return result


METRICS: dict[str, Callable[[Array, Array], float | None]] = {
    "accuracy": _accuracy,
    "mse": _of_columns(lambda t, p: ((t - p) ** 2).mean(axis=0)),
    "rmse": _of_columns(lambda t, p: np.sqrt(((t - p) ** 2).mean(axis=0))),
    "mae": _of_columns(lambda t, p: np.abs(t - p).mean(axis=0)),
    "r2": _of_columns(_r2),
}
