"""What pandas does of the reading of a file."""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from .errors import TableError
from .layout import Layout
from .numbers import MISSING
from .scanning import Scan
from .settling import is_inexact

# pandas compares these as they are written.
_MARKERS = sorted({form for m in MISSING for form in (m, m.upper(), m.title(), m.capitalize())} | {
    "NaN", "-NaN", "<NA>", "\\N",
})  # fmt: skip


def load_pandas() -> Any:
    try:
        import pandas
    except ImportError:
        raise TableError(
            'files are read by pandas, which is not installed: pip install "fusedmlp[table]"'
        ) from None
    return pandas


def other_file(file: Path, kind: str, header: bool) -> Any:
    pandas = load_pandas()
    with open(file, "rb"):
        pass  # a missing file gets the system's own message
    try:
        if kind == "parquet":
            return _with_names(pandas.read_parquet(file))
        if kind == "json":
            # Dates are found among texts; the option went with pandas 3.
            old = {"convert_dates": False} if pandas.__version__ < "3" else {}
            return _with_names(pandas.read_json(file, lines=True, dtype=False, **old))
        frame = pandas.read_excel(file, header=0 if header else None)
        return _with_names(frame.dropna(how="all"))
    except ImportError as error:
        raise TableError(f"{file}: pandas needs another package: {error}") from None
    except OSError:
        raise
    except Exception as error:
        raise TableError(f"{file}: not a readable {kind} file: {error}") from error


def _with_names(frame: Any) -> Any:
    frame.columns = [str(name) for name in frame.columns]
    return frame


def parsed(layout: Layout, scan: Scan, kept: set[str]) -> Any:
    """Let pandas read the rows, and again as texts those columns that need it."""
    pandas = load_pandas()
    frame = _read_csv(pandas, layout, {name: str for name in layout.names if name in kept})
    if len(frame) != scan.n_rows:
        raise TableError(
            f"{layout.path}: {scan.n_rows} rows were counted but {len(frame)} read; please give "
            "the delimiter and the encoding"
        )
    again = [
        name
        for name in layout.names
        if name not in kept
        and (_is_mixed(pandas, frame[name]) or is_inexact(numpy_array(frame[name])))
    ]
    if again:
        texts = _read_csv(pandas, layout, dict.fromkeys(again, str), again)
        for name in again:
            frame[name] = texts[name]
    return frame


def _read_csv(
    pandas: Any, layout: Layout, types: dict[str, Any], only: list[str] | None = None
) -> Any:
    blanks = layout.delimiter == " "
    one = len(layout.names) == 1
    # Later versions round as Python does, without being asked.
    exact = {"float_precision": "round_trip"} if pandas.__version__ < "3" else {}
    with _stream(layout) as stream, warnings.catch_warnings():
        # Mixed columns are read again; a warning of two types would help nobody.
        warnings.simplefilter("ignore")
        try:
            return pandas.read_csv(
                stream, sep=r"\s+" if blanks else layout.delimiter, header=None,
                names=layout.names, usecols=only, index_col=False, dtype=types,
                skipinitialspace=True, skip_blank_lines=not one, keep_default_na=False,
                na_values=_MARKERS, decimal=layout.decimal, encoding=layout.text.encoding,
                engine="c", **exact,
            )  # fmt: skip
        except pandas.errors.EmptyDataError:
            return pandas.DataFrame({name: np.zeros(0) for name in only or layout.names})
        except (pandas.errors.ParserError, UnicodeDecodeError) as error:
            raise TableError(f"{layout.path}: {error}") from error


@contextmanager
def _stream(layout: Layout) -> Iterator[Any]:
    data = layout.text.data
    with io.BytesIO(data) if isinstance(data, bytes) else open(layout.path, "rb") as stream:
        stream.seek(layout.offset)
        yield stream


def numpy_array(series: Any) -> Any:
    return series.to_numpy() if isinstance(series.dtype, np.dtype) else np.zeros(0)


def _is_mixed(pandas: Any, series: Any) -> bool:
    """Whether a column holds numbers and texts, or whole numbers that are Python's own."""
    if series.dtype != object:
        return False
    kind = str(pandas.api.types.infer_dtype(series, skipna=True))
    return kind.startswith("mixed") or kind == "integer"
