"""Seeds: one integer per model, from which every random number follows."""

from __future__ import annotations

from typing import Any

import numpy as np

from .numbers import integer

_LIMIT = 2**63


def resolve_seed(seed: Any, function: str) -> int:
    """Return an integer seed from an int, a Generator (one draw) or None (fresh entropy)."""
    if seed is None:
        return int(np.random.SeedSequence().generate_state(1, np.uint64)[0] >> np.uint64(1))
    if isinstance(seed, np.random.Generator):
        return int(seed.integers(_LIMIT))
    return integer(seed, function, "seed", low=0, high=_LIMIT - 1)
