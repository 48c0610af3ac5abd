"""What a column of the training rows is, and how it is to be encoded."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .cells import Cells
from .columns import (
    TRUE,
    CategoryColumn,
    Column,
    Gaps,
    NumberColumn,
    Scale,
    TimeColumn,
    is_boolean,
    numbers_of,
    times_of,
)
from .dates import parse_times, time_parts
from .numbers import MISSING_NUMBER, Numbers, is_inexact, is_number, parse_numbers

# A column of text is one of numbers if this share of its cells are, or the smaller share where
# there are many different numbers: codes such as 1, 2, 3, A stay text.
_NEARLY, _MANY_NEARLY, _MANY = 0.9, 0.8, 10
# More different texts than this and than half of the rows teach nothing.
_FEW_TEXTS = 10
_IDENTIFIER = re.compile(
    r"(?:.*[\W_])?(?:id|ids|idx|index|uuid|guid|key|row|rowid|row_?names?|rn|nr|no)|.*[a-z](?:Id|ID)"
)


@dataclass(frozen=True)
class Settings:
    """The options of an encoder that decide about columns."""

    categorical: frozenset[str] | None
    numeric: str
    missing: str
    one_hot: int
    max_categories: int


@dataclass(frozen=True)
class Fitted:
    """A column, or None and the reason why it is left out; and what is to be said about it."""

    column: Column | None
    note: str
    gaps: Gaps


def fit_column(name: str, cells: Cells, settings: Settings) -> Fitted:
    """Decide what a column is from its training rows."""
    if len(cells.array) and _is_empty(cells):
        return Fitted(None, "empty", Gaps(len(cells.array)))
    if settings.categorical is not None and name in settings.categorical:
        return _fit_category(name, cells.as_text(), settings, cells.kind, given=True)
    if cells.kind == "text":
        if is_boolean(cells.values):
            cells = truth(cells)
        elif (parsed := nearly_numbers(cells)) is not None:
            return _fit_number(name, cells, settings, parsed.decimal)
        elif (day_first := nearly_times(cells)) is not None:
            return _fit_time(name, cells, settings, day_first)
    if cells.kind == "number":
        return _fit_number(name, cells, settings, ".")
    if cells.kind == "time":
        return _fit_time(name, cells, settings, None)
    return _fit_category(name, cells, settings, cells.kind, given=cells.kind != "text")


def nearly_numbers(
    cells: Cells, decimal: str | None = None, forced: bool = False
) -> Numbers | None:
    """Return a column of text read as numbers if nearly all its cells are numbers, else None."""
    if not cells.values or not _begins_like(cells.values, is_number):
        return None
    if any(map(is_inexact, cells.values)):
        return None  # long account numbers and the like would be merged
    parsed = parse_numbers(cells.values, decimal, forced)
    found = ~np.isnan(parsed.values)
    counts = np.bincount(cells.array[cells.array >= 0], minlength=len(cells.values))
    numbers, odd = int(counts[found].sum()), int(counts[parsed.odd].sum())
    share = numbers / max(numbers + odd, 1)
    many = np.unique(parsed.values[found]).size >= _MANY
    return parsed if share >= (_MANY_NEARLY if many else _NEARLY) else None


def nearly_times(cells: Cells) -> bool | None:
    """Return whether the day comes first if nearly all cells of a column are times, else None."""
    if not cells.values or not _begins_like(cells.values, lambda t: any(c.isdigit() for c in t)):
        return None
    parsed = parse_times(cells.values)
    counts = np.bincount(cells.array[cells.array >= 0], minlength=len(cells.values))
    odd = int(counts[parsed.odd].sum())
    return parsed.day_first if odd <= (1 - _NEARLY) * int(counts.sum()) else None


def _begins_like(values: tuple[str, ...], test: Any) -> bool:
    """Look at some of many texts, to spare the work on all of them."""
    some = [v for v in values[:: max(len(values) // 200, 1)] if v.lower() not in MISSING_NUMBER]
    return 2 * sum(map(bool, map(test, some))) >= len(some)


def _is_empty(cells: Cells) -> bool:
    if cells.kind == "number":
        return bool(np.isnan(np.asarray(cells.array, np.float64)).all())
    return bool(np.isnat(cells.array).all() if cells.kind == "time" else (cells.array < 0).all())


def truth(cells: Cells) -> Cells:
    """Return a column of truth words as booleans."""
    true = [value.lower() in TRUE for value in cells.values]
    return Cells("boolean", np.array([*map(int, true), -1])[cells.array], ("False", "True"))


def _fit_number(name: str, cells: Cells, settings: Settings, decimal: str) -> Fitted:
    values, gaps = numbers_of(cells, decimal)
    known = values[~np.isnan(values)] if gaps.count else values
    if not known.size:
        return Fitted(None, "empty", gaps)
    if _is_identifier(name, known):
        return Fitted(None, "identifier: a different whole number in every row", gaps)
    scale = scale_of(known, settings.numeric)
    indicator = settings.missing == "indicator" and gaps.count > 0
    if scale is None:
        return _constant(name, gaps, settings)
    column = NumberColumn(name, scale, indicator, decimal)
    return Fitted(column, f"number, {_center(settings)} {scale.center:g}", gaps)


def _constant(name: str, gaps: Gaps, settings: Settings) -> Fitted:
    """One value: where it is missing may still tell something."""
    if settings.missing == "indicator" and gaps.count:
        return Fitted(NumberColumn(name, None, True), "number, one value", gaps)
    return Fitted(None, "constant", gaps)


def _fit_time(name: str, cells: Cells, settings: Settings, day_first: bool | None) -> Fitted:
    values, gaps = times_of(cells, day_first)
    known = values[~np.isnat(values)]
    parts = []
    one_day = known.size and (known.astype("datetime64[D]") == known[0].astype("datetime64[D]"))
    for part, numbers in time_parts(known).items():
        if part == "days" and np.all(one_day):
            continue  # times of one day: the hour says it all
        scale = scale_of(numbers, settings.numeric) if known.size else None
        if scale is not None:
            parts.append((part, scale))
    if not parts:
        return Fitted(None, "constant", gaps)
    indicator = settings.missing == "indicator" and gaps.count > 0
    column = TimeColumn(name, tuple(parts), indicator, day_first)
    return Fitted(column, f"time: {', '.join(part for part, _ in parts)}", gaps)


def _fit_category(name: str, cells: Cells, settings: Settings, source: str, given: bool) -> Fitted:
    counts = np.bincount(cells.array[cells.array >= 0], minlength=len(cells.values))
    filled = int(counts.sum())
    values = [v for v, n in zip(cells.values, counts.tolist(), strict=True) if n]
    gaps = Gaps(len(cells.array) - filled)
    if not values:
        return Fitted(None, "empty", gaps)
    if len(values) == 1 and not gaps.missing:
        return Fitted(None, "constant", gaps)
    if len(values) > settings.max_categories:
        return Fitted(
            None, f"{len(values)} different values, more than {settings.max_categories}", gaps
        )
    if not given and len(values) > max(_FEW_TEXTS, 0.5 * filled):
        return Fitted(None, f"text that differs from row to row ({len(values)} values)", gaps)
    values = sorted(values, key=_by_value(values))
    size = len(values) + 1
    layout = "sign" if size == 3 else "one_hot" if size <= settings.one_hot else "index"
    column = CategoryColumn(name, tuple(values), layout, source)
    kind = "boolean" if cells.kind == "boolean" else f"{len(values)} categories"
    return Fitted(column, f"{kind}, {layout.replace('_', '-')}", gaps)


def _by_value(values: list[str]) -> Any:
    try:
        numbers = {value: float(value) for value in values}
    except ValueError:
        return None
    return lambda value: (numbers[value], value)


def _is_identifier(name: str, known: NDArray[np.float64]) -> bool:
    if known.size <= _FEW_TEXTS or not (
        _IDENTIFIER.fullmatch(name) or _IDENTIFIER.fullmatch(name.lower())
    ):
        return False
    return bool((known == np.floor(known)).all()) and np.unique(known).size == known.size


def _center(settings: Settings) -> str:
    return "median" if settings.numeric == "robust" else "mean"


def scale_of(values: NDArray[np.float64], numeric: str) -> Scale | None:
    """Return center and scale of values without gaps, or None if all are equal.

    "robust": the median, and the distance of the quartiles; half the range where they agree.
    """
    low, high = float(values.min()), float(values.max())
    # The rounded mean of equal values may differ from them, and leave a tiny deviation.
    if low == high:
        return None
    if numeric == "standard":
        scale = float(values.std())
        return Scale(float(values.mean()), scale, False) if scale else None
    q25, median, q75 = np.quantile(values, [0.25, 0.5, 0.75]).tolist()
    return Scale(median, (q75 - q25) or (high - low) / 2.0, True)
