"""Dates and times: reading them from text, and the numbers that are made of one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .cells import NO_TIME

PARTS = ("year", "month", "day of week", "hour", "days")
_DAY = 86_400_000_000  # microseconds

_TIME = r"(?:[T ]+(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?\s*([AaPp]\.?[Mm]\.?)?)?"
_ZONE = r"\s*(?:Z|UTC|[+-]\d{2}:?\d{2})?"
_YEAR_FIRST = re.compile(rf"(\d{{4}})([-/.])(\d{{1,2}})\2(\d{{1,2}}){_TIME}{_ZONE}")
_YEAR_LAST = re.compile(rf"(\d{{1,2}})([-/.])(\d{{1,2}})\2(\d{{4}}|\d{{2}}){_TIME}{_ZONE}")
_DAY_NAME = re.compile(rf"(\d{{1,2}})[ -]([A-Za-z]{{3,9}})\.?,?[ -](\d{{4}}){_TIME}{_ZONE}")
_NAME_DAY = re.compile(rf"([A-Za-z]{{3,9}})\.? (\d{{1,2}}),? (\d{{4}}){_TIME}{_ZONE}")
_CLOCK = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?\s*([AaPp]\.?[Mm]\.?)?")
_MONTHS = {
    "jan": 1, "feb": 2, "mar": 3, "apr": 4, "may": 5, "jun": 6,
    "jul": 7, "aug": 8, "sep": 9, "oct": 10, "nov": 11, "dec": 12,
}  # fmt: skip
_ISO = re.compile(r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?)?")


class Times(NamedTuple):
    """Texts read as times; NaT where there is none.

    day_first: whether 3/4/2024 was read as the 3rd of April; undecided: whether no text says which.
    """

    values: NDArray[np.datetime64]
    odd: NDArray[np.bool_]
    day_first: bool
    undecided: bool


def parse_times(texts: Sequence[str], day_first: bool | None = None) -> Times:
    """Read texts as dates, dates with times, or times of the day; missing values are not told here.

    >>> parse_times(["2024-01-31", "31.1.2024 18:30", "soon"]).values.astype(str).tolist()
    ['2024-01-31T00:00:00.000000', '2024-01-31T18:30:00.000000', 'NaT']
    """
    if all(map(_ISO.fullmatch, texts)):
        try:
            values = np.array(texts, dtype="datetime64[us]")
            return Times(values, np.zeros(len(texts), bool), bool(day_first), False)
        except ValueError:  # such as the 30th of February: told one by one
            pass
    undecided = False
    if day_first is None:
        pairs = [m.group(1, 2, 3) for m in map(_YEAR_LAST.fullmatch, texts) if m]
        pairs = [(a, mark, b) for a, mark, b in pairs if mark != "."]
        first = sum(int(a) > 12 for a, _, _ in pairs)
        second = sum(int(b) > 12 for _, _, b in pairs)
        undecided = bool(pairs) and first == second
        day_first = first > second
    values = np.full(len(texts), NO_TIME)
    for i, text in enumerate(texts):
        time = _time(text, day_first)
        if time is not None:
            values[i] = np.datetime64(time, "us")
    return Times(values, np.isnat(values), day_first, undecided)


def is_time(text: str) -> bool:
    """Return whether a text is a date or a time."""
    return _time(text.strip(), True) is not None or _time(text.strip(), False) is not None


def time_parts(
    values: NDArray[np.datetime64], wanted: Iterable[str] = PARTS
) -> dict[str, NDArray[np.float64]]:
    """Return parts of each time as numbers, NaN where there is none.

    "hour" counts minutes as fractions, "day of week" from Monday, "days" is the time since 1970.

    >>> parts = time_parts(np.array(["1970-01-02T12:30"], "datetime64[us]"))
    >>> {part: round(values.item(), 3) for part, values in parts.items()}
    {'year': 1970.0, 'month': 1.0, 'day of week': 4.0, 'hour': 12.5, 'days': 1.521}
    """
    missing = np.isnat(values)
    micro = np.where(missing, 0, values.astype(np.int64))
    day, within = np.divmod(micro, _DAY)
    hour = within / 3.6e9
    first, last = (int(day.min()), int(day.max())) if day.size else (0, 0)
    parts: dict[str, NDArray[Any]] = {"hour": hour, "days": day + hour / 24.0}
    # The calendar is looked up: there are fewer days than rows in a long table.
    days, place = (
        (np.arange(first, last + 1), day - first) if last - first < day.size else (day, ...)
    )
    month = days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
    parts["year"] = (month // 12 + 1970.0)[place]
    parts["month"] = (month % 12 + 1.0)[place]
    parts["day of week"] = ((days + 3) % 7 + 0.0)[place]  # 1970 began with a Thursday
    result = {part: parts[part] for part in wanted}
    if missing.any():
        for part in result.values():
            part[missing] = np.nan
    return result


def _time(text: str, day_first: bool) -> datetime | None:
    try:
        if found := _YEAR_FIRST.fullmatch(text):
            year, _, month, day, *clock = found.groups()
            return _datetime(int(year), int(month), int(day), clock)
        if found := _YEAR_LAST.fullmatch(text):
            a, mark, b, year, *clock = found.groups()
            day, month = (a, b) if day_first or mark == "." else (b, a)
            century = 0 if len(year) == 4 else (2000 if int(year) < 70 else 1900)
            return _datetime(century + int(year), int(month), int(day), clock)
        if found := _DAY_NAME.fullmatch(text):
            day, name, year, *clock = found.groups()
            return _datetime(int(year), _MONTHS[name[:3].lower()], int(day), clock)
        if found := _NAME_DAY.fullmatch(text):
            name, day, year, *clock = found.groups()
            return _datetime(int(year), _MONTHS[name[:3].lower()], int(day), clock)
        if found := _CLOCK.fullmatch(text):
            return _datetime(1970, 1, 1, list(found.groups()))
    except (ValueError, KeyError):  # no such day or month
        return None
    return None


def _datetime(year: int, month: int, day: int, clock: Sequence[str | None]) -> datetime:
    hour, minute, second, fraction, half = clock
    hours = int(hour or 0)
    if half:
        if not 1 <= hours <= 12:
            raise ValueError("hour")
        hours = hours % 12 + (12 if half[0] in "pP" else 0)
    micro = int((fraction or "0")[:6].ljust(6, "0"))
    return datetime(year, month, day, hours, int(minute or 0), int(second or 0), micro)
