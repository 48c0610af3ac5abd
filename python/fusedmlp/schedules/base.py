"""What all schedules share."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache
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
        if t.size and t.max() == math.inf:
            raise ValueError(f"{name}: step must be finite, got inf")
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


def values_at(
    value: float | Schedule | Callable[[int], float],
    first_step: int,
    count: int,
    function: str,
    argument: str,
    high: float = math.inf,
) -> Doubles:
    """Return a number, or what a schedule gives, for `count` steps from `first_step` on.

    Parameters
    ----------
    value : float or callable
        A :class:`Schedule` is asked once for all steps, another callable for each.
    first_step, count : int
    function, argument : str
        For messages.
    high : float, default inf
        The largest value that makes sense; the least is 0.

    Returns
    -------
    numpy.ndarray of float64, shape (count,)

    Raises
    ------
    ValueError
        If a value is outside [0, high] or not finite.

    Examples
    --------
    >>> from fusedmlp import schedules
    >>> from fusedmlp.schedules.base import values_at
    >>> values_at(schedules.exponential(1.0, gamma=0.5), 1, 3, "fit", "dropout_scale")
    array([0.5  , 0.25 , 0.125])
    """
    if not callable(value):
        return _constant(value, count)
    if isinstance(value, Schedule):
        values = np.asarray(value(np.arange(first_step, first_step + count)), np.float64)
    else:
        values = np.array([value(k) for k in range(first_step, first_step + count)], np.float64)
    bad = ~(np.isfinite(values) & (values >= 0) & (values <= high))
    if bad.any():
        at = int(np.argmax(bad))
        end = "inf)" if high == math.inf else f"{high:g}]"
        raise ValueError(
            f"{function}: {argument} must be in [0, {end}, got {values[at]} at step "
            f"{first_step + at}"
        )
    return values


@lru_cache(maxsize=16)
def _constant(value: float, count: int) -> Doubles:
    """The same number for all steps; one array for all epochs of a fit, not to be written to."""
    values = np.full(count, value)
    values.flags.writeable = False
    return values
