"""The dense layer y = f(x W + b)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .activations import activation_forward

Array = NDArray[Any]


def dense_forward(
    x: Array, W: Array, b: Array | None, activation: str, params: Sequence[float], y: Array
) -> None:
    """y = f(x W + b)."""
    with np.errstate(all="ignore"):
        np.matmul(x, W, out=y)
        if b is not None:
            y += b
    activation_forward(activation, params, y, y)


def dense_forward_exact(
    x: Any, W: Any, b: Any, activation: str, params: Sequence[float], out: Any
) -> Any:
    """The twin has no fast path: the checked path serves all calls."""
    return NotImplemented


def dense_backward(dy: Array, x: Array, W: Array, dx: Array | None, dW: Array, db: Array) -> None:
    """dx = dy W^T, dW = x^T dy, db = sum of dy over the batch."""
    with np.errstate(all="ignore"):
        if dx is not None:
            np.matmul(dy, W.T, out=dx)
        np.matmul(x.T, dy, out=dW)
        np.sum(dy, axis=0, out=db)


def dense_backward_exact(dy: Any, x: Any, W: Any, need_dx: bool) -> Any:
    """The twin has no fast path: the checked path serves all calls."""
    return NotImplemented
