"""The first records of a text, split by one delimiter."""

from __future__ import annotations

import csv
import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from .errors import TableError

MOST_RECORDS = 500
ONE_COLUMN = "\x1f"  # the delimiter of a file with one column: it does not occur in text


@dataclass(frozen=True)
class Record:
    """Cells of one record, the offset of its first byte, its first line and the line after it."""

    cells: list[str]
    offset: int
    line: int
    next_offset: int
    next_line: int

    @property
    def blank(self) -> bool:
        return len(self.cells) <= 1 and not "".join(self.cells).strip()


@dataclass(frozen=True)
class Sample:
    """The first lines of a text as latin-1, so that a character is a byte."""

    lines: list[str]
    offsets: list[int]
    whole: bool

    def records(self, delimiter: str) -> list[Record]:
        """Return the first records; one that the sample cuts in two is left out."""
        found = []
        with any_field_length():
            reader = csv_records(self.lines, delimiter)
            before = 0
            for cells, after in reader:
                record = Record(
                    cells, self.offsets[before], before + 1, self.offsets[after], after + 1
                )
                found.append(record)
                before = after
                if len(found) == MOST_RECORDS:
                    break
            else:
                if not self.whole and len(found) > 1:
                    found.pop()
        return found


def take_sample(data: bytes, start: int) -> Sample:
    """Return the lines of the first 256 KB, or of more if they hold no whole line."""
    size = 1 << 18
    while True:
        head = data[start : start + size]
        whole = start + size >= len(data)
        lines = re.findall(r"[^\r\n]*(?:\r\n|\n|\r|$)", head.decode("latin-1"))
        lines = [line for line in lines if line]
        if whole or len(lines) > 20:
            break
        size *= 4
    if not whole and not lines[-1].endswith("\n"):
        lines.pop()
    offsets = [start]
    for line in lines:
        offsets.append(offsets[-1] + len(line))
    return Sample(lines, offsets, whole)


def csv_records(
    lines: Iterable[str], delimiter: str, strict: bool = False
) -> Iterator[tuple[list[str], int]]:
    """Give the cells of each record, and how many lines were read so far."""
    if delimiter == " ":
        for count, line in enumerate(lines, 1):
            quoted = csv.reader([line.strip()], delimiter=" ", skipinitialspace=True)
            yield line.split() if '"' not in line else next(quoted), count
        return
    reader = csv.reader(lines, delimiter=delimiter, skipinitialspace=True, strict=strict)
    for cells in reader:
        yield cells, reader.line_num


@contextmanager
def any_field_length() -> Iterator[None]:
    """Let the csv module read fields of any length."""
    before = csv.field_size_limit(min(sys.maxsize, 2**31 - 1))
    try:
        yield
    finally:
        csv.field_size_limit(before)


def usual_width(records: list[Record]) -> tuple[int, float]:
    """Return the usual number of fields, and the share of records that have it."""
    widths = Counter(len(record.cells) for record in records if not record.blank)
    if not widths:
        return 0, 0.0
    width, count = max(widths.items(), key=lambda item: (item[1], item[0]))
    return width, count / widths.total()


def check_delimiter(delimiter: object) -> str | None:
    """Return a delimiter that a user gives as one character, or as "tab" or "space"."""
    if delimiter is None:
        return None
    named = {"tab": "\t", "\\t": "\t", "space": " ", "comma": ",", "semicolon": ";", "pipe": "|"}
    found = named.get(delimiter, delimiter) if isinstance(delimiter, str) else delimiter
    if not isinstance(found, str) or len(found) != 1 or found in '"\r\n' or not found.isascii():
        raise TableError(
            f"delimiter must be one ASCII character, or tab or space, got {delimiter!r}"
        )
    return found
