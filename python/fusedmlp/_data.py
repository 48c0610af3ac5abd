"""Data at the door of models: rows as the engine can read them, splits, and weights."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ._validate import Array, float_array, number, raw_array

# Elements checked at a time, so that a memmap is never in memory as a whole.
_CHUNK = 2**18


def rows(value: ArrayLike, function: str, argument: str, features: int | None) -> Array:
    """Return 2-D real numbers in any layout, copied only if the engine cannot read them."""
    array = raw_array(value, function, argument)
    wanted = f"(n, {'features' if features is None else features})"
    if array.ndim != 2:
        hint = f"; for one row pass {argument}[None]" if array.ndim == 1 else ""
        raise ValueError(
            f"{function}: {argument} must have shape {wanted}, got {array.shape}{hint}"
        )
    if array.shape[1] != features and (features is not None or array.shape[1] == 0):
        raise ValueError(f"{function}: {argument} must have shape {wanted}, got {array.shape}")
    return readable(array)


def readable(array: Array) -> Array:
    """Return an array of real numbers as the engine can read it, copied only if need be."""
    if array.dtype.kind == "b":
        return array.view(np.uint8)
    if array.dtype.itemsize > 8 or not array.dtype.isnative:
        return array.astype(
            np.float64 if array.dtype.itemsize > 8 else array.dtype.newbyteorder("=")
        )
    return array


def finite_rows(array: Array, dtype: str, function: str, argument: str) -> None:
    """Refuse values that are not finite once they are of `dtype`, naming the first."""
    if array.dtype.kind != "f":
        return
    for part_rows in chunks(array):
        part = array[part_rows]
        with np.errstate(all="ignore"):
            part = part.astype(dtype, copy=False)
            if np.isfinite(part.sum()):
                continue
        bad = np.argwhere(~np.isfinite(part))
        if len(bad):
            row, column = int(bad[0][0]) + part_rows.start, int(bad[0][1])
            raise ValueError(
                f"{function}: {argument} must be finite in {dtype}, got {array[row, column]} "
                f"at row {row}, column {column}"
            )


def chunks(array: Array) -> Iterator[slice]:
    """Return slices of rows that are small enough to be copied."""
    step = max(1, _CHUNK // max(1, array[:1].size))
    return (slice(i, i + step) for i in range(0, len(array), step))


def split(
    n: int, fraction: float, rng: np.random.Generator, classes: Array | None
) -> tuple[Array, Array]:
    """Return sorted indices of the rows to train on and of those held out.

    With `classes` every class gives the same share, up to rounding.
    """
    held = np.zeros(n, dtype=bool)
    groups = [np.arange(n)] if classes is None else _by_class(classes)
    # Cut the shuffled groups, laid end to end, at even steps: shares round fairly over all classes.
    laid = np.concatenate([rng.permutation(g) for g in groups])
    count = min(max(1, round(n * fraction)), n - 1) if n > 1 else 0
    held[laid[(np.arange(count) * n + n // 2) // max(1, count)]] = True
    return np.flatnonzero(~held), np.flatnonzero(held)


def _by_class(classes: Array) -> list[Array]:
    order = np.argsort(classes, kind="stable")
    cuts = np.flatnonzero(np.diff(classes[order])) + 1
    return list(np.split(order, cuts))


def class_weights(class_weight: Any, classes: Array, outputs: int, function: str) -> Array:
    """Return each row's factor from a dict, an array (one per class) or "balanced"."""
    counts = np.bincount(classes, minlength=outputs)
    return class_table(class_weight, counts, function)[classes]


def class_table(class_weight: Any, counts: Array, function: str) -> Array:
    """Return each class's factor; `counts` says how many rows each class has."""
    outputs = len(counts)
    if isinstance(class_weight, str):
        if class_weight != "balanced":
            raise ValueError(
                f"{function}: class_weight must be a dict, an array or 'balanced', "
                f"got {class_weight!r}"
            )
        present = np.where(counts > 0, counts, 1)
        factors = counts.sum() / (np.count_nonzero(counts) * present)
    elif isinstance(class_weight, dict):
        factors = np.ones(outputs)
        for key, value in class_weight.items():
            if not isinstance(key, (int, np.integer)) or not 0 <= key < outputs:
                raise ValueError(
                    f"{function}: class_weight has the key {key!r}, "
                    f"but classes are 0 to {outputs - 1}"
                )
            factors[key] = number(value, function, "class_weight", low=0.0)
    else:
        factors = float_array(class_weight, function, "class_weight", dtype=np.float64)
        if factors.shape != (outputs,):
            raise ValueError(
                f"{function}: class_weight must have shape ({outputs},), got {factors.shape}"
            )
    if not np.isfinite(factors).all() or (factors < 0).any():
        raise ValueError(f"{function}: class_weight must be finite and not negative")
    return np.asarray(factors, dtype=np.float64)
