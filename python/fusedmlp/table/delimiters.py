"""Finding the delimiter and the decimal sign of a text from its first records."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import dropwhile, zip_longest

from .headers import looks_like_header
from .numbers import evidence, is_missing, is_number, number_body
from .samples import ONE_COLUMN, Record, Sample, usual_width

CANDIDATES = "\t,;| "
_SEP = re.compile(r"\s*sep\s*=\s*(.)\s*", re.IGNORECASE)
_ENOUGH = 0.6  # of the records with the usual number of fields, where no delimiter fits all


def declared(line: str) -> str | None:
    """Return the delimiter that a first line such as ``sep=;`` declares."""
    found = _SEP.fullmatch(line.strip('\r\n"'))
    return found.group(1) if found else "\t" if line.rstrip("\r\n") == "sep=\t" else None


def find_delimiter(sample: Sample, skip: int) -> str:
    """Return the delimiter that gives the same number of fields everywhere.

    `skip` lines on top are no part of the table. If several do: tab first; then the comma, unless
    another one leaves commas only where they are decimal signs; then in the order of `CANDIDATES`.
    """
    fits: dict[str, float] = {}
    records: dict[str, list[Record]] = {}
    lines = [line.strip() for line in sample.lines[skip:] if line.strip()]
    if _numbers_alone(lines):
        return ONE_COLUMN
    for delimiter in CANDIDATES:
        found = [r for r in sample.records(delimiter)[skip:] if not r.blank]
        found = list(dropwhile(lambda r: r.cells[0].startswith("#"), found)) or found
        records[delimiter] = found
        width, share = usual_width(found)
        # Many a text has blanks: they must fit everywhere.
        if width > 1 and share >= (1.0 if delimiter == " " else _ENOUGH):
            text = _one_text(found, width) or (delimiter == " " and not _has_numbers(found))
            fits[delimiter] = 0.0 if text else share
    fits = {delimiter: share for delimiter, share in fits.items() if share}
    if not fits:
        return ONE_COLUMN
    best = max(fits.values())
    ties = [delimiter for delimiter, share in fits.items() if share == best]
    if "\t" in ties or ties[0] != ",":
        return ties[0]
    others = [d for d in ties[1:] if _commas_are_decimal(records[d])]
    # "1,5 kg" is two cells either way.
    others = [
        d for d in others if d != " " or len(records[d][0].cells) > len(records[","][0].cells)
    ]
    return others[0] if others else ","


def _numbers_alone(lines: list[str]) -> bool:
    """Whether whole lines are numbers: then a comma in them is a decimal sign or a mark."""
    below = [line for line in lines[1:] if not is_missing(line)]
    named = bool(lines) and not is_number(lines[0]) and not set(lines[0]) & set(CANDIDATES)
    return named and bool(below) and all(map(is_number, below))


def _one_text(records: list[Record], width: int) -> bool:
    """Whether a name stands above texts that all happen to hold one comma or the like."""
    rest = [record.cells for record in records[1:]]
    return width == 2 and len(records[0].cells) == 1 and not looks_like_header(rest)


def _has_numbers(records: list[Record]) -> bool:
    """Whether some column is one of numbers, so that blanks are not those between words."""
    rows = [record.cells for record in records[1:]] or [records[0].cells]
    return any(2 * sum(map(is_number, column)) > len(rows) for column in zip(*rows, strict=False))


def _commas_are_decimal(records: list[Record]) -> bool:
    cells = [cell for record in records for cell in record.cells if "," in cell]
    return bool(cells) and all(map(is_number, cells))


def find_decimal(rows: Sequence[Sequence[str]], delimiter: str) -> tuple[str, bool]:
    """Return the decimal sign of rows of cells, and whether it is beyond doubt.

    Cells such as 0,5 or 12,75 leave no doubt; 1.200 alone does.
    """
    strong = {".": 0, ",": 0}
    weak = {".": 0, ",": 0}
    for column in zip_longest(*rows, fillvalue=""):
        bodies = [number_body(cell) for cell in column]
        filled = sum(not is_missing(cell) for cell in column)
        if 2 * sum(map(bool, bodies)) < filled:
            continue
        for body in bodies:
            sign, certain = evidence(body)
            if sign:
                (strong if certain else weak)[sign] += 1
    if strong[","] != strong["."]:
        sign = max(strong, key=strong.__getitem__)
        return sign, strong["," if sign == "." else "."] == 0
    if delimiter == "," and not weak[","]:
        return ".", True  # a decimal comma would have been seen inside quotes
    return ("," if weak[","] and not weak["."] and delimiter != "," else "."), False
