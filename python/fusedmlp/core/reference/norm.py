"""Layer norm and batch norm: y = gamma (x - mean) / sqrt(var + eps) + beta."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


def _statistics(x: Array, axis: int) -> tuple[Array, Array]:
    """Return mean and variance (without n - 1) along `axis`, in float64."""
    mean = x.mean(axis=axis, keepdims=True, dtype=np.float64)
    return mean, np.square(x - mean.astype(x.dtype)).mean(axis=axis, keepdims=True, dtype=float)


def _normal(x: Array, mean: Array, var: Array, eps: float) -> tuple[Array, Array]:
    """Return (x - mean) / sqrt(var + eps), and 1 / sqrt(var + eps), in x's dtype."""
    inverse = (1.0 / np.sqrt(var.astype(np.float64) + eps)).astype(x.dtype)
    return (x - mean.astype(x.dtype)) * inverse, inverse


def _parameter_gradients(dy: Array, normal: Array, dgamma: Array, dbeta: Array) -> None:
    dgamma[...] = (dy * normal).sum(axis=0, dtype=np.float64)
    dbeta[...] = dy.sum(axis=0, dtype=np.float64)


def _through_statistics(g: Array, normal: Array, inverse: Array, axis: int) -> Array:
    """The gradient by x of its normal form, which depends on x through mean and variance too."""
    mean_g = g.mean(axis=axis, keepdims=True, dtype=np.float64).astype(g.dtype)
    mean_gh = (g * normal).mean(axis=axis, keepdims=True, dtype=np.float64).astype(g.dtype)
    dx: Array = inverse * (g - mean_g - normal * mean_gh)
    return dx


def layer_norm_forward(x: Array, gamma: Array, beta: Array, eps: float, y: Array) -> None:
    """Normalise each row."""
    if x.size == 0:
        return
    with np.errstate(all="ignore"):
        normal, _ = _normal(x, *_statistics(x, 1), eps)
        y[...] = normal * gamma + beta


def layer_norm_backward(
    dy: Array, x: Array, gamma: Array, eps: float, dx: Array, dgamma: Array, dbeta: Array
) -> None:
    """Gradients of layer_norm_forward."""
    if x.size == 0:
        dgamma[...] = dbeta[...] = 0
        return
    with np.errstate(all="ignore"):
        normal, inverse = _normal(x, *_statistics(x, 1), eps)
        _parameter_gradients(dy, normal, dgamma, dbeta)
        dx[...] = _through_statistics(dy * gamma, normal, inverse, 1)


def uses_batch(training: bool, rows: int) -> bool:
    """Whether the batch's own statistics are used: one row has no variance, so not for it."""
    return training and rows > 1


def batch_norm_forward(
    x: Array,
    gamma: Array,
    beta: Array,
    running_mean: Array | None,
    running_var: Array | None,
    training: bool,
    momentum: float,
    eps: float,
    y: Array,
) -> None:
    """Normalise each column, by the batch's own statistics or the running ones."""
    with np.errstate(all="ignore"):
        if uses_batch(training, len(x)):
            mean, var = _statistics(x, 0)
            unbiased = var * (len(x) / (len(x) - 1.0))
            for running, value in ((running_mean, mean), (running_var, unbiased)):
                if running is not None:
                    running[...] = (1.0 - momentum) * running.astype(float) + momentum * value[0]
        else:
            assert running_mean is not None and running_var is not None
            mean, var = running_mean, running_var
        normal, _ = _normal(x, mean, var, eps)
        y[...] = normal * gamma + beta


def batch_norm_backward(
    dy: Array,
    x: Array,
    gamma: Array,
    running_mean: Array | None,
    running_var: Array | None,
    training: bool,
    eps: float,
    dx: Array,
    dgamma: Array,
    dbeta: Array,
) -> None:
    """Gradients of batch_norm_forward; the running statistics stay."""
    with np.errstate(all="ignore"):
        if uses_batch(training, len(x)):
            normal, inverse = _normal(x, *_statistics(x, 0), eps)
            _parameter_gradients(dy, normal, dgamma, dbeta)
            dx[...] = _through_statistics(dy * gamma, normal, inverse, 0)
        else:
            assert running_mean is not None and running_var is not None
            normal, inverse = _normal(x, running_mean, running_var, eps)
            _parameter_gradients(dy, normal, dgamma, dbeta)
            dx[...] = dy * (gamma * inverse)
