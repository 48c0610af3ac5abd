"""Dropout on arrays."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..checks.arrays import Array, elementwise_output, float_array
from ..checks.numbers import integer, number
from ..checks.seeds import resolve_seed
from ..core import backend

Mask = NDArray[np.bool_]

# The stream of a Dropout that is a network's first step.
_STREAM = 16


def dropout(
    x: ArrayLike,
    p: float,
    *,
    seed: int | np.random.Generator,
    step: int = 0,
    out: Array | None = None,
) -> tuple[Array, Mask]:
    """Return ``x * mask / (1 - p)`` and the random mask.

    Parameters
    ----------
    x : array_like
        Any shape, at most 2**34 elements.
    p : float
        Probability that an element is dropped, in [0, 1].
    seed : int or numpy.random.Generator
        The same seed and step give the same mask, on every machine and for any number of threads.
    step : int, default 0
        Another mask for each training step.
    out : numpy.ndarray, optional
        Receives the result; of `x`'s shape and the result's dtype, C-contiguous. May be `x`.

    Returns
    -------
    y : numpy.ndarray, of `x`'s shape
        float64 for float64 input, else float32.
    mask : numpy.ndarray of bool, of `x`'s shape
        True where an element was kept.

    Raises
    ------
    ValueError
        If `p` is outside [0, 1], or `out` does not fit.
    TypeError
        If an argument is of the wrong kind.

    Notes
    -----
    Element i is kept if the 32-bit number i of the Philox4x32-10 stream (seed, 16, step) is at
    least p * 2**32. A NaN stays NaN, kept or not, as in PyTorch.

    Source: Srivastava et al., "Dropout: a simple way to prevent neural networks from overfitting",
    JMLR 15, 2014; Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011.

    Examples
    --------
    >>> from fusedmlp import functional as F
    >>> y, mask = F.dropout([1.0, 2.0, 3.0, 4.0], 0.5, seed=3)
    >>> y
    array([0., 0., 6., 8.], dtype=float32)
    >>> mask
    array([False, False,  True,  True])
    """
    p = number(p, "dropout", "p", low=0.0, high=1.0)
    if seed is None:
        raise TypeError("dropout: seed must be an integer or a Generator, got None")
    seed = resolve_seed(seed, "dropout")
    step = integer(step, "dropout", "step", high=2**63 - 1)
    x_exact = float_array(x, "dropout", "x")
    y = elementwise_output(out, x_exact.shape, x_exact.dtype, "dropout", inputs=(x_exact,))
    mask: Mask = np.empty(x_exact.shape, np.bool_)
    backend.core.dropout_forward(p, seed, _STREAM, step, x_exact, y, mask)
    return y, mask


def dropout_backward(dy: ArrayLike, mask: Mask, p: float, *, out: Array | None = None) -> Array:
    """Return dL/dx of :func:`dropout`: ``dy * mask / (1 - p)``.

    Parameters
    ----------
    dy : array_like
        dL/dy.
    mask : numpy.ndarray of bool, of `dy`'s shape
        What :func:`dropout` returned.
    p : float
        The same as forward.
    out : numpy.ndarray, optional
        Receives the result; of `dy`'s shape and the result's dtype, C-contiguous. May be `dy`.

    Returns
    -------
    numpy.ndarray, of `dy`'s shape
        float64 for float64 input, else float32.

    Raises
    ------
    ValueError
        If the shapes differ, or `p` is outside [0, 1].
    TypeError
        If `mask` is no array of bool, or `dy` holds no real numbers.

    Examples
    --------
    >>> import numpy as np
    >>> from fusedmlp import functional as F
    >>> F.dropout_backward([1.0, 1.0], np.array([True, False]), 0.75)
    array([4., 0.], dtype=float32)
    """
    what = "dropout_backward"
    p = number(p, what, "p", low=0.0, high=1.0)
    dy_exact = float_array(dy, what, "dy")
    kept = np.asarray(mask)
    if kept.dtype != np.bool_:
        raise TypeError(f"{what}: mask must hold bools, got dtype {kept.dtype}")
    if kept.shape != dy_exact.shape:
        raise ValueError(
            f"{what}: mask must have the shape of dy, {dy_exact.shape}, got {kept.shape}"
        )
    dx = elementwise_output(out, dy_exact.shape, dy_exact.dtype, what, inputs=(dy_exact,))
    backend.core.dropout_backward(p, dy_exact, np.ascontiguousarray(kept), dx)
    return dx
