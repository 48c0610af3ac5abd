"""The dense layer on arrays."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ..checks.arrays import Array, exact, float_array, output_array, raw_array, working_dtype
from ..checks.numbers import choice, flag
from ..core import backend
from ..core.catalogue import ACTIVATIONS

_PARAMS = {name: tuple(row.defaults.values()) for name, row in ACTIVATIONS.items()}


def dense(
    x: ArrayLike,
    W: ArrayLike,
    b: ArrayLike | None = None,
    activation: str = "identity",
    *,
    out: Array | None = None,
) -> Array:
    """Return ``activation(x @ W + b)``.

    Parameters
    ----------
    x : array_like, shape (batch, in_features)
    W : array_like, shape (in_features, out_features)
        PyTorch stores the transpose, (out_features, in_features).
    b : array_like, shape (out_features,), optional
    activation : str, default "identity"
        One of ``ACTIVATIONS``, with its default parameters.
    out : numpy.ndarray, optional
        Receives the result; shape (batch, out_features), the result's dtype, C-contiguous, no
        overlap with the inputs.

    Returns
    -------
    numpy.ndarray, shape (batch, out_features)
        float64 if `x` or `W` is, else float32.

    Raises
    ------
    ValueError
        If the shapes do not match.
    TypeError
        If an argument holds no real numbers.

    Notes
    -----
    Each element is a sum over ``in_features`` in blocks of at most 256 terms, so a row's result
    does not depend on the other rows of the batch, to the last bit.

    Examples
    --------
    >>> import numpy as np
    >>> from fusedmlp import functional as F
    >>> F.dense([[1, 2]], [[1, 0, -1], [0, 1, 1]], [0.5, 0, -2], "relu")
    array([[1.5, 2. , 0. ]], dtype=float32)
    """
    if out is not None and type(activation) is str and activation in ACTIVATIONS:
        # Exact arrays, the usual case in a loop, go straight to the kernel.
        params = _PARAMS[activation]
        done = backend.core.dense_forward_exact(x, W, b, activation, params, out)
        if done is not NotImplemented:
            return done  # type: ignore[no-any-return]
    x_exact, W_exact, dtype = _operands(x, W, "dense")
    out_features = W_exact.shape[1]
    b_exact = None
    if b is not None:
        b_exact = float_array(b, "dense", "b", dtype=dtype)
        if b_exact.shape != (out_features,):
            raise ValueError(
                f"dense: b must have shape ({out_features},) to match W {W_exact.shape}, "
                f"got {b_exact.shape}"
            )
    activation = choice(activation, "dense", "activation", tuple(ACTIVATIONS))
    shape = (len(x_exact), out_features)
    y = output_array(out, shape, dtype, "dense", inputs=(x_exact, W_exact, b_exact))
    backend.core.dense_forward(x_exact, W_exact, b_exact, activation, _PARAMS[activation], y)
    return y


def dense_backward(
    dy: ArrayLike, x: ArrayLike, W: ArrayLike, *, need_dx: bool = True
) -> tuple[Array | None, Array, Array]:
    """Return the gradients of ``y = x @ W + b``: ``dy @ W.T``, ``x.T @ dy`` and ``sum(dy)``.

    Parameters
    ----------
    dy : array_like, shape (batch, out_features)
        dL/dy, behind the activation if there is one (see ``<activation>_backward``).
    x : array_like, shape (batch, in_features)
    W : array_like, shape (in_features, out_features)
    need_dx : bool, default True
        Whether dL/dx is wanted; the first layer of a network does not need it.

    Returns
    -------
    dx : numpy.ndarray, shape (batch, in_features), or None without `need_dx`
    dW : numpy.ndarray, shape (in_features, out_features)
    db : numpy.ndarray, shape (out_features,)

    Raises
    ------
    ValueError
        If the shapes do not match.
    TypeError
        If an argument holds no real numbers.

    Examples
    --------
    >>> from fusedmlp import functional as F
    >>> dx, dW, db = F.dense_backward([[1.0, 2.0]], [[3.0]], [[4.0, 5.0]])
    >>> dx.tolist(), dW.tolist(), db.tolist()
    ([[14.0]], [[3.0, 6.0]], [1.0, 2.0])
    """
    need_dx = flag(need_dx, "dense_backward", "need_dx")
    found = backend.core.dense_backward_exact(dy, x, W, need_dx)
    if found is not NotImplemented:
        return found  # type: ignore[no-any-return]
    x_exact, W_exact, dtype = _operands(x, W, "dense_backward")
    dy_exact = float_array(dy, "dense_backward", "dy", dtype=dtype)
    wanted = (len(x_exact), W_exact.shape[1])
    if dy_exact.shape != wanted:
        raise ValueError(
            f"dense_backward: dy must have shape {wanted} to match x {x_exact.shape} and "
            f"W {W_exact.shape}, got {dy_exact.shape}"
        )
    dx = np.empty(x_exact.shape, dtype) if need_dx else None
    dW, db = np.empty(W_exact.shape, dtype), np.empty(wanted[1], dtype)
    backend.core.dense_backward(dy_exact, x_exact, W_exact, dx, dW, db)
    return dx, dW, db


def _operands(x: ArrayLike, W: ArrayLike, function: str) -> tuple[Array, Array, np.dtype[Any]]:
    x_raw, W_raw = raw_array(x, function, "x"), raw_array(W, function, "W")
    for name, array, shape in (("x", x_raw, "batch, in"), ("W", W_raw, "in, out")):
        if array.ndim != 2:
            raise ValueError(
                f"{function}: {name} must have shape ({shape}_features), got {array.shape}"
            )
    if W_raw.shape[0] != x_raw.shape[1]:
        raise ValueError(
            f"{function}: W must have shape ({x_raw.shape[1]}, out_features) to match "
            f"x {x_raw.shape}, got {W_raw.shape}"
        )
    dtype = np.promote_types(working_dtype(x, x_raw), working_dtype(W, W_raw))
    return exact(x_raw, dtype), exact(W_raw, dtype), dtype
