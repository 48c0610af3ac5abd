"""Layer norm and batch norm on arrays."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from ..checks.arrays import Array, exact, output_array, raw_array
from ..checks.numbers import MIN_EPS, flag, number
from ..core import backend
from ._norm_inputs import as_rows, operands, running


def layer_norm(
    x: ArrayLike,
    gamma: ArrayLike | None,
    beta: ArrayLike | None,
    *,
    eps: float = 1e-5,
    out: Array | None = None,
) -> Array:
    """Return ``gamma * (x - mean) / sqrt(var + eps) + beta`` over the last axis.

    Parameters
    ----------
    x : array_like, shape (..., features)
        At least one dimension.
    gamma, beta : array_like, shape (features,), or None
        None stands for ones, and for zeros.
    eps : float, default 1e-5
        At least 1e-30.
    out : numpy.ndarray, optional
        Receives the result; of `x`'s shape and the result's dtype, C-contiguous, no overlap with
        the inputs.

    Returns
    -------
    numpy.ndarray, of `x`'s shape
        float64 if `x`, `gamma` or `beta` is, else float32.

    Raises
    ------
    ValueError
        If the shapes do not match, or `eps` is out of range.
    TypeError
        If an argument holds no real numbers.

    Notes
    -----
    The variance is the biased one (divided by the number of features), as in
    ``torch.nn.functional.layer_norm``; it is summed around the mean, blocks in double. A row of
    equal numbers gives `beta`.

    Source: Ba, Kiros, Hinton, "Layer normalization", 2016.

    Examples
    --------
    >>> from fusedmlp import functional as F
    >>> F.layer_norm([[1.0, 3.0], [5.0, 5.0]], [2.0, 2.0], [0.0, 1.0]).round(3)
    array([[-2.,  3.],
           [ 0.,  1.]], dtype=float32)
    """
    what = "layer_norm"
    eps = number(eps, what, "eps", low=MIN_EPS)
    (x_exact,), g, b = operands(what, {"x": x}, gamma, beta)
    y = output_array(out, x_exact.shape, x_exact.dtype, what, inputs=(x_exact, g, b))
    backend.core.layer_norm_forward(as_rows(x_exact), g, b, eps, as_rows(y))
    return y


def layer_norm_backward(
    dy: ArrayLike, x: ArrayLike, gamma: ArrayLike | None, *, eps: float = 1e-5
) -> tuple[Array, Array, Array]:
    """Return the gradients of :func:`layer_norm` by x, gamma and beta.

    With ``h = (x - mean) / s``, ``s = sqrt(var + eps)`` and ``g = gamma * dy``:
    ``dx = (g - mean(g) - h * mean(g * h)) / s``, ``dgamma = sum(dy * h)``, ``dbeta = sum(dy)``.

    Parameters
    ----------
    dy : array_like, shape (..., features)
        dL/dy.
    x : array_like, shape (..., features)
    gamma : array_like, shape (features,), or None
    eps : float, default 1e-5

    Returns
    -------
    dx : numpy.ndarray, of `x`'s shape
    dgamma, dbeta : numpy.ndarray, shape (features,)

    Raises
    ------
    ValueError
        If the shapes do not match, or `eps` is out of range.
    TypeError
        If an argument holds no real numbers.

    Examples
    --------
    >>> from fusedmlp import functional as F
    >>> dx, dgamma, dbeta = F.layer_norm_backward([[1.0, 0.0]], [[1.0, 3.0]], None)
    >>> dgamma.round(3).tolist(), dbeta.tolist()
    ([-1.0, 0.0], [1.0, 0.0])
    """
    what = "layer_norm_backward"
    eps = number(eps, what, "eps", low=MIN_EPS)
    (dy_exact, x_exact), g, _ = operands(what, {"dy": dy, "x": x}, gamma, None)
    dx, dgamma, dbeta = np.empty_like(x_exact), np.empty_like(g), np.empty_like(g)
    backend.core.layer_norm_backward(
        as_rows(dy_exact), as_rows(x_exact), g, eps, as_rows(dx), dgamma, dbeta
    )
    return dx, dgamma, dbeta


def batch_norm(
    x: ArrayLike,
    gamma: ArrayLike | None,
    beta: ArrayLike | None,
    running_mean: Array | None,
    running_var: Array | None,
    *,
    training: bool = False,
    momentum: float = 0.1,
    eps: float = 1e-5,
    out: Array | None = None,
) -> Array:
    """Return ``gamma * (x - mean) / sqrt(var + eps) + beta`` for each column.

    Parameters
    ----------
    x : array_like, shape (batch, features)
    gamma, beta : array_like, shape (features,), or None
        None stands for ones, and for zeros.
    running_mean, running_var : numpy.ndarray, shape (features,), or None
        What inference uses. Training moves them in place:
        ``running = (1 - momentum) * running + momentum * batch``, and takes None for both.
    training : bool, default False
        Whether mean and variance are those of the batch.
    momentum : float, default 0.1
        In [0, 1]. Keras counts the other way: its 0.99 is 0.01 here.
    eps : float, default 1e-5
        At least 1e-30.
    out : numpy.ndarray, optional
        Receives the result; of `x`'s shape and the result's dtype, C-contiguous, no overlap with
        the inputs.

    Returns
    -------
    numpy.ndarray, shape (batch, features)
        float64 if `x`, `gamma` or `beta` is, else float32.

    Raises
    ------
    ValueError
        If the shapes do not match, statistics are missing, or a number is out of range; in
        training also if the running arrays are not of the result's dtype, or read-only.
    TypeError
        If an argument is of the wrong kind.

    Notes
    -----
    The biased variance normalises, the unbiased one (n - 1) enters the running average: as
    ``torch.nn.functional.batch_norm``. One row has no variance: PyTorch raises an error, here it
    is normalised with the running statistics even in training, and does not change them.

    Source: Ioffe, Szegedy, "Batch normalization: accelerating deep network training by reducing
    internal covariate shift", ICML 2015.

    Examples
    --------
    >>> import numpy as np
    >>> from fusedmlp import functional as F
    >>> mean, var = np.zeros(1, np.float32), np.ones(1, np.float32)
    >>> F.batch_norm([[1.0], [3.0]], None, None, mean, var, training=True).round(3).tolist()
    [[-1.0], [1.0]]
    >>> mean, var
    (array([0.2], dtype=float32), array([1.1], dtype=float32))
    """
    what = "batch_norm"
    training = flag(training, what, "training")
    momentum = number(momentum, what, "momentum", low=0.0, high=1.0)
    eps = number(eps, what, "eps", low=MIN_EPS)
    (x_exact,), g, b = operands(what, {"x": x}, gamma, beta, ndim=2)
    moved = training and len(x_exact) > 1
    mean, var = running(what, running_mean, running_var, x_exact, moved)
    y = output_array(out, x_exact.shape, x_exact.dtype, what, inputs=(x_exact, g, b, mean, var))
    backend.core.batch_norm_forward(x_exact, g, b, mean, var, training, momentum, eps, y)
    return y


def batch_norm_backward(
    dy: ArrayLike,
    x: ArrayLike,
    gamma: ArrayLike | None,
    running_mean: ArrayLike | None = None,
    running_var: ArrayLike | None = None,
    *,
    training: bool = False,
    eps: float = 1e-5,
) -> tuple[Array, Array, Array]:
    """Return the gradients of :func:`batch_norm` by x, gamma and beta.

    With ``h = (x - mean) / s`` and ``s = sqrt(var + eps)``: ``dgamma = sum(dy * h)``,
    ``dbeta = sum(dy)``, ``dx = gamma / s * (dy - mean(dy) - h * mean(dy * h))`` with the batch's
    own statistics, ``dx = gamma / s * dy`` with running ones.

    Parameters
    ----------
    dy : array_like, shape (batch, features)
        dL/dy.
    x : array_like, shape (batch, features)
    gamma : array_like, shape (features,), or None
    running_mean, running_var : array_like, shape (features,), or None
        As forward used them; only read. Training with at least 2 rows does not need them.
    training : bool, default False
    eps : float, default 1e-5

    Returns
    -------
    dx : numpy.ndarray, shape (batch, features)
    dgamma, dbeta : numpy.ndarray, shape (features,)

    Raises
    ------
    ValueError
        If the shapes do not match, statistics are missing, or `eps` is out of range.
    TypeError
        If an argument is of the wrong kind.

    Examples
    --------
    >>> from fusedmlp import functional as F
    >>> dy, x = [[1.0], [3.0]], [[2.0], [4.0]]
    >>> dx, dgamma, dbeta = F.batch_norm_backward(dy, x, None, training=True)
    >>> dgamma.round(3).tolist(), dbeta.tolist()
    ([2.0], [4.0])
    """
    what = "batch_norm_backward"
    training = flag(training, what, "training")
    eps = number(eps, what, "eps", low=MIN_EPS)
    (dy_exact, x_exact), g, _ = operands(what, {"dy": dy, "x": x}, gamma, None, ndim=2)
    mean, var = (
        None if a is None else exact(raw_array(a, what, name), x_exact.dtype)
        for a, name in ((running_mean, "running_mean"), (running_var, "running_var"))
    )
    mean, var = running(what, mean, var, x_exact, training and len(x_exact) > 1, written=False)
    dx, dgamma, dbeta = np.empty_like(x_exact), np.empty_like(g), np.empty_like(g)
    backend.core.batch_norm_backward(
        dy_exact, x_exact, g, mean, var, training, eps, dx, dgamma, dbeta
    )
    return dx, dgamma, dbeta
