"""Targets of the losses: exact arrays for the kernels, or a clear error."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from ..core.catalogue import TargetDomain
from .arrays import Array, exact, raw_array
from .losses import LossSettings
from .rows import chunks, readable


def prepare_target(
    loss: LossSettings,
    target: ArrayLike,
    outputs: int,
    dtype: DTypeLike,
    function: str,
    *,
    rows: int | None = None,
    argument: str = "target",
    convert: bool = True,
) -> Array:
    """Return what the kernels read: (rows, outputs) of `dtype`, or int64 class indices (rows,).

    Without `convert` the former may be of any dtype and layout that the engine can read.
    Everything that could be wrong with the values is checked here, whatever the number of rows.
    """
    array = raw_array(target, function, argument)
    if loss.row.classes and _holds_classes(array, outputs):
        if rows is not None and len(array) != rows:
            raise ValueError(
                f"{function}: {argument} must have {rows} rows to match the prediction, "
                f"got shape {array.shape}"
            )
        return _class_indices(array.reshape(-1), outputs, function, argument)
    if outputs == 1 and array.ndim == 1:
        array = array[:, None]
    wanted = (array.shape[0] if array.ndim else 0, outputs)
    if array.shape != wanted or rows not in (None, wanted[0]):
        n = "n" if rows is None else str(rows)
        shape = f"({n},) or ({n}, 1)" if outputs == 1 else f"({n}, {outputs})"
        if loss.row.classes:
            shape = f"({n},) for class indices, or ({n}, {outputs}) for probabilities"
        raise ValueError(
            f"{function}: {argument} must have shape {shape} to match the prediction "
            f"({n}, {outputs}), got {np.shape(target)}"
        )
    array = exact(array, dtype) if convert else readable(array)
    _check_values(loss.row.target, array, function, argument)
    return array


def _holds_classes(array: Array, outputs: int) -> bool:
    """Class indices: one dimension, or one column of integers beside several outputs."""
    column = array.ndim == 2 and array.shape[1] == 1 and array.dtype.kind in "biu"
    return array.ndim == 1 or (column and outputs > 1)


def _class_indices(array: Array, outputs: int, function: str, argument: str) -> Array:
    whole = array.dtype.kind != "f" or not array.size
    if not whole:
        with np.errstate(invalid="ignore"):
            bad = array != np.floor(array)  # also NaN; infinity is out of range below
        if bad.any():
            row = int(np.argmax(bad))
            fix = (
                f"drop the rows without a label (keep = ~np.isnan({argument}))"
                if np.isnan(array[row])
                else _ENCODE
            )
            raise ValueError(
                f"{function}: {argument} must hold integer class indices, got {array[row]} at row "
                f"{row}; {fix}"
            )
    if array.size and (array.min() < 0 or array.max() >= outputs):
        row = int(np.flatnonzero((array < 0) | (array >= outputs))[0])
        fix = _ENCODE
        if outputs == 1:
            fix = "with one output use binary_cross_entropy, or give the model one per class"
        raise ValueError(
            f"{function}: {argument} must hold class indices in [0, {outputs - 1}], "
            f"got {array[row]} at row {row}; {fix}"
        )
    if not whole:
        raise ValueError(
            f"{function}: {argument} must hold integer class indices, got dtype {array.dtype}; "
            f"use {argument}.astype(int)"
        )
    return exact(array, np.int64)


_ENCODE = "number the labels with classes, y = np.unique(labels, return_inverse=True)"


def _check_values(domain: TargetDomain | None, array: Array, function: str, argument: str) -> None:
    if domain is None:
        return
    for part in chunks(array):
        bad = domain.outside(array[part])
        if not bad.any():
            continue
        row, column = (int(i) for i in np.argwhere(bad)[0])
        row += part.start
        place = f"row {row}" + (f", column {column}" if array.shape[1] > 1 else "")
        raise ValueError(
            f"{function}: {argument} must {domain.wanted}, got {array[row, column]:g} at {place}"
        )
