"""``read``: a file as a DataFrame, and what was decided on the way."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..checks import contents
from ..checks.paths import user_path
from .columns import Gaps
from .errors import TableError, checked_names, listed
from .layout import Layout, find_layout
from .parsing import numpy_array, other_file, parsed
from .scanning import Scan, Scanner
from .settling import looks_like_total, may_be_thousands, settle, without_infinite

_KINDS = {
    ".parquet": "parquet", ".pq": "parquet", ".xlsx": "excel", ".xls": "excel", ".xlsm": "excel",
    ".ods": "excel", ".jsonl": "json", ".ndjson": "json",
}  # fmt: skip


@dataclass
class Reading:
    """What was decided when a file was read.

    Attributes
    ----------
    path : the file
    n_rows : number of rows
    has_header : whether names come from the file
    decimal : the decimal sign
    unnamed : names made for columns that have none
    decided : lines that say what was decided
    gaps : what was there instead of a number or a date, by column
    total : the text by which the last row is a total line, or ""
    """

    path: str
    n_rows: int
    has_header: bool = True
    decimal: str = "."
    unnamed: list[str] = field(default_factory=list)
    decided: list[str] = field(default_factory=list)
    gaps: dict[str, Gaps] = field(default_factory=dict)
    total: str = ""
    scan: Scan | None = None

    def where(self, row: int) -> str:
        """Return the place of a row as a message names it."""
        if self.scan is None:
            return f"row {row + 1}"
        return f"line {self.scan.line(row)}"

    def lines(self) -> list[str]:
        """Return all there is to say, a line for each."""
        found = list(self.decided)
        if self.scan is not None and self.scan.blank:
            found.append(f"empty lines, which are no rows: {self.scan.blank}")
        if self.scan is not None and self.scan.spanning:
            first, last = self.scan.longest
            found.append(
                f"rows with line ends inside quotes: {self.scan.spanning}, the longest from line "
                f"{first} to {last}"
            )
        for name, gaps in self.gaps.items():
            odd = sum(gaps.odd.values())
            found.append(
                f"{name}: {odd} cell{'s' * (odd > 1)} taken as missing: {listed(gaps.odd, 3)}, "
                f"first in {self.where(gaps.first)}"
            )
        if self.total:
            found.append(f"the last row, {self.where(self.n_rows - 1)}, looks like a total "
                         f"({self.total!r})")  # fmt: skip
        return found


def read(
    path: Any,
    *,
    delimiter: str | None = None,
    decimal: str | None = None,
    encoding: str | None = None,
    header: str | bool = "auto",
    text: Iterable[str] = (),
) -> Any:
    """Read a file as a pandas DataFrame.

    CSV and the like with any of ``, ; |`` tab and blank, in UTF-8, UTF-16 or Latin-1; Excel,
    Parquet, JSON lines; packed as gz or zip. A record is a row and a row a record: lines with
    another number of fields and quotes without an end are errors that name the line. A column
    whose cells are nearly all numbers is one of numbers, other cells in it are missing.

    Parameters
    ----------
    path : str or path-like
        ``~`` is the home folder.
    delimiter : str, optional
        A character, "tab" or "space"; None finds it.
    decimal : "." or ",", optional
        The decimal sign; the other one then marks thousands. None finds it.
    encoding : str, optional
        Such as "latin-1"; None finds it.
    header : "auto", True or False
        Whether the first line of the table holds the names. Without them columns are called "0",
        "1", ...
    text : names of columns to keep as they are written

    Returns
    -------
    pandas.DataFrame
        ``attrs["reading"]`` is a list of lines that say what was decided.

    Raises
    ------
    TableError
        If the file is no table, or pandas is not installed.
    OSError
        If it cannot be read.
    """
    kept = checked_names(text, "read", "text")
    opened = open_table(path, delimiter, decimal, encoding, header)
    frame, reading = opened.load(kept)
    frame.attrs["reading"] = reading.lines()
    return frame


class Opened:
    """A file whose columns are known and whose rows are read by `load`."""

    def __init__(self, path: Path, layout: Layout | None, frame: Any = None) -> None:
        self.path, self.layout, self._frame = path, layout, frame
        self.names = layout.names if layout is not None else [str(c) for c in frame.columns]
        self.unnamed = layout.unnamed if layout is not None else []
        self.has_header = layout.has_header if layout is not None else True

    def load(self, text: Iterable[str] = ()) -> tuple[Any, Reading]:
        """Return the rows; the columns named in `text` stay as they are written."""
        kept = set(text)
        if self.layout is None:
            reading = Reading(str(self.path), len(self._frame))
            return _settled(self._frame, reading, None, kept), reading
        layout = self.layout
        start, line = layout.header_start or (layout.offset, layout.line)
        scan = Scanner(
            layout.path, layout.text.data, start, line, layout.delimiter, len(layout.names)
        ).run()
        if layout.header_start is not None:
            scan.n_rows, scan.header = scan.n_rows - 1, 1
        reading = Reading(
            layout.path,
            scan.n_rows,
            layout.has_header,
            layout.decimal,
            layout.unnamed,
            layout.lines(),
            scan=scan,
        )
        frame = parsed(layout, scan, kept)
        return _settled(frame, reading, layout, kept), reading


def open_table(
    path: Any,
    delimiter: str | None = None,
    decimal: str | None = None,
    encoding: str | None = None,
    header: str | bool = "auto",
) -> Opened:
    """Look at a file; parameters as those of :func:`read`."""
    if decimal not in (None, ".", ","):
        raise TableError(f"decimal must be '.' or ',', got {decimal!r}")
    if header not in ("auto", True, False):
        raise TableError(f"header must be 'auto', True or False, got {header!r}")
    if encoding is not None and not isinstance(encoding, str):
        raise TableError(f"encoding must be a name such as 'latin-1', got {encoding!r}")
    file = user_path(path, "read")
    kind = _KINDS.get(file.suffix.lower()) or _content(file)
    if kind is not None:
        return Opened(file, None, other_file(file, kind, header is not False))
    given = None if header == "auto" else bool(header)
    return Opened(file, find_layout(file, delimiter, decimal, encoding, given))


def _content(file: Path) -> str | None:
    found = contents.file_kind(file)
    return {contents.EXCEL: "excel", "a Parquet file": "parquet"}.get(found or "")


def _settled(frame: Any, reading: Reading, layout: Layout | None, kept: set[str]) -> Any:
    decimal = layout.decimal if layout is not None else "."
    forced = layout is not None and layout.given_decimal
    decided = layout is None or layout.decided
    if len(frame):
        reading.total = looks_like_total(frame.iloc[-1].tolist())
    doubtful = []
    changed: dict[str, Any] = {}
    for name in frame.columns:
        if name in kept:
            continue
        series = frame[name]
        array = numpy_array(series)
        if array.dtype.kind in "iuf" and array.size:
            new, gaps = without_infinite(array)
            note, doubt = "", not decided and may_be_thousands(new)
        else:
            new, gaps, note, doubt = settle(series, decimal, forced, decided)
            array = series
        if doubt:
            doubtful.append(name)
        if new is not array:
            changed[name] = new
        if gaps.odd:
            reading.gaps[name] = gaps
        if note:
            reading.decided.append(f"{name}: {note}")
    if doubtful:
        reading.decided.append(
            f"{listed(doubtful)}: nothing says whether comma or point is the decimal sign; "
            f"{decimal!r} was taken (the option decimal says another)"
        )
    return frame.assign(**changed) if changed else frame


__all__ = ["Opened", "Reading", "open_table", "read"]
