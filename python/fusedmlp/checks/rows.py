"""Rows of inputs and targets: as the engine can read them, or a clear error."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import ArrayLike

from .arrays import Array, raw_array

# Elements checked at a time, so that a memmap is never in memory as a whole.
_CHUNK = 2**18


def input_rows(value: ArrayLike, function: str, argument: str, features: int | None) -> Array:
    """Return 2-D real numbers in any layout, copied only if the engine cannot read them."""
    array = raw_array(value, function, argument)
    wanted = f"(n, {'features' if features is None else features})"
    if array.ndim != 2:
        hint = _one_dimension(argument, array.size, features) if array.ndim == 1 else ""
        raise ValueError(
            f"{function}: {argument} must have shape {wanted}, got {array.shape}{hint}"
        )
    if array.shape[1] != features and (features is not None or array.shape[1] == 0):
        raise ValueError(f"{function}: {argument} must have shape {wanted}, got {array.shape}")
    return readable(array)


def _one_dimension(argument: str, size: int, features: int | None) -> str:
    """Return what to pass instead of a vector: one row, or one column of a single feature."""
    row, column = f"for one row pass {argument}[None]", f"for one column {argument}[:, None]"
    if features == 1 and size != 1:
        return f"; {column}"
    return f"; {row}" if features is not None else f"; {row}, {column}"


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


def whole_rows(array: Array, columns: Sequence[int], function: str, argument: str) -> None:
    """Refuse fractions in columns that hold indices, naming the first."""
    if array.dtype.kind != "f":
        return
    for part_rows in chunks(array):
        part = array[part_rows][:, list(columns)]
        bad = np.argwhere(part != np.floor(part))
        if len(bad):
            row, column = int(bad[0][0]) + part_rows.start, columns[int(bad[0][1])]
            raise ValueError(
                f"{function}: {argument} must hold whole numbers, got {array[row, column]} "
                f"at row {row}, column {column}"
            )


def chunks(array: Array) -> Iterator[slice]:
    """Return slices of rows that are small enough to be copied."""
    step = max(1, _CHUNK // max(1, array[:1].size))
    return (slice(i, i + step) for i in range(0, len(array), step))
