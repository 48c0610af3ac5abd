"""One input column of a table: what is stored about it, and how its cells become numbers."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .reading import CsvData, TableError

# New values this many standard deviations away are cut off: further out, float32 would overflow.
_FARTHEST = 1e6


@dataclass(frozen=True)
class NumberColumn:
    """A column of numbers, standardised to (value - mean) / scale; missing values become 0."""

    name: str
    index: int
    mean: float
    scale: float

    @property
    def width(self) -> int:
        return 1

    def encode(self, data: CsvData, column: int, out: NDArray[np.float32]) -> int:
        """Write the inputs into out (rows, 1); return how many values were missing."""
        values = data.numbers(column)
        if values is None:
            row = data.first_text(column)
            raise TableError(
                f"{data.where(row, column)}: must be a number, as in the training data, "
                f"got {data.columns[column][row].strip()!r}"
            )
        scaled = np.clip((values - self.mean) / self.scale, -_FARTHEST, _FARTHEST)
        missing = np.isnan(scaled)
        out[:, 0] = np.where(missing, 0.0, scaled)
        return int(missing.sum())


@dataclass(frozen=True)
class CategoryColumn:
    """A column of text, one input of 0 or 1 per category; unknown and empty cells are all 0."""

    name: str
    index: int
    categories: tuple[str, ...]

    @property
    def width(self) -> int:
        return len(self.categories)

    def encode(self, data: CsvData, column: int, out: NDArray[np.float32]) -> int:
        """Write the inputs into out (rows, categories); return how many cells were unknown."""
        position = {category: k for k, category in enumerate(self.categories)}
        codes = np.array([position.get(cell, -1) for cell in data.text(column)], dtype=np.int64)
        known = np.flatnonzero(codes >= 0)
        out[...] = 0.0
        out[known, codes[known]] = 1.0
        return codes.size - known.size


Column = NumberColumn | CategoryColumn


def fit_column(data: CsvData, j: int, rows: NDArray[np.int64]) -> Column | str:
    """Return the column's encoding, or the reason why it is no input."""
    name = data.names[j]
    if not name:
        return "no name"
    values = data.numbers(j)
    if values is not None:
        known = values[rows]
        known = known[~np.isnan(known)]
        if not known.size:
            return "empty"
        mean, scale = mean_scale(known)
        return NumberColumn(name, j, mean, scale) if scale else "constant"
    cells = data.text(j)
    categories = sorted({cells[row] for row in rows.tolist()} - {""})
    filled = all(cells[row] for row in rows.tolist())
    if not categories or (len(categories) == 1 and filled):
        return "constant" if categories else "empty"
    return CategoryColumn(name, j, tuple(categories))


def mean_scale(values: NDArray[np.float64]) -> tuple[float, float]:
    """Return mean and standard deviation; the latter is 0 exactly where all values are equal."""
    mean = float(values.mean())
    # The rounded mean of equal values may differ from them, and leave a tiny deviation.
    return mean, 0.0 if values.min() == values.max() else float(values.std())


def column_from_dict(stored: Any) -> Column:
    name, index = str(stored["name"]), int(stored["index"])
    if "categories" in stored:
        return CategoryColumn(name, index, tuple(str(c) for c in stored["categories"]))
    scale = finite_number(stored["scale"])
    if scale <= 0.0:
        raise ValueError("scale")
    return NumberColumn(name, index, finite_number(stored["mean"]), scale)


def finite_number(value: Any) -> float:
    if not math.isfinite(value):
        raise ValueError("not finite")
    return float(value)
