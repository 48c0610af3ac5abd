"""The rows of a table as ``fusedmlp train`` uses them: what is read, decided, left out and said."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..table.cells import NO_TIME, Cells
from ..table.encoder import Encoder
from ..table.errors import TableError, listed
from ..table.fitting import scale_of
from ..table.frames import Columns, columns_of, take
from ..table.reading import Reading, open_table
from ..table.target import (
    choose_target,
    class_labels,
    detect_task,
    drop_values,
    find_column,
    target_values,
)
from ..table.task import Table
from .shared import print_gaps, reading_options

# An input per category: with more, a plain network learns them by heart.
_MOST_CATEGORIES = 100


@dataclass(frozen=True)
class Rows:
    """Inputs and targets of the rows that have a target; `train` and `test` are places in them."""

    table: Table
    X: NDArray[np.float32]
    y: NDArray[Any]
    train: NDArray[np.int64]
    test: NDArray[np.int64]


@dataclass(frozen=True)
class _Source:
    columns: Columns
    target: str
    reading: Reading
    left_out: dict[str, str]


@dataclass(frozen=True)
class Prepared:
    """A table that was read, and what is to be learned from it.

    Attributes
    ----------
    source : the columns, and how they were read
    task : "classify" or "regress"
    known : the rows that have a target
    classes, names : class of each of them, and the names of the classes; None, [] for values
    values : target of each of them; None for classes
    train, test : places in `known`
    """

    source: _Source
    task: str
    known: NDArray[np.int64]
    classes: NDArray[np.int64] | None
    names: list[str]
    values: NDArray[np.float64] | None
    train: NDArray[np.int64]
    test: NDArray[np.int64]

    def rows(self, places: NDArray[np.int64]) -> Columns:
        """Return the columns of some of the known rows."""
        return take(self.source.columns, self.known[places])

    def table(self, encoder: Encoder, mean: float = 0.0, scale: float = 1.0) -> Table:
        """Return what is stored for new files."""
        source = self.source
        return Table(
            self.task, source.target, encoder, tuple(self.names), mean, scale,
            source.reading.has_header, len(source.columns.names),
            source.columns.names.index(source.target), source.reading.decimal,
        )  # fmt: skip


def prepare(args: Any) -> Prepared:
    """Read the file of the options, or the digits, and print what was found."""
    from ..training.split import split_rows

    source = _read(args)
    path = source.reading.path
    if not source.columns.n_rows:
        raise TableError(f"{path}: a header, but no rows")
    for line in source.reading.lines():
        print(f"note: {line}")
    try:
        cells = source.columns.cells(source.target)
        task = detect_task(cells, source.reading.decimal) if args.task == "auto" else args.task
        known, classes, values, names = _target(cells, task, source)
    except TableError as error:
        raise TableError(f"{path}: column {source.target!r}: {error}") from error
    train = test = np.arange(known.size)
    if args.test_fraction:
        rng = np.random.default_rng(args.seed)
        train, test = split_rows(known.size, args.test_fraction, rng, classes)
    else:
        test = test[:0]
    return Prepared(source, task, known, classes, names, values, train, test)


def encoded(prepared: Prepared, args: Any) -> Rows:
    """Return inputs for a plain net: standardised numbers, an input per category."""
    encoder = fit_encoder(
        prepared, args, "standard", "mean",
        one_hot=_MOST_CATEGORIES + 1, max_categories=_MOST_CATEGORIES,
    )  # fmt: skip
    values = prepared.values
    mean, scale = _mean_scale(values[prepared.train]) if values is not None else (0.0, 1.0)
    table = prepared.table(encoder, mean, scale)
    X = describe(prepared, table, args)
    y: Any = prepared.classes if values is None else table.scaled(values)
    return Rows(table, X, y, prepared.train, prepared.test)


def _read(args: Any) -> _Source:
    if args.data is None:
        from ..datasets import digits_table

        print("data: the built-in handwritten digits (UCI, E. Alpaydin and C. Kaynak)")
        columns = columns_of(digits_table())
        reading = Reading("the digits", columns.n_rows)
        target = choose_target(columns.names, args.target, reading.path)
        return _Source(columns, target, reading, _dropped(args, columns.names, target, "digits"))
    header: dict[str, str | bool] = {"auto": "auto", "yes": True, "no": False}
    opened = open_table(args.data, header=header[args.header], **reading_options(args))
    target = choose_target(opened.names, args.target, args.data)
    left_out = _dropped(args, opened.names, target, args.data)
    left_out.update((name, "no name") for name in opened.unnamed if name != target)
    frame, reading = opened.load([target])
    return _Source(columns_of(frame), target, reading, left_out)


def _dropped(args: Any, names: list[str], target: str, path: str) -> dict[str, str]:
    dropped = [find_column(names, name, "--drop", path) for name in args.drop]
    if target in dropped:
        raise TableError(f"--drop: {target!r} is the target")
    return dict.fromkeys(dropped, "--drop")


def _target(
    cells: Cells, task: str, source: _Source
) -> tuple[NDArray[np.int64], NDArray[np.int64] | None, NDArray[np.float64] | None, list[str]]:
    """Return the rows that have a target, with classes or values, and the names of the classes."""
    reading = source.reading
    total = np.zeros(source.columns.n_rows, dtype=bool)
    if reading.total:
        total[-1] = True
        print("note: the total in the last row is left out")
    if task == "classify":
        labels = class_labels(_without(cells, total))
        missing = labels.index < 0
        odd = [text for text in _texts_of(cells, missing & ~total) if text not in labels.names]
        _say_missing(source, missing & ~total, odd)
        if labels.note:
            print(f"note: {labels.note}")
        if not labels.names:
            raise TableError("the target has no value")
        known = np.flatnonzero(~missing)
        return known, labels.index[known], None, labels.names
    values, gaps = target_values(_without(cells, total), source.reading.decimal)
    _say_missing(source, np.isnan(values) & ~total, gaps.odd)
    known = np.flatnonzero(~np.isnan(values))
    if not known.size:
        raise TableError("the target has no numbers")
    return known, None, values[known], []


def _texts_of(cells: Cells, rows: NDArray[np.bool_]) -> list[str]:
    """Return the different texts in these rows."""
    if not cells.values:
        return []
    codes = np.unique(cells.array[rows])
    return [cells.values[k] for k in codes.tolist() if k >= 0]


def _without(cells: Cells, rows: NDArray[np.bool_]) -> Cells:
    """Return cells that are missing in these rows."""
    if not rows.any():
        return cells
    if cells.kind in ("number", "time"):
        nothing = np.nan if cells.kind == "number" else NO_TIME
        return Cells(cells.kind, np.where(rows, nothing, cells.array))
    codes = np.where(rows, -1, cells.array)
    unused = np.bincount(codes[codes >= 0], minlength=len(cells.values)) == 0
    return drop_values(Cells(cells.kind, codes, cells.values), unused)


def _say_missing(source: _Source, missing: NDArray[np.bool_], odd: Iterable[str] = ()) -> None:
    count = int(missing.sum())
    if count:
        where = source.reading.where(int(np.argmax(missing)))
        texts = f", {listed(odd, 3)}" if odd else ""
        print(
            f"note: target {source.target!r}: {count} row{'s' * (count > 1)} left out, the target "
            f"is missing (first in {where}{texts})"
        )


def left_out(prepared: Prepared) -> list[str]:
    """Return the names of the columns that are no inputs, by the user's will or for their name."""
    return [prepared.source.target, *prepared.source.left_out]


def categorical(prepared: Prepared, args: Any) -> Any:
    """Return the columns that the user takes for categories, or "auto"."""
    names, path = prepared.source.columns.names, prepared.source.reading.path
    chosen = [find_column(names, name, "--categorical", path) for name in args.categorical]
    return chosen or "auto"


def fit_encoder(prepared: Prepared, args: Any, *kinds: str, **options: Any) -> Encoder:
    """Return an encoder that was fitted on the rows to train on; no column left is an error."""
    encoder = Encoder(categorical(prepared, args), *kinds, **options)
    encoder.fit(prepared.rows(prepared.train), drop=left_out(prepared))
    say_why(prepared, encoder)
    if not encoder.columns_:
        reasons = "; ".join(f"{name}: {reason}" for name, reason in encoder.left_out_)
        path = prepared.source.reading.path
        raise TableError(f"{path}: no input column is left ({reasons or 'one column'})")
    names = prepared.names
    if len(names) == 1:
        path, target = prepared.source.reading.path, prepared.source.target
        raise TableError(f"{path}: the target {target!r} has one class only, {names[0]!r}")
    return encoder


def say_why(prepared: Prepared, encoder: Encoder) -> None:
    """Put the user's reasons in the place of the encoder's."""
    encoder.left_out_ = [
        (name, prepared.source.left_out.get(name, reason))
        for name, reason in encoder.left_out_
        if name != prepared.source.target
    ]


def _mean_scale(values: NDArray[np.float64]) -> tuple[float, float]:
    scale = scale_of(values, "standard")
    return (float(values.mean()), 1.0) if scale is None else (scale.center, scale.scale)


def describe(prepared: Prepared, table: Table, args: Any) -> NDArray[np.float32]:
    """Print what was found in the data, so that a wrong guess is seen before the training; return
    the inputs of the known rows."""
    X, gaps = table.encoder.encode(take(prepared.source.columns, prepared.known))
    _describe(table, args)
    where = prepared.source.reading.where
    print_gaps(table, gaps, lambda row: where(int(prepared.known[row])))
    print(f"rows {len(prepared.train)} to train, {len(prepared.test)} to test")
    return X


def _describe(table: Table, args: Any) -> None:
    hint = "" if args.target is not None else " (choose another with --target)"
    print(f"target {table.target!r}{hint}")
    if table.task == "classify":
        print(f"task classify: {len(table.classes)} classes, {listed(table.classes)}")
    else:
        print("task regress")
    for kind, words in (("number", "numbers"), ("time", "times"), ("category", "categories")):
        found = [c for c in table.encoder.columns_ if c.kind == kind]
        if found:
            print(f"{words}: {_named([_brief(c) for c in found])}")
    reasons = dict.fromkeys(reason for _, reason in table.encoder.left_out_)
    for reason in reasons:
        names = [name for name, why in table.encoder.left_out_ if why == reason]
        print(f"left out ({reason}): {', '.join(names)}")


def _brief(column: Any) -> str:
    if column.kind == "category":
        return f"{column.name} ({len(column.values)})"
    if column.kind == "time":
        return f"{column.name} ({', '.join(part for part, _ in column.parts)})"
    return str(column.name)


def _named(names: list[str], most: int = 20) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
