"""Tables of any library as named columns: pandas, Polars, PyArrow, dicts, NumPy.

No library is imported: a table says by its type where it comes from, and its own methods are used.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .cells import Cells, from_array, from_codes, from_objects
from .errors import TableError


class Columns:
    """The columns of a table, each read when it is asked for.

    Parameters
    ----------
    names : name of each column
    n_rows : number of rows
    get : returns the cells of the column at a position
    by_position : whether the names are mere positions (a NumPy array)
    """

    def __init__(
        self, names: list[str], n_rows: int, get: Callable[[int], Cells], by_position: bool = False
    ) -> None:
        self.names = names
        self.n_rows = n_rows
        self.by_position = by_position
        self._get = get
        self._place = {name: j for j, name in enumerate(names)}
        if len(self._place) < len(names):
            twice = next(name for j, name in enumerate(names) if self._place[name] != j)
            raise TableError(f"two columns are named {twice!r}")

    def __contains__(self, name: str) -> bool:
        return name in self._place

    def cells(self, name: str) -> Cells:
        """Return the cells of the column of this name."""
        try:
            return self._get(self._place[name])
        except TypeError as error:
            raise TypeError(f"column {name!r}: {error}") from error


def columns_of(frame: Any) -> Columns:
    """Return the columns of a table.

    Raises
    ------
    TypeError
        If it is no table, or a column holds what cannot be read.
    TableError
        If columns have different lengths or equal names.
    """
    if isinstance(frame, Columns):
        return frame
    home = type(frame).__module__.partition(".")[0]
    if home == "pandas" and hasattr(frame, "iloc") and getattr(frame, "ndim", 0) == 2:
        names = [str(name) for name in frame.columns]
        return Columns(names, len(frame), lambda j: cells_of(frame.iloc[:, j]))
    if home == "polars" and hasattr(frame, "lazy"):
        return Columns(list(frame.columns), frame.height, lambda j: _of_polars(frame[:, j]))
    if home == "pyarrow" and hasattr(frame, "column_names"):
        names = list(frame.column_names)
        return Columns(names, frame.num_rows, lambda j: _of_arrow(frame.column(j)))
    if isinstance(frame, Mapping):
        return _of_mapping(frame)
    if hasattr(frame, "__arrow_c_stream__") or hasattr(frame, "__dataframe__"):
        return _of_foreign(frame)
    array = np.asarray(frame)
    if array.ndim != 2:
        raise TypeError(
            "a table must be a DataFrame, a dict of arrays or an array of two dimensions, got "
            f"{type(frame).__name__} of shape {array.shape}"
        )
    names = [str(j) for j in range(array.shape[1])]
    return Columns(names, len(array), lambda j: from_array(array[:, j]), by_position=True)


def take(frame: Any, rows: NDArray[Any]) -> Columns:
    """Return the columns of a table with these rows alone."""
    columns = columns_of(frame)

    def get(j: int) -> Cells:
        cells = columns.cells(columns.names[j])
        return Cells(cells.kind, cells.array[rows], cells.values)

    return Columns(columns.names, len(rows), get, columns.by_position)


def _of_mapping(frame: Mapping[Any, Any]) -> Columns:
    arrays = [a if isinstance(a, np.ndarray) else np.asarray(a) for a in frame.values()]
    names = [str(name) for name in frame]
    for name, array in zip(names, arrays, strict=True):
        if array.ndim != 1 or len(array) != len(arrays[0]):
            raise TableError(
                f"column {name!r} has the shape {array.shape}, but {names[0]!r} "
                f"{arrays[0].shape}: columns must be vectors of one length"
            )
    rows = len(arrays[0]) if arrays else 0
    return Columns(names, rows, lambda j: from_array(arrays[j]))


def cells_of(series: Any) -> Cells:
    """Return the cells of a pandas Series."""
    dtype = series.dtype
    if dtype.name == "category":
        return from_codes(series.cat.codes.to_numpy(), series.cat.categories.tolist(), "category")
    if isinstance(dtype, np.dtype) and dtype.kind != "O":
        return from_array(series.to_numpy())
    if getattr(dtype, "tz", None) is not None:
        return from_array(series.dt.tz_localize(None).to_numpy())
    if getattr(dtype, "kind", "O") in "iuf":  # the nullable types
        if not series.hasnans:
            return from_array(series.to_numpy(dtype=dtype.numpy_dtype))
        return from_array(series.to_numpy(dtype=np.float64, na_value=np.nan))
    codes, values = series.factorize()
    return from_codes(codes, values.tolist())


def _of_polars(series: Any) -> Cells:
    dtype = series.dtype
    if dtype.is_integer() and series.null_count():
        return from_array(series.cast(sys.modules["polars"].Float64).to_numpy())
    if dtype.is_numeric() and not dtype.is_decimal():
        return from_array(series.to_numpy())
    if str(dtype).startswith(("Datetime", "Date")):
        return from_array(series.to_numpy())
    if str(dtype).startswith(("Categorical", "Enum")):
        cells = from_objects(series.to_list())
        return Cells("category", cells.array, cells.values) if cells.kind == "text" else cells
    return from_objects(series.to_list())


def _of_arrow(column: Any) -> Cells:
    kind = str(column.type)
    if kind.startswith(("int", "uint", "float", "double", "halffloat")):
        return from_array(column.to_numpy())
    if kind.startswith(("timestamp", "date")):
        return from_array(column.to_numpy())
    given = kind.startswith("dictionary")
    if given or kind in ("string", "large_string", "string_view"):
        if not given:
            column = column.cast("string").dictionary_encode()
        array = column.unify_dictionaries().combine_chunks()
        chunks = getattr(array, "chunks", [array])
        if len(chunks) == 1:
            codes = chunks[0].indices.fill_null(-1).to_numpy(zero_copy_only=False)
            return from_codes(
                codes, chunks[0].dictionary.to_pylist(), "category" if given else None
            )
    return from_objects(column.to_pylist())


def _of_foreign(frame: Any) -> Columns:
    """A table of some other library, through the interchange formats that pyarrow reads."""
    try:
        import pyarrow
    except ImportError:
        raise TypeError(
            f"a table of type {type(frame).__module__}.{type(frame).__qualname__} is read through "
            "pyarrow, which is not installed: pip install pyarrow, or give a pandas DataFrame"
        ) from None
    if hasattr(frame, "__arrow_c_stream__"):
        return columns_of(pyarrow.table(frame))
    from pyarrow.interchange import from_dataframe

    return columns_of(from_dataframe(frame))
