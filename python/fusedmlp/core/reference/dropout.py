"""Inverted dropout, with the masks of cpp/kernels/dropout.cpp."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .philox import random_bits

Array = NDArray[Any]


def _scale(p: float, dtype: Any) -> Any:
    return dtype.type(1.0 / (1.0 - p) if p < 1.0 else 0.0)


def dropout_forward(
    p: float, seed: int, stream: int, draw: int, x: Array, y: Array, mask: Array
) -> None:
    """Write True to mask where x is kept, with probability 1 - p, and x mask / (1 - p) to y."""
    bits = random_bits(seed, stream, draw, x.size).reshape(x.shape)
    mask[...] = bits >= int(p * 2.0**32)
    dropout_backward(p, x, mask, y)


def dropout_backward(p: float, dy: Array, mask: Array, dx: Array) -> None:
    """Write dy mask / (1 - p) to dx, which may be dy."""
    with np.errstate(all="ignore"):
        np.multiply(dy, mask * _scale(p, dy.dtype), out=dx)
