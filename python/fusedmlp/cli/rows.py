"""The rows of a table as ``fusedmlp train`` uses them: what is read, decided, left out and said."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..table.cells import Cells
from ..table.encoder import Encoder
from ..table.errors import TableError, listed
from ..table.fitting import scale_of
from ..table.frames import Columns, columns_of, take
from ..table.reading import Reading, open_table
from ..table.target import choose_target, class_labels, detect_task, find_column, target_values
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


def prepare(args: Any) -> Rows:
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
        task = detect_task(cells) if args.task == "auto" else args.task
        known, classes, values, names = _target(cells, task, source)
    except TableError as error:
        raise TableError(f"{path}: column {source.target!r}: {error}") from error
    train = test = np.arange(known.size)
    if args.test_fraction:
        rng = np.random.default_rng(args.seed)
        train, test = split_rows(known.size, args.test_fraction, rng, classes)
    else:
        test = test[:0]
    encoder = _fit(args, source, known[train])
    if len(names) == 1:
        raise TableError(f"{path}: the target {source.target!r} has one class only, {names[0]!r}")
    mean, scale = _mean_scale(values[train]) if values is not None else (0.0, 1.0)
    table = Table(
        task, source.target, encoder, tuple(names), mean, scale, source.reading.has_header,
        len(source.columns.names), source.columns.names.index(source.target),
        source.reading.decimal,
    )  # fmt: skip
    X, gaps = encoder.encode(take(source.columns, known))
    y: Any = classes if values is None else table.scaled(values)
    _describe(table, args)
    print_gaps(table, gaps, lambda row: source.reading.where(int(known[row])))
    print(f"rows {len(train)} to train, {len(test)} to test")
    return Rows(table, X, y, train, test)


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
        _say_missing(source, missing & ~total)
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


def _without(cells: Cells, rows: NDArray[np.bool_]) -> Cells:
    """Return cells that are missing in these rows."""
    if not rows.any():
        return cells
    if cells.kind in ("number", "time"):
        nothing = np.nan if cells.kind == "number" else np.datetime64("NaT")
        return Cells(cells.kind, np.where(rows, nothing, cells.array))
    codes = np.where(rows, -1, cells.array)
    used = np.unique(codes[codes >= 0])
    place = np.full(len(cells.values) + 1, -1, dtype=np.int64)
    place[used] = np.arange(used.size)
    return Cells(cells.kind, place[codes], tuple(cells.values[k] for k in used.tolist()))


def _say_missing(source: _Source, missing: NDArray[np.bool_], odd: Iterable[str] = ()) -> None:
    count = int(missing.sum())
    if count:
        where = source.reading.where(int(np.argmax(missing)))
        texts = f", no numbers: {listed(odd, 3)}" if odd else ""
        print(
            f"note: target {source.target!r}: {count} row{'s' * (count > 1)} left out, the target "
            f"is missing (first in {where}{texts})"
        )


def _fit(args: Any, source: _Source, rows: NDArray[np.int64]) -> Encoder:
    names = source.columns.names
    path = source.reading.path
    categorical = [find_column(names, name, "--categorical", path) for name in args.categorical]
    encoder = Encoder(
        categorical or "auto", "standard", "mean",
        one_hot=_MOST_CATEGORIES + 1, max_categories=_MOST_CATEGORIES,
    )  # fmt: skip
    encoder.fit(take(source.columns, rows), drop=[source.target, *source.left_out])
    encoder.left_out_ = [
        (name, source.left_out.get(name, reason))
        for name, reason in encoder.left_out_
        if name != source.target
    ]
    if not encoder.columns_:
        reasons = "; ".join(f"{name}: {reason}" for name, reason in encoder.left_out_)
        raise TableError(f"{path}: no input column is left ({reasons or 'one column'})")
    return encoder


def _mean_scale(values: NDArray[np.float64]) -> tuple[float, float]:
    scale = scale_of(values, "standard")
    return (float(values.mean()), 1.0) if scale is None else (scale.center, scale.scale)


def _describe(table: Table, args: Any) -> None:
    """Print what was found in the data, so that a wrong guess is seen before the training."""
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
