"""Build facts and the thread number (kept, and without effect: NumPy's BLAS has its own)."""

from __future__ import annotations

import os

import numpy as np

_threads = 0


def build_info() -> dict[str, str]:
    """Return what the twin was built with."""
    return {"compiler": f"NumPy {np.__version__}", "eigen": "none", "openmp": "off"}


def get_num_threads() -> int:
    """Return the number set last, else the number of processors."""
    return _threads or os.cpu_count() or 1


def set_num_threads(n: int) -> None:
    """Keep `n`."""
    global _threads
    _threads = n
