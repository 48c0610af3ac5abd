"""Values that are no real numbers: what they are, where they stand, and how to convert them."""

from __future__ import annotations

import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

_NUMBERS = (int, float, np.integer, np.floating, np.bool_)
_GAP = "drop these rows or fill the gaps"
_LABELS = "for class labels use classes, y = np.unique(labels, return_inverse=True)"
_DAYS = (
    "pass days as numbers: d = np.asarray(dates, 'datetime64[D]'); "
    "(d - d.min()) / np.timedelta64(1, 'D')"
)
_CATEGORIES = "give categories numbers, for example a column of 0 and 1 for each"


def place_of(index: tuple[int, ...], columns: Any = None) -> str:
    """Return "row 3, column 1" for an index; with names of columns also that of this one."""
    if len(index) > 2 or not index:
        return f"position {tuple(int(i) for i in index)}"
    if len(index) == 1:
        return f"row {int(index[0])}"
    name = ""
    if columns is not None and len(columns) > index[1] and columns[index[1]] != index[1]:
        name = f" ({columns[index[1]]!r})"
    return f"row {int(index[0])}, column {int(index[1])}{name}"


def refuse_dtype(array: Array, function: str, argument: str) -> None:
    """Raise TypeError for an array whose dtype holds no real numbers."""
    kind, dtype = array.dtype.kind, array.dtype
    got, fix = f"dtype {dtype}", ""
    if kind == "c":
        fix = "pass its .real part"
    elif kind in "UST":
        got = "text"
        if array.size:
            at = next((i for i in np.ndindex(array.shape) if not _reads_as_number(array[i])), None)
            first = (0,) * array.ndim if at is None else at
            got = f"text ({str(array[first])!r} at {place_of(first)})"
            fix = _text_fix(array[first], argument, array.ndim)
    elif kind == "M":
        got, fix = f"dates (dtype {dtype})", _DAYS
    elif kind == "m":
        got = f"durations (dtype {dtype})"
        fix = f"pass {argument} / np.timedelta64(1, 's')"
    elif dtype.names:
        got = f"a structured array with the fields {', '.join(dtype.names)}"
        fix = f"pass np.lib.recfunctions.structured_to_unstructured({argument})"
    elif not dtype.name.startswith("void"):
        got = f"dtype {dtype.name}, which NumPy does not compute with"
        fix = f"pass {argument}.astype(np.float32)"
    raise _error(function, argument, got, fix)


def refuse_objects(array: Array, function: str, argument: str, columns: Any = None) -> None:
    """Raise TypeError for the first element of an object array that is no plain number."""
    if array.ndim == 0:
        raise _error(
            function,
            argument,
            f"an object of type {type(array.item()).__name__}",
            "pass an array or nested lists",
        )
    if all(issubclass(kind, _NUMBERS) for kind in set(map(type, array.flat))):
        return
    bad = [i for i in np.ndindex(array.shape) if not isinstance(array[i], _NUMBERS)]
    # Numbers written as text are the smaller trouble, if there is another.
    at = next((i for i in bad if not _reads_as_number(array[i])), bad[0])
    got, fix = _describe(array[at], argument, array.ndim)
    raise _error(function, argument, f"{got} at {place_of(at, columns)}", fix)


def _describe(item: Any, argument: str, ndim: int) -> tuple[str, str]:
    """Return what an object is, and what to do about it."""
    name = type(item).__name__
    if item is None:
        return "None (a missing value)", _GAP
    if name in ("NAType", "NaTType") or (isinstance(item, np.datetime64) and np.isnat(item)):
        return f"{item} (a missing value, {name})", _GAP
    if isinstance(item, (str, bytes)):
        return f"text ({item!r})", _text_fix(item, argument, ndim)
    if isinstance(item, (datetime.date, np.datetime64)):
        return f"a date ({item})", _DAYS
    if isinstance(item, (datetime.timedelta, np.timedelta64)):
        return f"a duration ({item})", "pass seconds or days as a number"
    if isinstance(item, (complex, np.complexfloating)):
        return f"a complex number ({item})", "pass its .real part"
    if isinstance(item, (list, tuple, np.ndarray)):
        return f"a {name} of {len(item) if np.ndim(item) else 1}", "give every row the same length"
    if hasattr(item, "__float__"):
        return f"a {name} ({item})", f"pass np.asarray({argument}, float)"
    return f"an object of type {name}", ""


def _reads_as_number(text: Any) -> bool:
    if not isinstance(text, (str, bytes)):
        return False
    try:
        float(text)
    except ValueError:
        return False
    return True


def _text_fix(text: Any, argument: str, ndim: int) -> str:
    if not _reads_as_number(text):
        return _LABELS if ndim == 1 else _CATEGORIES
    return f"numbers written as text are read by np.asarray({argument}, float)"


def _error(function: str, argument: str, got: str, fix: str) -> TypeError:
    end = f"; {fix}" if fix else ""
    return TypeError(f"{function}: {argument} must hold real numbers, got {got}{end}")
