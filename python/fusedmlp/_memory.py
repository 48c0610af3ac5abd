"""Aligned memory: parameters, gradients and optimizer moments start at a cache line."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

_ALIGN = 64
# Kernels read whole packets, which may end behind the last element; nothing is written there.
_SLACK = 256


def aligned_zeros(size: int, dtype: DTypeLike) -> NDArray[Any]:
    """Return flat zeros that start at a multiple of 64 bytes, with slack behind them."""
    dtype = np.dtype(dtype)
    block = np.zeros(size * dtype.itemsize + _ALIGN + _SLACK, np.uint8)
    start = -block.ctypes.data % _ALIGN
    return block[start : start + size * dtype.itemsize].view(dtype)
