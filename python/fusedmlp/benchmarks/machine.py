"""Facts about the machine, and what it can do at best: the yardsticks of the tables."""

from __future__ import annotations

import os
import platform
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timezone
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import numpy as np

from .. import functional as F
from ..core.info import info
from . import peers
from .timing import Call, interleave, wait_until_idle

# All operands of these products together lie in a cache of 2 MB (float32).
_PEAK_SHAPES = ((256, 256, 256), (384, 256, 384), (256, 512, 256))
_COPY_BYTES = 128 * 2**20


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def facts() -> dict[str, Any]:
    """Return what a table of figures must name: processor, backend, versions, date, load."""
    return {
        "date": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        **info(),
        "cpu_count": os.cpu_count(),
        "load_average": os.getloadavg()[0] if hasattr(os, "getloadavg") else None,
        "system": platform.platform(),
        "python": platform.python_version(),
        **{p: _version(p) for p in ("numpy", "torch", "scikit-learn", "threadpoolctl")},
    }


def estimated_peak(dtype: str, against: tuple[str, ...], seconds: float = 0.5) -> dict[str, Any]:
    """Estimate the multiply-add peak at the present number of threads.

    It is the fastest sample of any matrix product among a few that lie in cache: ``F.dense``,
    ``np.matmul`` (where its threads can be limited) and ``torch.mm`` (if torch is a peer). So it
    is a lower bound of what the processor could do, and a share of it flatters a little.

    Returns
    -------
    dict
        ``gflops`` (10^9 floating point operations per second) and ``by``, who reached it.
    """
    rng = np.random.default_rng(0)
    best, by = 0.0, ""
    for m, k, n in _PEAK_SHAPES:
        x, W = rng.standard_normal((m, k)).astype(dtype), rng.standard_normal((k, n)).astype(dtype)
        y = np.empty((m, n), dtype)
        flops = 2.0 * m * k * n
        calls = {"F.dense": Call(partial(F.dense, x, W, out=y), flops)}
        if peers.blas_limit_possible():
            calls["np.matmul"] = Call(partial(np.matmul, x, W, out=y), flops)
        if "torch" in against:
            torch = peers.module("torch")
            tensors = [torch.from_numpy(a) for a in (x, W, y)]
            calls["torch.mm"] = Call(partial(torch.mm, *tensors[:2], out=tensors[2]), flops)
        timings = interleave(calls, seconds=seconds / len(_PEAK_SHAPES), settle=wait_until_idle)
        for name, timing in timings.items():
            if 1e-9 / timing.least > best:
                best, by = 1e-9 / timing.least, name
    return {"gflops": best, "by": by}


def copy_bandwidth(n_threads: int, nbytes: int = _COPY_BYTES, seconds: float = 0.3) -> float:
    """Return GB/s, read and written bytes together, of np.copyto from `n_threads` threads."""
    source, target = np.ones(nbytes, np.uint8), np.ones(nbytes, np.uint8)
    pairs = list(
        zip(np.array_split(target, n_threads), np.array_split(source, n_threads), strict=True)
    )
    with ThreadPoolExecutor(n_threads) as pool:

        def copy() -> None:
            list(pool.map(lambda pair: np.copyto(*pair), pairs))

        timing = interleave({"copy": Call(copy, 2.0 * nbytes)}, seconds=seconds)["copy"]
    return 1e-9 / timing.median


def free_bytes() -> float:
    """Return the memory that is free now, or infinity where the system does not say."""
    try:
        with open("/proc/meminfo", encoding="ascii") as file:
            for line in file:
                if line.startswith("MemAvailable:"):
                    return 1024.0 * int(line.split()[1])
    except OSError:
        pass
    return float("inf")
