"""Loss functions in NumPy: value and gradient per row, the oracle of ``cpp/kernels/losses*``.

Each formula takes the prediction ``x`` and the target ``t``, both (rows, outputs), and returns the
loss and its derivative by ``x`` for every element; the row's loss is their mean over the outputs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Pair = tuple[Array, Array]


def _mse(x: Array, t: Array) -> Pair:
    d = x - t
    return d * d, d + d


def _mae(x: Array, t: Array) -> Pair:
    d = x - t
    return np.abs(d), np.sign(d)


def _huber(x: Array, t: Array, delta: float) -> Pair:
    d = x - t
    g = np.clip(d, -delta, delta)
    # d^2/2 inside, delta (|d| - delta/2) outside: one formula, no overflow of d^2.
    return np.abs(g) * (np.abs(d) - np.abs(g) / 2), g


def _log_cosh(x: Array, t: Array) -> Pair:
    d = x - t
    size = np.abs(d)
    # Near 0 the textbook form |d| + log1p(exp(-2|d|)) - log(2) cancels: there cosh d - 1 is
    # m^2 / (2 (1 + m)) with m = expm1(-|d|).
    m = np.expm1(-size)
    near = np.log1p(m * m / (2 + 2 * m))
    far = size + np.log1p(np.exp(-2 * size)) - np.log(np.asarray(2, x.dtype))
    return np.where(size < 1, near, far), np.tanh(d)


def _quantile(x: Array, t: Array, *q: float) -> Pair:
    d = x - t
    each = np.asarray(q, x.dtype)
    g = np.where(d > 0, 1 - each, np.where(d < 0, -each, d))
    return np.where(d == 0, 0, g * d), g


def _poisson_nll(x: Array, t: Array) -> Pair:
    rate = np.exp(x)
    return rate - np.where(t == 0, 0, t * x), rate - t


def _binary_cross_entropy(x: Array, t: Array) -> Pair:
    # max(x, 0) - x t + log1p(exp(-|x|)) without its cancellation: c |x| + log1p(exp(-|x|)).
    negative = x < 0
    c = np.where(negative, t, 1 - t)
    e = np.exp(-np.abs(x))
    rest = c - e / (1 + e)
    return np.where(c == 0, 0, c * np.abs(x)) + np.log1p(e), np.where(negative, -rest, rest)


def _hinge(x: Array, t: Array) -> Pair:
    margin = 1 - t * x
    met = margin <= 0
    return np.where(met, 0, margin), np.where(met, 0, -t)


_ELEMENTWISE: dict[str, Callable[..., Pair]] = {
    "mse": _mse,
    "mae": _mae,
    "huber": _huber,
    "log_cosh": _log_cosh,
    "quantile": _quantile,
    "poisson_nll": _poisson_nll,
    "binary_cross_entropy": _binary_cross_entropy,
    "hinge": _hinge,
}


def _cross_entropy(x: Array, target: Array, smoothing: float) -> Pair:
    """Loss (rows,) and gradient (rows, classes); target class indices or probabilities."""
    rows, classes = x.shape
    t = np.zeros((rows, classes)) if target.ndim == 1 else target.astype(np.float64)
    if target.ndim == 1:
        t[np.arange(rows), target] = 1
    t = (1 - smoothing) * t + smoothing / classes
    mass = t.sum(axis=1)

    # q_j = e_j / (1 + others) with e_top = 1: leaving the largest logit out of the sum keeps
    # log-sum-exp and 1 - q_top exact when the net is sure.
    top = np.argmax(x, axis=1)
    at_top = np.arange(rows), top
    below = x[at_top][:, None] - x
    e = np.exp(-below)
    e[at_top] = np.where(e[at_top] == 1, 0, e[at_top])  # NaN stays
    others = e.sum(axis=1, dtype=np.float64)
    distance = np.where(t == 0, 0, t * below.astype(np.float64))
    loss = mass * np.log1p(others) + distance.sum(axis=1)
    g = (mass / (1 + others))[:, None] * e - t
    g[at_top] = (mass - t[at_top]) - mass * (others / (1 + others))
    return loss, g


def loss_forward_backward(
    name: str,
    params: Sequence[float],
    pred: Array,
    target: Array,
    row_scale: NDArray[np.float64],
    row_loss: NDArray[np.float64],
    dpred: Array | None,
) -> None:
    """Write l_i into `row_loss`, and row_scale[i] * dl_i/dpred into `dpred` unless it is None."""
    with np.errstate(all="ignore"):
        if name == "cross_entropy":
            loss, g = _cross_entropy(pred, target, *params)
            scale = row_scale
            row_loss[...] = loss
        else:
            loss, g = _ELEMENTWISE[name](pred, target, *params)
            scale = row_scale / pred.shape[1]
            row_loss[...] = loss.mean(axis=1, dtype=np.float64)
        if dpred is not None:
            dpred[...] = g * scale[:, None]


def loss_mean_exact(
    name: str,
    params: Sequence[float],
    pred: Any,
    target: Any,
    bounds: tuple[float, float],
    gradient: bool,
) -> Any:
    """The twin has no fast path: the checked path serves all calls."""
    return NotImplemented
