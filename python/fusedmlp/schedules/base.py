"""What all schedules share."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..checks.arrays import raw_array
from ..checks.numbers import integer, number

Doubles = NDArray[np.float64]


class Schedule:
    """Base of all schedules. A schedule of your own defines ``values(t)``, t a float64 array."""

    def __call__(self, step: ArrayLike) -> Any:
        name = type(self).__name__
        t = raw_array(step, name, "step")
        if t.size and not t.min() >= 0:
            raise ValueError(f"{name}: step must be >= 0, got {t.min()}")
        # One path for numbers and arrays, so that both give the same bits.
        values = self.values(np.atleast_1d(t).astype(np.float64))
        return float(values[0]) if t.ndim == 0 else values

    def values(self, t: Doubles) -> Doubles:
        raise NotImplementedError

    def _check(self, **low: float) -> None:
        """Check and keep the fields of these names as floats >= low."""
        for key, least in low.items():
            value = number(getattr(self, key), type(self).__name__, key, low=least)
            object.__setattr__(self, key, value)

    def _check_count(self, key: str) -> None:
        value = integer(getattr(self, key), type(self).__name__, key, low=1)
        object.__setattr__(self, key, value)
