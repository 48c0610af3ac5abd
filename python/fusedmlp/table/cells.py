"""The cells of one column, whatever library they come from, as one of a few kinds of array."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .numbers import MISSING

EXACT = 2**53  # whole numbers beyond it are not all float64
NO_TIME = np.datetime64("NaT", "us")  # with the unit of all times here: NumPy wants one


@dataclass(frozen=True)
class Cells:
    """One column.

    Attributes
    ----------
    kind : "number", "time", "boolean", "text" or "category"
    array : numbers (NaN is missing), times (datetime64, NaT is missing), or for the other kinds
        positions in `values`, -1 where the value is missing
    values : the different texts that positions stand for, without surrounding blanks
    """

    kind: str
    array: NDArray[Any]
    values: tuple[str, ...] = ()

    def as_text(self) -> Cells:
        """Return the same column as texts with positions; 7 and 7.0 are one text."""
        if self.kind == "number":
            known = ~np.isnan(np.asarray(self.array, dtype=np.float64))
            unique, inverse = np.unique(self.array[known], return_inverse=True)
            codes = np.full(len(self.array), -1, dtype=np.int64)
            codes[known] = inverse
            return Cells("text", codes, tuple(number_text(v) for v in unique.tolist()))
        if self.kind == "time":
            known = ~np.isnat(self.array)
            unique, inverse = np.unique(self.array[known], return_inverse=True)
            codes = np.full(len(self.array), -1, dtype=np.int64)
            codes[known] = inverse
            return Cells("text", codes, tuple(unique.astype(str).tolist()))
        return self


def number_text(value: float) -> str:
    """Return a number as text; a whole one without a point."""
    return str(int(value)) if value == value // 1 and abs(value) < 1e16 else repr(value)


def from_array(array: NDArray[Any]) -> Cells:
    """Return a NumPy array (n,) as cells."""
    kind = array.dtype.kind
    if kind in "iu":
        if array.size and (int(array.max()) > EXACT or int(array.min()) < -EXACT):
            return from_objects(array.tolist(), exact=False)
        return Cells("number", array)
    if kind == "f":
        return Cells("number", array)
    if kind == "b":
        return Cells("boolean", array.astype(np.int64), ("False", "True"))
    if kind == "M":
        return Cells("time", array.astype("datetime64[us]"))
    if kind == "m":
        seconds = array.astype("timedelta64[us]").astype(np.float64) / 1e6
        return Cells("number", np.where(np.isnat(array), np.nan, seconds))
    if kind in "OSUT":
        return from_objects(array.tolist())
    raise TypeError(f"columns of dtype {array.dtype} are not supported")


def from_objects(items: Iterable[Any], exact: bool = True) -> Cells:
    """Return Python objects as cells; ``exact=False`` keeps whole numbers as texts."""
    table: dict[Any, int] = {}
    codes = np.array([table.setdefault(item, len(table)) for item in items], dtype=np.int64)
    return from_codes(codes, list(table), exact=exact)


def from_codes(
    codes: NDArray[Any], values: Sequence[Any], kind: str | None = None, exact: bool = True
) -> Cells:
    """Return positions (-1 is missing) in a list of different objects as cells."""
    codes = np.asarray(codes, dtype=np.int64)
    known = [v for v in values if not _is_nothing(v)]
    if kind is None and known and not all(isinstance(v, str) for v in known):
        typed = _typed(known, exact)
        if typed is not None:
            places = iter(range(len(known)))
            position = [len(known) if _is_nothing(v) else next(places) for v in values]
            # The last place is that of missing values, also of the position -1.
            return _spread(np.array([*position, len(known)])[codes], typed)
    names: dict[str, int] = {}
    position = []
    for value in values:
        text = "" if _is_nothing(value) else _text(value)
        missing = text.lower() in MISSING
        position.append(-1 if missing else names.setdefault(text, len(names)))
    if position != list(range(len(values))):
        codes = np.array([*position, -1], dtype=np.int64)[codes]
    return Cells(kind or "text", codes, tuple(names))


def _spread(codes: NDArray[Any], typed: Cells) -> Cells:
    if typed.kind == "boolean":
        return Cells("boolean", np.append(typed.array, -1)[codes], typed.values)
    nothing = NO_TIME if typed.kind == "time" else np.nan
    return Cells(typed.kind, np.append(typed.array, np.array([nothing]))[codes])


def _typed(known: Sequence[Any], exact: bool) -> Cells | None:
    """Return different objects of one kind as an array, or None if they are to be texts."""
    if all(isinstance(v, (bool, np.bool_)) for v in known):
        return Cells("boolean", np.array(known, dtype=np.int64), ("False", "True"))
    if all(isinstance(v, (Real, Decimal)) for v in known):
        if exact and all(abs(v) <= EXACT or not isinstance(v, int) for v in known):
            return Cells("number", np.array([float(v) for v in known]))
        return None
    if all(isinstance(v, (date, np.datetime64)) for v in known):
        plain = [v.replace(tzinfo=None) if isinstance(v, datetime) else v for v in known]
        return Cells("time", np.array(plain, dtype="datetime64[us]"))
    if all(isinstance(v, time) for v in known):
        plain = [datetime.combine(date(1970, 1, 1), v.replace(tzinfo=None)) for v in known]
        return Cells("time", np.array(plain, dtype="datetime64[us]"))
    if all(isinstance(v, timedelta) for v in known):
        return Cells("number", np.array([v.total_seconds() for v in known]))
    return None


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace").strip()
    if isinstance(value, float):
        return number_text(value)
    return str(value).strip()


def _is_nothing(value: Any) -> bool:
    if value is None or isinstance(value, (str, bytes)):
        return value is None
    if type(value).__name__ in ("NAType", "NaTType"):
        return True
    return bool(isinstance(value, (float, np.floating, np.datetime64)) and value != value)
