"""Numbers, flags and names that users pass in: returned as plain values, or a clear error."""

from __future__ import annotations

import math
import operator
from collections.abc import Sequence
from typing import Any

import numpy as np

from .names import hint

# Sizes beyond this cannot be addressed with 64-bit byte offsets of padded rows.
_MAX_SIZE = 2**31 - 1

# Smallest eps of the norms: its root is still far from float32's smallest number.
MIN_EPS = 1e-30


def number(
    value: Any,
    function: str,
    argument: str,
    *,
    low: float = -math.inf,
    high: float = math.inf,
    open_low: bool = False,
    open_high: bool = False,
) -> float:
    """Return a finite real number within [low, high] (or an open end) as a float."""
    if isinstance(value, (bool, np.bool_, str, bytes)) or not hasattr(value, "__float__"):
        raise TypeError(f"{function}: {argument} must be a number, got {value!r}")
    try:
        result = float(value)
    except (TypeError, ValueError, OverflowError) as error:
        raise TypeError(f"{function}: {argument} must be a number, got {value!r}") from error
    below = result <= low if open_low else result < low
    above = result >= high if open_high else result > high
    if not math.isfinite(result) or below or above:
        left = "(" if open_low or low == -math.inf else "["
        right = ")" if open_high or high == math.inf else "]"
        raise ValueError(
            f"{function}: {argument} must be in {left}{low:g}, {high:g}{right}, got {value!r}"
        )
    return result


def integer(
    value: Any, function: str, argument: str, *, low: int = 0, high: int = _MAX_SIZE
) -> int:
    """Return an integer within [low, high]; True, 3.0 and "5" are no integers."""
    if isinstance(value, (bool, np.bool_)):
        raise TypeError(f"{function}: {argument} must be an integer, got {value!r}")
    try:
        result = operator.index(value)
    except TypeError as error:
        raise TypeError(f"{function}: {argument} must be an integer, got {value!r}") from error
    if not low <= result <= high:
        raise ValueError(f"{function}: {argument} must be in [{low}, {high}], got {result}")
    return result


def flag(value: Any, function: str, argument: str) -> bool:
    """Return a bool; anything else is a mistake worth naming."""
    if not isinstance(value, (bool, np.bool_)):
        raise TypeError(f"{function}: {argument} must be True or False, got {value!r}")
    return bool(value)


def flag_or_auto(value: Any, function: str, argument: str) -> bool | str:
    """Return a bool, or "auto"."""
    if isinstance(value, str) and value.lower() == "auto":
        return "auto"
    return flag(value, function, argument)


def choice(value: Any, function: str, argument: str, options: Sequence[str]) -> str:
    """Return the one of `options` that `value` names in any case, or list them."""
    if not isinstance(value, str):
        name = getattr(value, "__name__", "").lower()
        raise TypeError(
            f"{function}: {argument} must be a name, got {type(value).__name__} {value!r}"
            + (f"; write {name!r}" if name in options else "")
        )
    if value not in options:
        value = {option.lower(): option for option in options}.get(value.lower(), value)
    if value not in options:
        raise ValueError(
            f"{function}: {argument} must be one of {', '.join(options)}, got {value!r}"
            f"{hint(value, options)}"
        )
    return str(value)


def number_or_schedule(
    value: Any,
    function: str,
    argument: str,
    schedules: Sequence[str] = (),
    *,
    high: float = math.inf,
) -> Any:
    """Return a number in [0, high] as a float, or the schedule that it is; `schedules` are known
    names.

    A callable stays as it is: its values are checked where they are used.
    """
    if callable(value):
        return value
    if isinstance(value, str):
        name = value.lower()
        fix = f"fm.schedules.{name}(...)" if name in schedules else "one of fm.schedules"
        raise TypeError(
            f"{function}: {argument} must be a number, got {value!r}; for a schedule pass {fix}"
        )
    return number(value, function, argument, low=0.0, high=high)
