"""Aligned memory: parameters, gradients and optimizer moments start at a cache line."""

from __future__ import annotations

import mmap
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

_ALIGN = 64
# Kernels read whole packets, which may end behind the last element; nothing is written there.
_SLACK = 256


# From this size on, 4 KB pages cost more time in address translation than the memory they save.
_HUGE_PAGE = 2 * 1024 * 1024


def aligned_zeros(size: int, dtype: DTypeLike) -> NDArray[Any]:
    """Return flat zeros that start at a multiple of 64 bytes, with slack behind them."""
    dtype = np.dtype(dtype)
    bytes_ = size * dtype.itemsize
    if bytes_ < _HUGE_PAGE or not hasattr(mmap, "MADV_HUGEPAGE"):
        block = np.zeros(bytes_ + _ALIGN + _SLACK, np.uint8)
        start = -block.ctypes.data % _ALIGN
    else:
        try:
            memory = mmap.mmap(-1, bytes_ + _HUGE_PAGE + _SLACK, flags=mmap.MAP_PRIVATE)
        except (OSError, OverflowError) as error:
            raise MemoryError(f"cannot allocate {size} numbers of type {dtype}") from error
        memory.madvise(mmap.MADV_HUGEPAGE)
        block = np.frombuffer(memory, np.uint8)
        start = -block.ctypes.data % _HUGE_PAGE
    return block[start : start + bytes_].view(dtype)
