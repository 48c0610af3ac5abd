"""Finding the header of a table: titles and comments above it, and whether there is one."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from .dates import is_time
from .numbers import is_missing, is_number
from .samples import Record

_YEAR = re.compile(r"(?:19|20)\d\d")


def table_start(records: list[Record], width: int) -> int:
    """Return the position of the first record of the table, below titles, comments and blanks."""
    for k, record in enumerate(records):
        if record.blank or record.cells[0].startswith("#"):
            continue
        if _is_title(records, k, width):
            continue
        # R writes no name above the names of its rows.
        if len(record.cells) == width or (len(record.cells) == width - 1 and width > 2):
            return k
    return 0


def _is_title(records: list[Record], k: int, width: int) -> bool:
    """Whether a record has one text at most in front of empty cells, above a line of names."""
    filled = [cell for cell in records[k].cells if cell.strip()]
    if width < 2 or len(filled) > 1 or any(map(is_number, filled)):
        return False
    rest = [r.cells for r in records[k + 1 :] if any(cell.strip() for cell in r.cells)]
    return bool(rest) and all(c.strip() for c in rest[0][1:]) and looks_like_header(rest)


def comment_header(records: list[Record], start: int, width: int) -> list[str] | None:
    """Return the names in a comment right above the table, as ``# a,b,y``, if they are some."""
    if not start or not records[start - 1].cells or not records[start - 1].cells[0].startswith("#"):
        return None
    cells = list(records[start - 1].cells)
    cells[0] = cells[0].lstrip("# ")
    if not cells[0]:
        del cells[0]
    if len(cells) != width or not looks_like_header([cells, *(r.cells for r in records[start:])]):
        return None
    rest = [record.cells for record in records[start:] if not record.blank]
    return None if width == 1 or looks_like_header(rest) else cells


def looks_like_header(rows: Sequence[Sequence[str]]) -> bool:
    """Return whether the first row holds names: it is compared with the rows below.

    >>> below = [["n", "5", "lo"], ["s", "7", "lo"], ["n", "6", "hi"], ["s", "9", "lo"]]
    >>> looks_like_header([["region", "2021", "y"], *below])
    True
    >>> looks_like_header([["0.5", "hi"], ["0.7", "lo"], ["0.2", "hi"]])
    False
    """
    first = [cell.strip() for cell in rows[0]]
    below = [[cell.strip() for cell in row] for row in rows[1 : _most(len(first)) + 1]]
    whole = [j for j, cell in enumerate(first) if cell.isdecimal()]
    step = _step(first, whole)
    counted = step > 0 and 2 * sum(_step(row, whole) == step for row in below) < len(below)
    points = 2.0 if counted else 0.0
    for j, cell in enumerate(first):
        column = [row[j] for row in below if j < len(row) and not is_missing(row[j])]
        points += _points(cell, column, counted)
    if points:
        return points > 0
    numbers = [is_number(cell) for cell in first]
    # pandas writes its index as a first column without a name.
    return not any(numbers) and all(first[1:]) and len(set(first)) == len(first)


def _most(width: int) -> int:
    """Return how many rows are compared with the first: fewer of many columns."""
    return min(200, max(20, 10_000 // width))


def _points(cell: str, column: list[str], counted: bool) -> float:
    """Return how much a cell looks like the name (> 0) or a value (< 0) of the column below it."""
    if not column or is_missing(cell):
        return 0.0
    numbers = sum(map(is_number, column)) / len(column)
    if numbers >= 0.8:
        if is_time(cell) and sum(map(is_time, column)) >= 0.8 * len(column):
            return -3.0
        if not is_number(cell):
            return 3.0
        if counted or (_YEAR.fullmatch(cell) and not all(map(_YEAR.fullmatch, column))):
            return 0.0
        if not cell.lstrip("+-").isdecimal():
            return -3.0
        if len(column) >= 4 and cell not in column:
            fractions = sum(not value.lstrip("+-").isdecimal() for value in column)
            if 2 * fractions > len(column):
                return 0.0
            if 2 * len(set(column)) <= len(column):
                return 1.0  # a value like the others would come again
        return -1.0
    if sum(map(is_time, column)) >= 0.8 * len(column):
        return -3.0 if is_time(cell) else 3.0
    if is_number(cell):
        return 2.0 if numbers < 0.2 else 0.0
    if cell in column:
        return -3.0
    return 2.0 if len(column) >= 4 and 2 * len(set(column)) <= len(column) else 0.0


def _step(row: Sequence[str], places: list[int]) -> int:
    """Return the step of at least three whole numbers that count up, as 0, 1, 2, else 0."""
    cells = [row[j] for j in places if j < len(row)]
    if len(cells) < 3 or not all(cell.isdecimal() and cell.isascii() for cell in cells):
        return 0
    steps = {int(b) - int(a) for a, b in pairwise(cells)}
    return max(steps.pop(), 0) if len(steps) == 1 else 0


def column_names(cells: Sequence[str]) -> tuple[list[str], list[str], list[str]]:
    """Return different names for all columns, those that had none, and those there twice."""
    names: list[str] = []
    unnamed: list[str] = []
    doubled: list[str] = []
    given = [" ".join(cell.split()) for cell in cells]
    taken, wanted = set[str](), set(given)
    for j, cell in enumerate(given):
        name = cell or f"column {j}"
        count = 0
        while name in taken or (count and name in wanted):
            count += 1
            name = f"{cell or f'column {j}'}.{count}"
        if count and cell:
            doubled.append(name)
        if not cell:
            unnamed.append(name)
        names.append(name)
        taken.add(name)
    return names, unnamed, doubled
