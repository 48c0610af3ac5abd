"""Weights of classes as users write them: a table with classes as keys, or one number per class."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeGuard

import numpy as np

from .arrays import Array, float_array
from .numbers import number


def is_table(value: Any) -> TypeGuard[Mapping[Any, Any]]:
    """Whether `value` names its classes: a mapping, or a pandas Series (its index does)."""
    return isinstance(value, Mapping) or (hasattr(value, "to_dict") and hasattr(value, "index"))


def class_entries(table: Any, function: str) -> dict[int, float]:
    """Return a table of classes with int keys: True is class 1, and so is 1.0."""
    entries: dict[int, float] = {}
    for key, value in (table if isinstance(table, Mapping) else table.to_dict()).items():
        known = isinstance(key, (bool, np.bool_, int, np.integer)) or (
            isinstance(key, (float, np.floating)) and float(key).is_integer()
        )
        if not known:
            raise TypeError(
                f"{function}: class_weight must map class indices to numbers, got key {key!r}"
            )
        entries[int(key)] = number(value, function, f"class_weight[{key!r}]", low=0.0)
    return entries


def class_vector(value: Any, function: str) -> Array:
    """Return one factor per class from an array of numbers; a mask is not one."""
    each = float_array(value, function, "class_weight", dtype=np.float64, ndim=1)
    if np.asarray(value).dtype.kind == "b":
        raise TypeError(
            f"{function}: class_weight must hold one number per class, got a mask of True and "
            "False; for weights 0 and 1 pass class_weight.astype(float)"
        )
    for factor in each:
        number(factor, function, "class_weight", low=0.0)
    return each
