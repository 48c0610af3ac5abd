"""Philox4x32-10 (Salmon et al., SC 2011): the random numbers of cpp/kernels/philox.hpp."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

SHUFFLE_STREAM = 1
LAYER_STREAM = 16

_LOW = np.uint64(0xFFFFFFFF)
_M0, _M1 = np.uint64(0xD2511F53), np.uint64(0xCD9E8D57)


def random_bits(seed: int, stream: int, draw: int, n: int) -> NDArray[np.uint64]:
    """Return the first `n` 32-bit numbers of (seed, stream, draw)."""
    c0 = np.arange((n + 3) // 4, dtype=np.uint64)
    c1, c2, c3 = (
        np.full_like(c0, word) for word in (stream, draw & 0xFFFFFFFF, draw >> 32 & 0xFFFFFFFF)
    )
    k0, k1 = seed & 0xFFFFFFFF, seed >> 32 & 0xFFFFFFFF
    for _ in range(10):
        p0, p1 = _M0 * c0, _M1 * c2
        c0, c1, c2, c3 = (
            (p1 >> np.uint64(32)) ^ c1 ^ np.uint64(k0),
            p1 & _LOW,
            (p0 >> np.uint64(32)) ^ c3 ^ np.uint64(k1),
            p0 & _LOW,
        )
        k0, k1 = (k0 + 0x9E3779B9) & 0xFFFFFFFF, (k1 + 0xBB67AE85) & 0xFFFFFFFF
    bits: NDArray[np.uint64] = np.stack([c0, c1, c2, c3], axis=1).ravel()[:n]
    return bits


def permutation(seed: int, epoch: int, n: int) -> NDArray[np.int64]:
    """Return the rows 0..n-1 in the random order of (seed, epoch)."""
    keys = random_bits(seed, SHUFFLE_STREAM, epoch, n) << np.uint64(32)
    keys |= np.arange(n, dtype=np.uint64)
    keys.sort()
    order: NDArray[np.int64] = (keys & _LOW).astype(np.int64)
    return order
