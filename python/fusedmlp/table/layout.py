"""How a text is laid out as a table: encoding, delimiter, decimal sign, header, first row."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .delimiters import declared, find_decimal, find_delimiter
from .errors import TableError
from .headers import column_names, comment_header, looks_like_header, table_start
from .samples import ONE_COLUMN, Record, check_delimiter, take_sample, usual_width
from .texts import Text, open_text

_CELLS = 20_000  # that many are enough to see what numbers look like
_SHOWN = {"\t": "tab", " ": "blanks", ONE_COLUMN: "none (one column)", ",": "comma",
          ";": "semicolon", "|": "vertical bar"}  # fmt: skip


@dataclass(frozen=True)
class Layout:
    """What was decided about a text before its rows are read.

    names: of the columns; offset, line: of the first row; decided: whether the decimal sign is
    beyond doubt; given_decimal: whether it was given; notes: what else is to be said.
    """

    path: str
    text: Text
    delimiter: str
    decimal: str
    decided: bool
    given_decimal: bool
    has_header: bool
    names: list[str]
    unnamed: list[str]
    offset: int
    line: int
    header_start: tuple[int, int] | None
    notes: list[str]

    def lines(self) -> list[str]:
        """Return what was decided, for the screen."""
        header = "with a header" if self.has_header else "no header"
        return [
            f"delimiter {_SHOWN.get(self.delimiter, repr(self.delimiter))}, decimal sign "
            f"{self.decimal!r}, {header}, encoding {self.text.found}",
            *self.notes,
        ]


def find_layout(
    path: Path,
    delimiter: Any = None,
    decimal: str | None = None,
    encoding: str | None = None,
    header: bool | None = None,
) -> Layout:
    """Look at the first lines of a text, and decide what is not given.

    Raises
    ------
    TableError
        If the text is empty or no text.
    """
    delimiter = check_delimiter(delimiter)
    text = open_text(path, encoding)
    sample = take_sample(text.data, text.start)  # type: ignore[arg-type]
    if not any(line.strip() for line in sample.lines):
        raise TableError(f"{path}: the file is empty")
    notes = [text.note] if text.note else []
    said = declared(sample.lines[0]) if len(sample.lines) > 1 else None
    skip = int(said is not None)
    if delimiter is None:
        delimiter = said if said is not None else find_delimiter(sample, skip)
    records = sample.records(delimiter)[skip:]
    width, _ = usual_width(records)
    start = table_start(records, width) if width > 1 else _first_filled(records)
    first = records[start]
    cells = comment_header(records, start, width)
    has_header = cells is not None
    if cells is None:
        rows = [r.cells for r in records[start:] if not r.blank or width == 1]
        has_header = header if header is not None else looks_like_header(rows)
        cells = first.cells
    elif header is False:
        has_header, cells = False, first.cells
    skipped = [r for r in records[:start] if not r.blank]
    if has_header and cells is not first.cells:
        skipped.pop()
    if skipped:
        notes.append(
            f"skipped above the table: {len(skipped)} line{'s' * (len(skipped) > 1)}, "
            f"from line {skipped[0].line}: {_decoded(skipped[0].cells, text)[0]!r}"
        )
    unnamed: list[str] = []
    names = [str(j) for j in range(width)]
    offset, line = first.offset, first.line
    header_start = None
    if has_header:
        if cells is first.cells:
            offset, line = first.next_offset, first.next_line
            header_start = (first.offset, first.line) if len(cells) == width else None
        cells = _decoded(cells, text)
        if len(cells) == width - 1:
            cells = _short_header(cells, records[start + 1 :], notes)
        names, unnamed, doubled = column_names(cells)
        if doubled:
            notes.append(f"column names that are there twice became {', '.join(doubled)}")
    body = [r.cells for r in records[start + (offset != first.offset) :] if not r.blank]
    sign, decided = find_decimal(body[: max(20, _CELLS // width)], delimiter)
    return Layout(
        str(path), text, delimiter, decimal or sign, decided or decimal is not None,
        decimal is not None, has_header, names, unnamed, offset, line,
        header_start, notes,
    )  # fmt: skip


def _first_filled(records: list[Record]) -> int:
    """Return the first record of a table of one column: below comments and empty lines."""
    for k, record in enumerate(records):
        if not record.blank and not record.cells[0].startswith("#"):
            return k
    return 0


def _decoded(cells: list[str], text: Text) -> list[str]:
    return [cell.encode("latin-1").decode(text.encoding).strip() for cell in cells]


def _short_header(cells: list[str], records: list[Record], notes: list[str]) -> list[str]:
    """Give a header the name it lacks: of the names of rows in front, or of nothing at the end."""
    if all(not r.cells[-1].strip() for r in records if len(r.cells) > len(cells)):
        notes.append("the header has a name less than the rows have fields: the last is empty")
        return [*cells, ""]
    notes.append("the header has a name less than the rows have fields: the first has no name")
    return ["", *cells]
