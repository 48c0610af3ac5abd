"""Rows of the user's own: a CSV file or arrays, as network inputs and what is to be learned."""

from __future__ import annotations

from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..checks.rows import input_rows
from ..table.encoder import Encoder
from ..table.errors import TableError
from ..table.frames import columns_of, take
from ..table.reading import open_table
from ..table.target import choose_target, class_labels, detect_task, target_values
from .limits import CLASSES, COLUMNS, ROWS

Floats = NDArray[np.float32]
_ENDINGS = (".csv", ".tsv", ".txt", ".data")


@dataclass(frozen=True)
class Sheet:
    """A table that a network can learn.

    Attributes
    ----------
    source : name of the file, or "arrays"
    inputs : float32, shape (n, columns)
    target : int64 classes of shape (n,), or float32 values of shape (n, 1)
    columns : names of the inputs
    names : names of the columns that may be the target
    target_name : the one that is
    classes : names of the classes; none for a regression
    notes : what was decided about the file, a line each
    """

    source: str
    inputs: Floats
    target: NDArray[Any]
    columns: tuple[str, ...]
    names: tuple[str, ...] = ()
    target_name: str = "y"
    classes: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def read_sheet(path: str | PathLike[str], target: str | None = None, source: str = "") -> Sheet:
    """Return a CSV file as inputs and target, as ``fusedmlp train`` takes it.

    Parameters
    ----------
    path : path-like
    target : str, optional
        Name of the column to learn; None takes target, label, class or y, else the last one.
    source : str, optional
        The name to show; None is that of the file.

    Raises
    ------
    TableError
        If the file is no CSV file, or too large for the playground.
    """
    file = Path(path).expanduser()
    shown = source or file.name
    if Path(shown).suffix.lower() not in _ENDINGS:
        raise TableError(f"{shown}: must be a CSV file, its name ending in {', '.join(_ENDINGS)}")
    opened = open_table(file)
    name = choose_target(opened.names, target, shown)
    frame, reading = opened.load([name])
    columns = columns_of(frame)
    if not 4 <= columns.n_rows <= ROWS:
        raise TableError(f"{shown}: must have 4 to {ROWS} rows, got {columns.n_rows}")
    cells = columns.cells(name)
    classes: tuple[str, ...] = ()
    if detect_task(cells, reading.decimal) == "classify":
        labels = class_labels(cells)
        known, found = np.flatnonzero(labels.index >= 0), labels.index
        classes = tuple(labels.names)
        if not 2 <= len(classes) <= CLASSES:
            raise TableError(
                f"{shown}: column {name!r} must have 2 to {CLASSES} classes, got {len(classes)}; "
                "choose another target"
            )
        y: NDArray[Any] = found[known]
    else:
        values, _ = target_values(cells, reading.decimal)
        known = np.flatnonzero(~np.isnan(values))
        y = values[known].astype(np.float32)[:, None]
    rows = take(columns, known)
    encoder = Encoder().fit(rows, drop=[name])
    inputs = encoder.transform(rows)
    if not 1 <= inputs.shape[1] <= COLUMNS:
        raise TableError(
            f"{shown}: its columns become {inputs.shape[1]} inputs, 1 to {COLUMNS} are taken"
        )
    notes = tuple(reading.lines())
    return Sheet(shown, inputs, y, tuple(encoder.feature_names_out_), tuple(columns.names), name,
                 classes, notes)  # fmt: skip


def sheet_of(X: ArrayLike, y: ArrayLike) -> Sheet:
    """Return arrays as a sheet; whole numbers and texts are classes, other numbers values.

    Raises
    ------
    ValueError, TypeError
        If the arrays do not belong together, hold gaps, or are too large for the playground.

    Examples
    --------
    >>> from fusedmlp.playground.sheet import sheet_of
    >>> sheet_of([[0, 0], [0, 1], [1, 0], [1, 1]], ["no", "yes", "yes", "no"]).classes
    ('no', 'yes')
    """
    rows = np.ascontiguousarray(input_rows(X, "playground", "X", None), dtype=np.float32)
    target = np.asarray(y)
    if target.dtype.kind not in "biufOUS":
        raise TypeError(f"playground: y must hold numbers or texts, got {target.dtype}")
    if target.ndim == 2 and target.shape[1] == 1:
        target = target[:, 0]
    if target.shape != (len(rows),):
        raise ValueError(f"playground: y must have shape ({len(rows)},), got {target.shape}")
    if not 4 <= len(rows) <= ROWS or not 1 <= rows.shape[1] <= COLUMNS:
        raise ValueError(
            f"playground: X must have 4 to {ROWS} rows and 1 to {COLUMNS} columns, got {rows.shape}"
        )
    if not np.isfinite(rows).all():
        raise ValueError("playground: X must be finite")
    columns = tuple(f"x{j + 1}" for j in range(rows.shape[1]))
    if target.dtype.kind == "f" and not (target == np.floor(target)).all():
        if not np.isfinite(target).all():
            raise ValueError("playground: y must be finite")
        return Sheet("arrays", rows, target.astype(np.float32)[:, None], columns)
    names, index = np.unique(target, return_inverse=True)
    if len(names) > CLASSES and target.dtype.kind in "iuf":
        return Sheet("arrays", rows, target.astype(np.float32)[:, None], columns)
    if not 2 <= len(names) <= CLASSES:
        raise ValueError(f"playground: y must have 2 to {CLASSES} classes, got {len(names)}")
    classes = tuple(str(name) for name in names.tolist())
    return Sheet("arrays", rows, index.astype(np.int64), columns, classes=classes)
