"""Columns of text to network inputs and targets, and network outputs back to labels and values."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .csv_columns import (
    CategoryColumn,
    Column,
    NumberColumn,
    column_from_dict,
    finite_number,
    fit_column,
    mean_scale,
)
from .reading import CsvData, TableError, listed
from .target import class_labels, target_values

MAX_CATEGORIES = 100


@dataclass(frozen=True)
class Table:
    """How the columns of a CSV file become inputs and targets; stored in the model file.

    Attributes
    ----------
    task : "classify" or "regress"
    target : name of the target column
    columns : the input columns, in the order of the network inputs
    classes : class names in the order of the network outputs (classification)
    target_mean, target_scale : the network learns (target - mean) / scale (regression)
    has_header : whether columns are found by name, or by position
    n_columns : number of columns of the training file, the target included
    target_index : position of the target in that file
    left_out : name and reason of the columns that are no inputs (not stored)
    """

    task: str
    target: str
    columns: tuple[Column, ...]
    classes: tuple[str, ...] = ()
    target_mean: float = 0.0
    target_scale: float = 1.0
    has_header: bool = True
    n_columns: int = 0
    target_index: int = 0
    left_out: tuple[tuple[str, str], ...] = field(default=(), compare=False)

    @property
    def n_inputs(self) -> int:
        return sum(column.width for column in self.columns)

    @property
    def n_outputs(self) -> int:
        return len(self.classes) if self.task == "classify" else 1

    @classmethod
    def fit(
        cls,
        data: CsvData,
        target: int,
        task: str,
        rows: NDArray[np.int64],
        drop: frozenset[int] = frozenset(),
    ) -> Table:
        """Learn means, scales and categories from the training rows; the classes from all rows."""
        columns: list[Column] = []
        left_out: list[tuple[str, str]] = []
        for j, name in enumerate(data.names):
            if j == target:
                continue
            found = "--drop" if j in drop else fit_column(data, j, rows)
            if isinstance(found, str):
                left_out.append((name or f"column {j}", found))
            else:
                columns.append(found)
        _refuse_many_categories(data, columns)
        if not columns:
            reasons = "; ".join(f"{name}: {reason}" for name, reason in left_out)
            raise TableError(f"{data.path}: no input column is left ({reasons or 'one column'})")
        classes: tuple[str, ...] = ()
        mean, scale = 0.0, 1.0
        if task == "classify":
            classes = tuple(class_labels(data, target)[0])
        else:
            mean, scale = mean_scale(target_values(data, target)[rows])
        return cls(
            task=task,
            target=data.names[target],
            columns=tuple(columns),
            classes=classes,
            target_mean=mean,
            target_scale=scale or 1.0,
            has_header=data.has_header,
            n_columns=len(data.names),
            target_index=target,
            left_out=tuple(left_out),
        )

    def inputs(self, data: CsvData) -> tuple[NDArray[np.float32], dict[str, int]]:
        """Return the network inputs (rows, n_inputs), and how many cells of a column had no value.

        Columns are found by name in any order; in a file without a header by position, where the
        target may be left out.
        """
        positions = self._positions(data)
        X = np.empty((data.n_rows, self.n_inputs), dtype=np.float32)
        gaps: dict[str, int] = {}
        start = 0
        for column, j in zip(self.columns, positions, strict=True):
            count = column.encode(data, j, X[:, start : start + column.width])
            if count:
                gaps[column.name] = count
            start += column.width
        return X, gaps

    def _positions(self, data: CsvData) -> list[int]:
        if self.has_header:
            missing = [c.name for c in self.columns if c.name not in data.names]
            if missing:
                raise TableError(
                    f"{data.path}: column{'s' * (len(missing) > 1)} {listed(missing)} missing; "
                    f"the file has {listed(data.names)}"
                )
            return [data.names.index(c.name) for c in self.columns]
        width = len(data.names)
        if width == self.n_columns:
            return [c.index for c in self.columns]
        if width == self.n_columns - 1:
            return [c.index - (c.index > self.target_index) for c in self.columns]
        raise TableError(
            f"{data.path}: {width} columns, but the model was trained on a file without a header "
            f"that had {self.n_columns} (column {self.target_index} was the target and may be "
            "left out)"
        )

    def targets(self, data: CsvData) -> NDArray[Any]:
        """Return class indices (rows,) int64, or standardised values (rows, 1) float32."""
        target = data.names.index(self.target)
        if self.task == "classify":
            return class_labels(data, target)[1]
        scaled = (target_values(data, target) - self.target_mean) / self.target_scale
        return scaled.astype(np.float32).reshape(-1, 1)

    def values(self, outputs: NDArray[Any]) -> NDArray[np.float64]:
        """Return network outputs (rows, 1) of a regression in the target's own units, (rows,)."""
        own = outputs.astype(np.float64).reshape(-1) * self.target_scale + self.target_mean
        return np.asarray(own, dtype=np.float64)

    def to_dict(self) -> dict[str, Any]:
        """Return the table as plain lists, strings and numbers (JSON)."""
        columns: list[dict[str, Any]] = []
        for c in self.columns:
            kind: dict[str, Any] = {"name": c.name, "index": c.index}
            if isinstance(c, NumberColumn):
                columns.append({**kind, "mean": c.mean, "scale": c.scale})
            else:
                columns.append({**kind, "categories": list(c.categories)})
        return {
            "task": self.task,
            "target": self.target,
            "columns": columns,
            "classes": list(self.classes),
            "target_mean": self.target_mean,
            "target_scale": self.target_scale,
            "has_header": self.has_header,
            "n_columns": self.n_columns,
            "target_index": self.target_index,
        }

    @classmethod
    def from_dict(cls, stored: Any) -> Table:
        """Return the table that `to_dict` wrote; anything else is a TableError."""
        try:
            table = cls(
                task=_one_of(stored["task"], ("classify", "regress")),
                target=str(stored["target"]),
                columns=tuple(column_from_dict(c) for c in stored["columns"]),
                classes=tuple(str(name) for name in stored["classes"]),
                target_mean=finite_number(stored["target_mean"]),
                target_scale=finite_number(stored["target_scale"]),
                has_header=bool(stored["has_header"]),
                n_columns=int(stored["n_columns"]),
                target_index=int(stored["target_index"]),
            )
            places = [table.target_index, *(c.index for c in table.columns)]
            if not all(0 <= place < table.n_columns for place in places):
                raise ValueError("columns outside the file")
        except (KeyError, TypeError, ValueError, OverflowError) as error:
            raise TableError(
                "the model file does not say how to read a CSV file; "
                "`fusedmlp train` writes model files that do"
            ) from error
        return table


def _refuse_many_categories(data: CsvData, columns: list[Column]) -> None:
    """Names, dates and the like make thousands of inputs that teach nothing."""
    many = [c for c in columns if isinstance(c, CategoryColumn) and c.width > MAX_CATEGORIES]
    if many:
        first = many[0]
        row = data.first_text(first.index)
        drops = " ".join(f"--drop {c.name!r}" for c in many)
        raise TableError(
            f"{data.where(row, first.index)}: {data.text(first.index)[row]!r} is not a number, and "
            f"as text the column has {first.width} categories (at most {MAX_CATEGORIES}); "
            f"correct the cell or leave out: {drops}"
        )


def _one_of(value: Any, names: tuple[str, ...]) -> str:
    if value not in names:
        raise ValueError(f"not one of {names}")
    return str(value)
