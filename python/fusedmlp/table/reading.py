"""Read a CSV file into named columns of text, and text columns into numbers."""

from __future__ import annotations

import csv
import gzip
import io
import zlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..checks import contents
from ..checks.paths import user_path
from .errors import TableError as TableError
from .errors import listed as listed

# Cells that stand for "no value" in a column of numbers, in any case.
MISSING = frozenset({"", "?", "na", "n/a", "nan", "null", "none"})
_SAMPLE_ROWS = 50
_LARGEST = 1e100  # squares of larger numbers come too close to the end of float64


class CsvData:
    """The cells of a CSV file, column by column.

    Parameters
    ----------
    path : the file, for messages
    names : one name for each column; the positions "0", "1", ... for a file without a header
    columns : the cells of each column
    lines : line in the file of each row, for messages
    has_header : whether the names come from the file
    decimal_comma : whether 3,14 is a number
    """

    def __init__(
        self,
        path: str,
        names: list[str],
        columns: list[tuple[str, ...]],
        lines: list[int],
        *,
        has_header: bool,
        decimal_comma: bool = False,
    ) -> None:
        self.path = path
        self.names = names
        self.columns = columns
        self.lines = lines
        self.has_header = has_header
        self.decimal_comma = decimal_comma
        self._numbers: dict[int, NDArray[np.float64] | None] = {}

    @property
    def n_rows(self) -> int:
        return len(self.lines)

    def where(self, row: int, column: int) -> str:
        """Return the place of a cell as a message names it."""
        return f"{self.path}, line {self.lines[row]}, column {self.names[column]!r}"

    def index(self, name: str, role: str) -> int:
        """Return the position of a column given by its name or its position (from 0, or -1)."""
        if name in self.names:
            return self.names.index(name)
        try:
            position = int(name)
        except ValueError:
            position = len(self.names)
        if not -len(self.names) <= position < len(self.names):
            raise TableError(
                f"{role}: {self.path} has no column {name!r}; it has {listed(self.names)}"
            )
        return position % len(self.names)

    def text(self, column: int) -> list[str]:
        """Return the cells of a column without surrounding blanks."""
        return [cell.strip() for cell in self.columns[column]]

    def numbers(self, column: int) -> NDArray[np.float64] | None:
        """Return a column as numbers, NaN where a value is missing, or None if it holds text."""
        if column not in self._numbers:
            self._numbers[column] = self._parsed(column)
        return self._numbers[column]

    def _parsed(self, column: int) -> NDArray[np.float64] | None:
        cells = self.columns[column]
        if self.decimal_comma:
            cells = tuple(cell.replace(",", ".") for cell in cells)
        values = _floats(cells)
        if values is None:
            values = _floats(["nan" if c.strip().lower() in MISSING else c for c in cells])
        if values is None:
            return None
        with np.errstate(invalid="ignore"):
            large = np.flatnonzero(np.abs(values) > _LARGEST)
        if large.size:
            row = int(large[0])
            raise TableError(
                f"{self.where(row, column)}: numbers must lie within +-{_LARGEST:g}, "
                f"got {cells[row].strip()}"
            )
        return values

    def first_text(self, column: int) -> int:
        """Return the first row of a column that is neither a number nor missing."""
        for row, cell in enumerate(self.columns[column]):
            if not is_number(cell, self.decimal_comma) and cell.strip().lower() not in MISSING:
                return row
        raise AssertionError("the column holds numbers only")


def _floats(cells: Sequence[str]) -> NDArray[np.float64] | None:
    try:
        values = np.fromiter(map(float, cells), np.float64, len(cells))
    except ValueError:
        return None
    # Python reads 1_000 as a thousand; in a data file it is a name.
    return None if "_" in "".join(cells) else values


def is_number(cell: str, decimal_comma: bool = False) -> bool:
    """Return whether a cell holds a number (missing values do not count)."""
    if cell.strip().lower() in MISSING:
        return False
    return _floats([cell.replace(",", ".") if decimal_comma else cell]) is not None


def read_csv(path: str | Path, *, header: bool | None = None) -> CsvData:
    """Read a CSV file in UTF-8 (with or without BOM; .gz is unpacked) into columns of text.

    The delimiter is the one of tab, semicolon and comma that splits the first lines into rows of
    the same length. Empty lines are skipped.

    Parameters
    ----------
    path : the file; ``~`` is the home folder
    header : whether the first line holds the column names; None finds out. It does if its cells
        are all different, none is a number and none but the first is empty, or if a column has
        text there and numbers below.

    Raises
    ------
    TableError
        If the text is no table: not UTF-8, no rows, rows of different lengths, equal names.
    OSError
        If the file cannot be read.
    """
    text = _text(user_path(path, "read_csv"))
    delimiter = _delimiter(text)
    rows: list[list[str]] = []
    lines: list[int] = []
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, skipinitialspace=True)
    try:
        for row in reader:
            if not _is_blank(row):
                rows.append(row)
                lines.append(reader.line_num)
    except csv.Error as error:
        raise TableError(f"{path}, line {reader.line_num}: {error}") from error
    if not rows:
        raise TableError(f"{path}: the file is empty")
    width = len(rows[0])
    for row, line in zip(rows, lines, strict=True):
        if len(row) != width:
            raise TableError(
                f"{path}, line {line}: {len(row)} fields, but line {lines[0]} has {width} "
                f"(delimiter {delimiter!r})"
            )
    decimal_comma = delimiter == ";"
    if header is None:
        header = _looks_like_header(rows[: _SAMPLE_ROWS + 1], decimal_comma)
    names = [str(j) for j in range(width)]
    if header:
        names = _column_names(rows.pop(0), f"{path}, line {lines.pop(0)}")
    return CsvData(
        str(path),
        names,
        list(zip(*rows, strict=True)) if rows else [()] * width,
        lines,
        has_header=header,
        decimal_comma=decimal_comma,
    )


def _text(path: Path) -> str:
    raw = path.read_bytes()
    try:
        if path.suffix.lower() == ".gz":
            raw = gzip.decompress(raw)
        text = raw.decode("utf-8-sig")
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise TableError(f"{path}: not a gzip file: {error}") from error
    except UnicodeDecodeError as error:
        byte = f"byte 0x{error.object[error.start]:02x} at {error.start}"
        advice = "save it as UTF-8, or convert it: iconv -f latin1 -t utf-8"
        raise TableError(
            f"{path}: {_other_kind(raw) or f'not UTF-8 text ({byte}); {advice}'}"
        ) from error
    if "\0" in text:
        reason = _other_kind(raw) or "not a text file (it holds NUL characters)"
        raise TableError(f"{path}: {reason}")
    return text


def _other_kind(raw: bytes) -> str | None:
    """Return what a file that is no UTF-8 text is, and what to do; None if that is unknown."""
    encoding = contents.wide_encoding(raw)
    if encoding is not None:
        return (
            f"{encoding.upper()} text, not UTF-8; save it as UTF-8 (in Excel: CSV UTF-8), or "
            f"convert it: iconv -f {encoding} -t utf-8"
        )
    kind = contents.content_kind(raw)
    if kind == contents.EXCEL:
        return f"{kind}, not a CSV file; save the sheet as CSV UTF-8"
    if kind == contents.GZIP:
        return f"{kind}, whose name must end in .gz to be unpacked"
    return None if kind in (None, contents.TEXT) else f"{kind}, not a CSV file"


def _is_blank(row: list[str]) -> bool:
    return not row or (len(row) == 1 and not row[0].strip())


def _delimiter(text: str) -> str:
    # Tab and semicolon first: with them a comma may be the decimal point, the reverse is rare.
    for delimiter in ("\t", ";", ","):
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
        widths: list[int] = []
        try:
            for row in reader:
                if not _is_blank(row):
                    widths.append(len(row))
                if len(widths) == _SAMPLE_ROWS:
                    break
        except csv.Error:
            continue
        if widths and widths[0] > 1 and len(set(widths)) == 1:
            return delimiter
    # Rows of different lengths: the caller reports them, with the likeliest delimiter.
    first = next((line for line in text.splitlines() if line.strip()), "")
    return max((",", ";", "\t"), key=first.count)


def _looks_like_header(rows: list[list[str]], decimal_comma: bool) -> bool:
    first = [cell.strip() for cell in rows[0]]
    number = [is_number(cell, decimal_comma) for cell in first]
    # pandas writes its index as a first column without a name.
    if not any(number) and all(first[1:]) and len(set(first)) == len(first):
        return True
    for j, cell in enumerate(first):
        if number[j] or cell.lower() in MISSING:
            continue
        below = [row[j] for row in rows[1:] if row[j].strip().lower() not in MISSING]
        if below and all(is_number(cell, decimal_comma) for cell in below):
            return True
    return False


def _column_names(cells: list[str], where: str) -> list[str]:
    names = [cell.strip() for cell in cells]
    seen: set[str] = set()
    for name in names:
        if name and name in seen:
            raise TableError(f"{where}: two columns are named {name!r}")
        seen.add(name)
    return names
