"""Heads: what the outputs of a network mean, and the loss they are trained for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import xlogy

from ..checks.arrays import Array
from ..losses import Loss

# Limits of the log-variance of the Gaussian head, so that neither it nor its inverse overflows.
_LOG_VARIANCE = (-30.0, 30.0)


@dataclass(frozen=True)
class Head:
    """A loss of the engine in scikit-learn's measure.

    The engine averages over a row's outputs; scikit-learn's gradient is that of their sum.
    """

    loss: Loss | Callable[..., tuple[float, Array]]
    outputs: int
    activation: str  # of the output layer, by scikit-learn's name
    scale: float = 1.0  # what is minimised is so many times the engine's loss
    reported: float = 1.0  # what is reported is so many times the engine's loss
    # What is missing from the reported loss, for each row of targets; None: nothing.
    missing: Callable[[Array], Array] | None = None

    def constants(self, target: Array) -> Array | None:
        """Return what is missing from the reported loss of each row."""
        return None if self.missing is None else self.missing(target)


def classes_head(kind: str, outputs: int, label_smoothing: float) -> Head:
    """Return the head of a classifier; `kind` is that of the targets, in scikit-learn's words."""
    if kind == "multiclass":
        loss = Loss("cross_entropy", label_smoothing=float(label_smoothing))
        return Head(loss, outputs, "softmax")
    return Head(Loss("binary_cross_entropy"), outputs, "logistic", outputs, outputs)


def regression_head(loss: str, targets: int, *, delta: float, quantiles: list[float]) -> Head:
    """Return the head of a regressor for so many columns of y."""
    if loss == "gaussian":
        return Head(gaussian_loss, 2 * targets, "identity")
    if loss == "quantile":
        outputs = targets * len(quantiles)
        chosen = Loss("quantile", q=quantiles * targets)
        return Head(chosen, outputs, "identity", outputs)
    if loss == "poisson":
        return Head(Loss("poisson_nll"), targets, "exp", targets, targets, _poisson_rest)
    if loss == "squared_error":
        return Head(Loss("mse"), targets, "identity", targets / 2, 0.5)
    chosen = Loss("mae") if loss == "absolute_error" else Loss("huber", delta=float(delta))
    return Head(chosen, targets, "identity", targets)


def _poisson_rest(y: Array) -> Array:
    """What half the Poisson deviance has besides ``exp(x) - y x``."""
    y = np.asarray(y, np.float64)
    rest: Array = (xlogy(y, y) - y).sum(axis=1)
    return rest


def gaussian_loss(pred: Array, target: Array, weights: Array | None) -> tuple[float, Array]:
    """Negative log-likelihood of normal distributions without its constant, summed over targets.

    The first half of the outputs are means, the second half log-variances s:
    ``(s + (y - mean)^2 exp(-s)) / 2``.
    """
    targets = pred.shape[1] // 2
    mean, log_variance = pred[:, :targets], pred[:, targets:]
    low, high = _LOG_VARIANCE
    s = np.clip(log_variance, low, high)
    w = np.ones(len(pred)) if weights is None else weights
    w = w / w.sum() if w.any() else w
    share = w[:, None].astype(pred.dtype)
    precision = np.exp(-s)
    distance = mean - target
    square = distance * distance * precision
    dpred = np.empty_like(pred)
    dpred[:, :targets] = share * distance * precision
    dpred[:, targets:] = np.where(s == log_variance, share * (1 - square) / 2, 0)
    value = float(w @ ((s + square) / 2).sum(axis=1, dtype=np.float64))
    return value, dpred


def gaussian_std(log_variance: Array) -> Array:
    """Return the standard deviations that the second half of the outputs stand for."""
    return np.asarray(np.exp(np.clip(log_variance, *_LOG_VARIANCE) / 2))


def numbers_of(quantile: Any) -> list[float]:
    """Return the quantiles as a rising list."""
    values = [float(q) for q in np.atleast_1d(np.asarray(quantile, np.float64))]
    if not values or not all(0 < q < 1 for q in values) or sorted(set(values)) != values:
        raise ValueError(
            f"quantile must be in (0, 1), or a rising list of such numbers, got {quantile!r}"
        )
    return values


def r_squared(y: Array, prediction: Array, weights: Array | None) -> float:
    """Return scikit-learn's R^2, the mean over targets, without its checks: they take longer than
    an epoch of a small fit."""
    error = np.average((y - prediction) ** 2, axis=0, weights=weights)
    spread = np.average((y - np.average(y, axis=0, weights=weights)) ** 2, axis=0, weights=weights)
    # A constant y: 1 for a perfect prediction, 0 for any other.
    ratio = np.where(spread > 0, error / np.where(spread > 0, spread, 1), error != 0)
    return float(np.mean(1 - ratio))
