"""Softmax and log-softmax over the last axis."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from ..checks.arrays import Array, elementwise_output, exact, float_array, raw_array, working_dtype
from ..core import backend


def softmax(x: ArrayLike, *, out: Array | None = None) -> Array:
    """Return ``exp(x_i) / sum_j exp(x_j)`` over the last axis.

    Parameters
    ----------
    x : array_like, shape (..., classes)
        At least one dimension.
    out : numpy.ndarray, optional
        Receives the result; of `x`'s shape and the result's dtype, C-contiguous. May be `x`.

    Returns
    -------
    numpy.ndarray, of `x`'s shape
        float64 for float64 input, else float32. Each row sums to 1 up to rounding.

    Raises
    ------
    ValueError
        If `x` has no dimension.

    Notes
    -----
    The row's maximum is subtracted first, so no finite input overflows. A row with NaN, with +inf
    or with nothing but -inf has no softmax: it becomes NaN, as in ``torch.softmax``.

    Source: Bridle, "Probabilistic interpretation of feedforward classification network outputs",
    1990.

    Examples
    --------
    >>> from fusedmlp import functional as F
    >>> F.softmax([0.0, 0.0, 1000.0])
    array([0., 0., 1.], dtype=float32)
    """
    return _forward("softmax", False, x, out)


def log_softmax(x: ArrayLike, *, out: Array | None = None) -> Array:
    """Return ``x_i - log(sum_j exp(x_j))`` over the last axis.

    Parameters
    ----------
    x : array_like, shape (..., classes)
        At least one dimension.
    out : numpy.ndarray, optional
        Receives the result; of `x`'s shape and the result's dtype, C-contiguous. May be `x`.

    Returns
    -------
    numpy.ndarray, of `x`'s shape
        float64 for float64 input, else float32.

    Raises
    ------
    ValueError
        If `x` has no dimension.

    Notes
    -----
    Finite wherever the true value is. The largest term of the sum is taken out of it
    (``log1p`` of the rest), so the loss of a nearly certain class keeps its digits where
    ``torch.log_softmax`` rounds to 0.

    Examples
    --------
    >>> from fusedmlp import functional as F
    >>> F.log_softmax([0.0, 1000.0])
    array([-1000.,     0.], dtype=float32)
    """
    return _forward("log_softmax", True, x, out)


def softmax_backward(dy: ArrayLike, y: ArrayLike, *, out: Array | None = None) -> Array:
    """Return dL/dx of ``y = softmax(x)``: ``y_i (dy_i - sum_j dy_j y_j)``.

    Parameters
    ----------
    dy : array_like, shape (..., classes)
        dL/dy.
    y : array_like, shape (..., classes)
        What :func:`softmax` returned.
    out : numpy.ndarray, optional
        Receives the result; of `dy`'s shape and the result's dtype, C-contiguous. May be `dy`.

    Returns
    -------
    numpy.ndarray, of `dy`'s shape
        float64 if `dy` or `y` is, else float32.

    Raises
    ------
    ValueError
        If the shapes differ or have no dimension.

    Examples
    --------
    >>> from fusedmlp import functional as F
    >>> F.softmax_backward([1.0, 0.0], [0.5, 0.5])
    array([ 0.25, -0.25], dtype=float32)
    """
    return _backward("softmax_backward", False, dy, y, out)


def log_softmax_backward(dy: ArrayLike, y: ArrayLike, *, out: Array | None = None) -> Array:
    """Return dL/dx of ``y = log_softmax(x)``: ``dy_i - exp(y_i) sum_j dy_j``.

    Parameters
    ----------
    dy : array_like, shape (..., classes)
        dL/dy.
    y : array_like, shape (..., classes)
        What :func:`log_softmax` returned.
    out : numpy.ndarray, optional
        Receives the result; of `dy`'s shape and the result's dtype, C-contiguous. May be `dy`.

    Returns
    -------
    numpy.ndarray, of `dy`'s shape
        float64 if `dy` or `y` is, else float32.

    Raises
    ------
    ValueError
        If the shapes differ or have no dimension.

    Examples
    --------
    >>> from fusedmlp import functional as F
    >>> F.log_softmax_backward([1.0, 0.0], F.log_softmax([3.0, 3.0])).round(4)
    array([ 0.5, -0.5], dtype=float32)
    """
    return _backward("log_softmax_backward", True, dy, y, out)


def _rows(array: Array) -> Array:
    """View a C-contiguous array as (rows, classes); reshape(-1) cannot tell 0 rows."""
    classes = array.shape[-1]
    return array.reshape(array.size // classes if classes else 0, classes)


def _needs_an_axis(array: Array, function: str, argument: str) -> None:
    if array.ndim == 0:
        raise ValueError(f"{function}: {argument} must have at least 1 dimension, got shape ()")


def _forward(function: str, log: bool, x: ArrayLike, out: Array | None) -> Array:
    x_exact = float_array(x, function, "x")
    _needs_an_axis(x_exact, function, "x")
    y = elementwise_output(out, x_exact.shape, x_exact.dtype, function, inputs=(x_exact,))
    if y.size:
        backend.core.softmax_forward(log, _rows(x_exact), _rows(y))
    return y


def _backward(function: str, log: bool, dy: ArrayLike, y: ArrayLike, out: Array | None) -> Array:
    dy_raw, y_raw = raw_array(dy, function, "dy"), raw_array(y, function, "y")
    _needs_an_axis(dy_raw, function, "dy")
    if y_raw.shape != dy_raw.shape:
        raise ValueError(
            f"{function}: y must have the shape of dy, {dy_raw.shape}, got {y_raw.shape}"
        )
    dtype = np.result_type(working_dtype(dy, dy_raw), working_dtype(y, y_raw))
    dy_exact, y_exact = exact(dy_raw, dtype), exact(y_raw, dtype)
    dx = elementwise_output(out, dy_exact.shape, dtype, function, inputs=(dy_exact, y_exact))
    if dx.size:
        backend.core.softmax_backward(log, _rows(dy_exact), _rows(y_exact), _rows(dx))
    return dx
