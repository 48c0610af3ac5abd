"""What is to be learned from a table: the target column, the task, the classes or values."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .reading import CsvData, TableError

TARGET_NAMES = ("target", "label", "class", "y")
MAX_AUTO_CLASSES = 20


def choose_target(data: CsvData, wanted: str | None) -> int:
    """Return the position of the target column.

    ``wanted`` is its name or position. Without it: the first of the columns called target, label,
    class or y (in any case), else the last column.
    """
    if wanted is not None:
        return data.index(wanted, "--target")
    if len(data.names) < 2:
        raise TableError(
            f"{data.path}: only one column; training needs inputs and a target "
            "(delimiters are comma, semicolon and tab)"
        )
    lowered = [name.lower() for name in data.names]
    for name in TARGET_NAMES:
        if name in lowered:
            return lowered.index(name)
    return len(data.names) - 1


def detect_task(data: CsvData, target: int) -> str:
    """Return "classify" or "regress".

    Text is classified. Numbers are classified if they are whole, at most 20 different ones, and
    each comes twice on average; all others are regressed.
    """
    values = data.numbers(target)
    if values is None:
        return "classify"
    values = values[~np.isnan(values)]
    different = np.unique(values).size
    whole = bool((values == np.floor(values)).all())
    few = different <= MAX_AUTO_CLASSES and 2 * different <= values.size
    return "classify" if whole and few else "regress"


def class_labels(data: CsvData, target: int) -> tuple[list[str], NDArray[np.int64]]:
    """Return the sorted class names, and the class index of each row.

    Numbers sort by value and keep the way they are written, as long as one number is written in
    one way; otherwise ("1" and "1.0") they are written anew.
    """
    cells = data.text(target)
    values = data.numbers(target)
    if values is None:
        _refuse_missing(data, target, np.array([not cell for cell in cells], dtype=bool))
        names = sorted(set(cells))
        position = {name: k for k, name in enumerate(names)}
        return names, np.array([position[cell] for cell in cells], dtype=np.int64)
    _refuse_missing(data, target, np.isnan(values))
    unique, index = np.unique(values, return_inverse=True)
    written: list[set[str]] = [set() for _ in unique]
    for cell, k in zip(cells, index.tolist(), strict=True):
        written[k].add(cell)
    names = [
        min(cells_of) if len(cells_of) == 1 else repr(value).removesuffix(".0")
        for cells_of, value in zip(written, unique.tolist(), strict=True)
    ]
    return names, index.reshape(-1).astype(np.int64)


def target_values(data: CsvData, target: int) -> NDArray[np.float64]:
    """Return the target of a regression; text and missing values are errors."""
    values = data.numbers(target)
    if values is None:
        row = data.first_text(target)
        raise TableError(
            f"{data.where(row, target)}: regression needs numbers, "
            f"got {data.columns[target][row].strip()!r}"
        )
    _refuse_missing(data, target, np.isnan(values))
    return values


def _refuse_missing(data: CsvData, target: int, missing: NDArray[np.bool_]) -> None:
    rows = np.flatnonzero(missing)
    if rows.size:
        raise TableError(
            f"{data.where(int(rows[0]), target)}: the target is missing"
            + (f" (and in {rows.size - 1} more rows)" if rows.size > 1 else "")
            + "; leave such rows out"
        )
