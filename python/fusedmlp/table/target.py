"""What is to be learned from a table: the target column, the task, the classes or values."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .cells import Cells
from .columns import TRUE, Gaps, is_boolean, numbers_of
from .errors import TableError, listed
from .fitting import nearly_numbers
from .numbers import MISSING_NUMBER, Numbers

TARGET_NAMES = ("target", "label", "class", "y")
MAX_AUTO_CLASSES = 20
_WHOLE = re.compile(r"([+-]?\d+)\.0*")
_FEW = 10
# In a target of text these words may be classes.
_MARKS = MISSING_NUMBER - {"none", "nil", "missing", "nd"}


@dataclass(frozen=True)
class Labels:
    """Class names in order, the class of each row (-1 is missing), and what is to be said."""

    names: list[str]
    index: NDArray[np.int64]
    note: str = ""


def choose_target(names: Sequence[str], wanted: str | None, path: str) -> str:
    """Return the name of the target column.

    ``wanted`` is its name or position. Without it: the first of the columns called target, label,
    class or y (in any case), else the last column.
    """
    if wanted is not None:
        return find_column(names, wanted, "--target", path)
    if len(names) < 2:
        raise TableError(
            f"{path}: only one column; training needs inputs and a target "
            "(--delimiter says what separates columns)"
        )
    lowered = [name.lower() for name in names]
    for name in TARGET_NAMES:
        if name in lowered:
            return names[lowered.index(name)]
    return names[-1]


def find_column(names: Sequence[str], wanted: str, option: str, path: str) -> str:
    """Return the name of a column given by its name or its position (from 0, or -1)."""
    if wanted in names:
        return wanted
    try:
        position = int(wanted)
    except ValueError:
        position = len(names)
    if not -len(names) <= position < len(names):
        raise TableError(f"{option}: {path} has no column {wanted!r}; it has {listed(names)}")
    return names[position]


def detect_task(cells: Cells, decimal: str = ".") -> str:
    """Return "classify" or "regress"; `decimal` is the decimal sign of the file.

    Text is classified. Numbers are classified if they are whole, at most 20 different ones, and
    each comes twice on average, or if equal numbers are written in two ways, as 2.1 and 2.10; all
    others are regressed.
    """
    if cells.kind == "number":
        values = np.asarray(cells.array, dtype=np.float64)
    else:
        parsed = None if cells.kind != "text" else nearly_numbers(cells, decimal)
        if parsed is None or is_boolean(cells.values):
            return "classify"
        values = numbers_of(cells, parsed.decimal)[0]
        few = len(cells.values) <= MAX_AUTO_CLASSES and 2 * len(cells.values) <= values.size
        if few and _written_in_two_ways(cells.values, parsed):
            return "classify"
    values = values[~np.isnan(values)]
    different = np.unique(values).size
    whole = bool((values == np.floor(values)).all())
    few = different <= MAX_AUTO_CLASSES and 2 * different <= values.size
    return "classify" if whole and few else "regress"


def class_labels(cells: Cells) -> Labels:
    """Return the classes of a target.

    Labels keep the way they are written, and different texts are different classes, except: truth
    words are one pair, and 7 and 7.0 one number. Numbers sort by value. A text that stands once
    among numbers is no class; nor is a mark such as - or n.a., unless there is a + or it is common.

    Raises
    ------
    TableError
        If there are nearly as many different texts as rows.
    """
    given = cells.kind
    cells = _without_markers(cells.as_text())
    texts = cells.values
    if given == "boolean" or is_boolean(texts):
        return _truth_labels(cells)
    parsed = nearly_numbers(cells) if given in ("text", "number") else None
    numbers = parsed is not None and not np.isnan(parsed.values).any()
    keys = list(texts)
    if parsed is not None and numbers and not _written_in_two_ways(texts, parsed):
        keys = [_whole(text) for text in texts]
    spellings: dict[str, list[str]] = {}
    for key, text in zip(keys, texts, strict=True):
        spellings.setdefault(key, []).append(text)
    rows = int((cells.array >= 0).sum())
    if not numbers and given == "text" and _nearly_all_differ(len(spellings), rows):
        raise TableError(
            f"the target is text with {len(spellings)} different values in {rows} rows, such as "
            f"{texts[0]!r}: no classes can be learned from it; choose another with --target"
        )
    order = sorted(spellings)
    if parsed is not None and numbers:
        value = dict(zip(keys, parsed.values.tolist(), strict=True))
        order.sort(key=lambda key: (value[key], key))
    names = [spellings[key][0] if len(spellings[key]) == 1 else key for key in order]
    place = {key: k for k, key in enumerate(order)}
    index = np.array([*(place[key] for key in keys), -1], dtype=np.int64)[cells.array]
    return Labels(names, index, _alike(names))


def target_values(cells: Cells, decimal: str = ".") -> tuple[NDArray[np.float64], Gaps]:
    """Return the target of a regression, NaN where there is no number, and what was there.

    Raises
    ------
    TableError
        If most cells are no numbers.
    """
    if cells.kind == "time":
        raise TableError("the target is a date; regression needs numbers")
    parsed = nearly_numbers(cells, decimal) if cells.kind == "text" else None
    if cells.kind in ("text", "category") and parsed is None:
        values, gaps = numbers_of(cells, decimal)
        if gaps.odd and sum(gaps.odd.values()) > 0.2 * values.size:
            raise TableError(f"regression needs numbers, got {next(iter(gaps.odd))!r}")
        return values, gaps
    return numbers_of(cells, decimal if parsed is None else parsed.decimal)


def _without_markers(cells: Cells) -> Cells:
    """Return a target of texts with missing values in place of what is no class."""
    counts = np.bincount(cells.array[cells.array >= 0], minlength=len(cells.values))
    rare = counts <= 0.1 * counts.sum()
    marks = [text.lower() in _MARKS for text in cells.values]
    bad = np.array(marks, dtype=bool) & rare & ("+" not in cells.values)
    parsed = nearly_numbers(cells) if cells.kind == "text" else None
    if parsed is not None:
        bad |= np.isnan(parsed.values) & (counts <= 1)
    return drop_values(cells, bad)


def drop_values(cells: Cells, bad: NDArray[np.bool_]) -> Cells:
    """Return texts with missing values in place of the bad ones."""
    if not bad.any():
        return cells
    place = np.full(len(bad) + 1, -1, dtype=np.int64)
    place[:-1][~bad] = np.arange(int((~bad).sum()))
    kept = tuple(v for v, gone in zip(cells.values, bad.tolist(), strict=True) if not gone)
    return Cells(cells.kind, place[cells.array], kept)


def _truth_labels(cells: Cells) -> Labels:
    side = [text.lower() in TRUE for text in cells.values]
    names = ["False", "True"]
    for k in (0, 1):
        spelled = {text for text, true in zip(cells.values, side, strict=True) if true == k}
        others = len(cells.values) - len(spelled)
        if len(spelled) == 1 and others == 1:
            names[k] = spelled.pop()
    return Labels(names, np.array([*map(int, side), -1], dtype=np.int64)[cells.array])


def _written_in_two_ways(texts: Sequence[str], parsed: Numbers) -> bool:
    """Whether equal numbers are different texts, other than as 7 and 7.0."""
    keys = {_whole(text) for text in texts}
    numbers = {
        value for value in parsed.values.tolist() if value == value
    }  # NaN stands for odd texts, of which each is its own
    odd = int(np.isnan(parsed.values).sum())
    return len(keys) > len(numbers) + odd


def _whole(text: str) -> str:
    found = _WHOLE.fullmatch(text)
    return found.group(1) if found else text


def _nearly_all_differ(different: int, rows: int) -> bool:
    return different > _FEW and 2 * different > rows


def _alike(names: Sequence[str]) -> str:
    counts = Counter(" ".join(name.lower().split()) for name in names)
    twice = {key for key, n in counts.items() if n > 1}
    alike = [name for name in names if " ".join(name.lower().split()) in twice]
    return f"classes {listed(alike)} differ only in case or blanks" if alike else ""
