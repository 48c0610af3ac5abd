"""What the columns of a file are: texts that are numbers, dates or truth values become those."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .cells import EXACT, Cells
from .columns import Gaps, is_boolean, numbers_of, times_of
from .dates import parse_times
from .fitting import nearly_numbers, nearly_times, truth
from .frames import cells_of
from .numbers import LARGEST, parse_numbers

_TOTAL = re.compile(
    r"(?:grand |sub)?(?:totals?|sum|summe|gesamt|insgesamt|average|mean|mittelwert|count|"
    r"total general|totale|somme)\b.{0,20}",
    re.IGNORECASE,
)


def settle(series: Any, decimal: str, forced: bool, decided: bool) -> tuple[Any, Gaps, str, bool]:
    """Return a column that pandas took for text as what it is.

    `decimal` is the sign of the file; `forced` says that it was given, `decided` that it is beyond
    doubt.

    Returns
    -------
    series or array : the new column
    gaps : what was there instead of a number or a date
    note : what is to be said about the decision, or ""
    doubtful : whether nothing tells the decimal sign from the mark of thousands
    """
    cells = cells_of(series)
    if cells.kind != "text":
        return series, Gaps(), "", False
    if is_boolean(cells.values) and {"true", "false"} <= {v.lower() for v in cells.values}:
        cells = truth(cells)
        return np.array([False, True, None], dtype=object)[cells.array], Gaps(), "", False
    parsed = nearly_numbers(cells, decimal, forced)
    if parsed is not None:
        values, gaps = numbers_of(cells, parsed.decimal, forced=True)
        doubtful = not decided and parse_numbers(cells.values).undecided
        return values, gaps, "", doubtful
    day_first = nearly_times(cells)
    if day_first is not None:
        times, gaps = times_of(cells, day_first)
        note = ""
        if parse_times(cells.values).undecided:
            note = f"{cells.values[0]} was read with the month first"
        return times, gaps, note, False
    return series, Gaps(), "", False


def is_inexact(values: NDArray[Any]) -> bool:
    """Whether a column holds whole numbers that float64 cannot, as account numbers may be."""
    if values.dtype.kind not in "iuf" or not values.size:
        return False
    with np.errstate(invalid="ignore"):
        large = np.abs(values.astype(np.float64)) >= EXACT
    return bool((large & (np.abs(values.astype(np.float64)) < 1e25)).any())


def without_infinite(values: NDArray[Any]) -> tuple[NDArray[Any], Gaps]:
    """Return a column of numbers with missing values in place of infinite and huge ones."""
    if values.dtype.kind != "f" or not values.size:
        return values, Gaps()
    if np.nanmax(np.abs(values), initial=0.0) <= LARGEST:
        return values, Gaps()
    return numbers_of(Cells("number", values), ".")


def may_be_thousands(values: NDArray[Any]) -> bool:
    """Whether all numbers with a fraction could as well be thousands: 1.200, 12.345."""
    if values.dtype.kind != "f":
        return False
    known = np.abs(values[np.isfinite(values)])
    parts = known[known != np.floor(known)]
    if not parts.size or parts.min() < 1.0 or known.max() >= 1000.0:
        return False
    thousand = parts * 1000.0
    return bool((np.abs(thousand - np.round(thousand)) < 1e-6).all())


def looks_like_total(cells: list[Any]) -> str:
    """Return the text by which the cells of a last row are a total line, or ""."""
    for cell in cells:
        if isinstance(cell, str) and _TOTAL.fullmatch(cell.strip()):
            return cell.strip()
    return ""
