"""One pass over the records of a text, so that none is lost, invented or cut in silence.

Every record must have the usual number of fields, and every quote its end. The bytes are looked at
with NumPy in pieces; where quotes are not the regular ones, Python's csv module reads the rest.
"""

from __future__ import annotations

import csv
import mmap
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from .errors import TableError
from .samples import ONE_COLUMN, any_field_length, csv_records

_CHUNK = 1 << 22
_LINE = re.compile(rb"[^\r\n]*(?:\r\n|\r|\n|\Z)")
_QUOTE, _NEWLINE, _RETURN = 34, 10, 13


@dataclass
class Scan:
    """What a scan found.

    n_rows: number of records; blank: lines of the empty ones that are no rows (of several columns);
    rows, lines: where lines are not counted up one by one, the record and its first line; header:
    how many records in front are no rows.
    """

    n_rows: int = 0
    blank: int = 0
    spanning: int = 0
    longest: tuple[int, int] = (0, 0)
    rows: list[int] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    header: int = 0

    def line(self, row: int) -> int:
        """Return the first line of a row of the file."""
        row += self.header
        k = int(np.searchsorted(np.array(self.rows), row, side="right")) - 1
        return self.lines[k] + row - self.rows[k]


def _outside(positions: NDArray[np.int64], quotes: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the positions that are not between a quote and the next, in turns."""
    opened = np.bincount(np.searchsorted(positions, quotes[0::2]), minlength=positions.size + 1)
    closed = np.bincount(np.searchsorted(positions, quotes[1::2]), minlength=positions.size + 1)
    kept: NDArray[np.int64] = positions[np.cumsum(opened - closed)[:-1] == 0]
    return kept


class Scanner:
    """Look at all records from `start`, where line `line` begins."""

    def __init__(
        self, path: str, data: bytes | mmap.mmap, start: int, line: int, delimiter: str, width: int
    ) -> None:
        self.path, self.data, self.delimiter, self.width = path, data, delimiter, width
        self.position, self.line = start, line
        self.found = Scan(rows=[0], lines=[line])
        self._next = line  # the line of the next row if lines are counted up

    def run(self) -> Scan:
        """Scan to the end.

        Raises
        ------
        TableError
            At the first record with another number of fields, and at a quote without an end.
        """
        # Lines that end in a carriage return alone, as on old Macs, and blanks: csv knows them.
        slow = self.delimiter == " " or self._odd_returns()
        while not slow and self.position < len(self.data):
            slow = not self._piece()
        if slow:
            self._read_on()
        return self.found

    def _odd_returns(self) -> bool:
        """Whether there are carriage returns without a newline."""
        if self.data.find(b"\r") < 0:
            return False
        return re.search(rb"\r(?!\n)", self.data) is not None

    def _piece(self) -> bool:
        """Scan the records of the next piece; False if its quotes are irregular."""
        size = _CHUNK
        while True:
            end = min(self.position + size, len(self.data))
            piece = np.frombuffer(self.data, np.uint8, end - self.position, self.position)
            last = end == len(self.data)
            newlines = np.flatnonzero(piece == _NEWLINE)
            ends, marks = newlines, np.flatnonzero(piece == ord(self.delimiter))
            quotes = np.flatnonzero(piece == _QUOTE)
            if quotes.size:
                ends, marks = _outside(ends, quotes), _outside(marks, quotes)
            if ends.size or last:
                break
            size *= 2
        stop = piece.size if last else int(ends[-1]) + 1
        if quotes.size and not self._regular(piece, quotes[quotes < stop]):
            return False
        if last and (not ends.size or ends[-1] != piece.size - 1) and piece.size:
            ends = np.append(ends, piece.size)  # the last line has no end of its own
        self._records(piece, ends, newlines, marks[marks < stop])
        self.line += int(np.searchsorted(newlines, stop))
        self.position += stop
        return True

    def _regular(self, piece: NDArray[np.uint8], quotes: NDArray[np.int64]) -> bool:
        """Whether quotes open behind a delimiter and close in front of one, in turns."""
        if quotes.size % 2:
            return False
        around = np.zeros(256, dtype=bool)
        around[[ord(self.delimiter), _NEWLINE, _RETURN, _QUOTE]] = True
        opening, closing = quotes[0::2], quotes[1::2]
        before = around[piece[np.maximum(opening - 1, 0)]] | (opening == 0)
        after = around[piece[np.minimum(closing + 1, piece.size - 1)]] | (closing + 1 == piece.size)
        # A quote next to a quote is one inside of a field: it must not begin or end it.
        doubled = np.flatnonzero(opening[1:] == closing[:-1] + 1)
        before[doubled + 1] = after[doubled] = True
        touching = (opening > 0) & (piece[np.maximum(opening - 1, 0)] == _QUOTE)
        touching[doubled + 1] = False
        return bool(before.all() and after.all() and not touching.any())

    def _records(
        self,
        piece: NDArray[np.uint8],
        ends: NDArray[np.int64],
        newlines: NDArray[np.int64],
        marks: NDArray[np.int64],
    ) -> None:
        starts = np.append(0, ends[:-1] + 1) if ends.size else ends
        fields = np.diff(np.append(0, np.searchsorted(marks, ends))) + 1
        lines = self.line + np.searchsorted(newlines, starts)
        keep = np.ones(ends.size, dtype=bool)
        if self.width > 1:
            for k in np.flatnonzero(fields != self.width).tolist():
                if fields[k] > 1 or bytes(piece[starts[k] : ends[k]]).strip():
                    self._refuse(int(lines[k]), int(fields[k]))
                keep[k] = False
        elif (fields > 1).any():
            k = int(np.argmax(fields > 1))
            self._refuse(int(lines[k]), int(fields[k]))
        spans = self.line + np.searchsorted(newlines, ends) - lines
        self._count(lines[keep], spans[keep])
        self.found.blank += int((~keep).sum())

    def _count(self, lines: NDArray[np.int64], spans: NDArray[np.int64]) -> None:
        """Add rows that begin at these lines."""
        if not lines.size:
            return
        jumps = np.flatnonzero(np.diff(np.append(self._next - 1, lines)) != 1)
        self.found.rows += (self.found.n_rows + jumps).tolist()
        self.found.lines += lines[jumps].tolist()
        self.found.n_rows += lines.size
        self._next = int(lines[-1]) + 1
        if spans.any():
            self.found.spanning += int((spans > 0).sum())
            k = int(np.argmax(spans))
            if spans[k] > self.found.longest[1] - self.found.longest[0]:
                self.found.longest = int(lines[k]), int(lines[k] + spans[k])

    def _read_on(self) -> None:
        """Read the records from here with the csv module, which is strict about quotes."""
        first = self.line
        before = 0
        lines: list[int] = []
        spans: list[int] = []
        with any_field_length():
            records = csv_records(self._lines(), self.delimiter, strict=True)
            try:
                for cells, after in records:
                    line = first + before
                    if len(cells) <= 1 and not "".join(cells).strip() and self.width > 1:
                        self.found.blank += 1
                    elif len(cells) != self.width and not (self.width == 1 and not cells):
                        self._refuse(line, len(cells))
                    else:
                        lines.append(line)
                        spans.append(after - before - 1)
                    before = after
            except csv.Error as error:
                line, reason = self._open_quote(first + before)
                raise TableError(f"{self.path}, line {line}: {reason}") from error
        self._count(np.array(lines, dtype=np.int64), np.array(spans, dtype=np.int64))

    def _lines(self) -> Iterator[str]:
        for found in _LINE.finditer(self.data, self.position):
            if found.group():
                yield found.group().decode("latin-1")

    def _open_quote(self, line: int) -> tuple[int, str]:
        """Return the line of the quote that the record at `line` opens and does not close."""
        texts = list(self._lines())[line - self.line :]
        text = "".join(texts)
        mark = re.escape("\n" if self.delimiter == ONE_COLUMN else self.delimiter)
        quoted = re.compile(rf' *"(?:[^"]|"")*"(?=[{mark}\r\n]|\Z)')
        other = re.compile(rf'(?! *")[^{mark}\r\n]*')
        position = 0
        while True:
            found = quoted.match(text, position) or other.match(text, position)
            if found is None:
                break
            position = found.end() + 1
        opened = line + len(re.findall(r"\r\n|\r|\n", text[:position]))
        closes = re.compile(r' *"(?:[^"]|"")*"').match(text, position)
        if closes is None:
            return opened, "a quote opens here and is not closed before the end of the file"
        rest = text[closes.end() : closes.end() + 12].split("\n")[0]
        return opened, f"a quote opens here, and {rest!r} follows the next quote, no delimiter"

    def _refuse(self, line: int, fields: int) -> None:
        shown = "blanks" if self.delimiter == " " else repr(self.delimiter)
        raise TableError(
            f"{self.path}, line {line}: {fields} fields, but the table has {self.width} "
            f"(delimiter {shown}); correct the line, or say another delimiter"
        )
