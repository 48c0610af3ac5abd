"""``Encoder``: a table of any kind of columns to the inputs of a network."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from ..checks.numbers import choice, integer
from ..threads import get_num_threads
from .columns import CategoryColumn, Column, Gaps, column_from_dict, column_to_dict
from .errors import TableError, checked_names, listed
from .fitting import Fitted, Settings, fit_column
from .frames import Columns, columns_of

FORMAT = 1
_MANY = 1 << 18  # numbers from which on threads pay
_In = TypeVar("_In")
_Out = TypeVar("_Out")


class Encoder:
    """Turn a table into a float32 array: numbers, booleans, categories, dates, gaps.

    Parameters
    ----------
    categorical : "auto" or list of str
        Columns that are categories although they hold numbers or dates; text and booleans are
        categories anyway.
    numeric : "robust" or "standard"
        "robust": (x - median) / (distance of the quartiles), half the range where they agree, then
        x / sqrt(1 + (x/3)^2), so that outliers end near 3. "standard": (x - mean) / deviation.
    missing : "indicator" or "mean"
        Missing numbers and dates become 0, the center. "indicator" adds a column that is 1 where
        the value is missing, for columns that had gaps in the training rows.
    one_hot : int
        Categories of at most this size (the place of missing and unknown ones counted) get a
        column for each value, or one column of -1 and 1 if there are two values; larger ones a
        column of indices, for an embedding.
    max_categories : int
        Columns with more categories than this are left out.

    Attributes
    ----------
    columns_ : list of columns, in the order of the table
    left_out_ : list of (name, reason)
    notes_ : dict of str: what was found in each column
    feature_names_out_ : list of str, a name for each column of the array
    numeric_columns_, one_hot_columns_, category_columns_ : arrays of positions in the array
        Numbers and parts of dates come first, then the columns of 0 and 1 or -1 and 1 (one-hot,
        two-valued, indicators of gaps), then the indices of categories.
    category_sizes_ : list of int
        Number of different indices in each of `category_columns_`; 0 is missing or unknown.

    Notes
    -----
    Columns are found by name in any order, and further ones are ignored; columns of a NumPy array
    are found by position. Constant columns, identifiers and texts that are different in nearly
    every row are left out. Texts that are nearly all numbers or dates are taken for those. Text is
    never looked at twice: each different text of a column is read once.

    Examples
    --------
    >>> table = {"size": [1.0, 2.0, np.nan, 4.0], "color": ["red", "blue", "red", None]}
    >>> encoder = Encoder().fit(table)
    >>> encoder.feature_names_out_
    ['size', 'size missing', 'color=red']
    >>> encoder.transform({"color": ["red", "pink"], "size": [2.0, np.nan]}).tolist()
    [[0.0, 0.0, 1.0], [0.0, 1.0, 0.0]]
    """

    def __init__(
        self,
        categorical: str | Iterable[str] = "auto",
        numeric: str = "robust",
        missing: str = "indicator",
        *,
        one_hot: int = 9,
        max_categories: int = 1000,
    ) -> None:
        if isinstance(categorical, str) and categorical != "auto":
            raise ValueError(
                f"Encoder: categorical must be 'auto' or a list of names, got {categorical!r}"
            )
        self.categorical = (
            "auto" if isinstance(categorical, str) else [str(name) for name in categorical]
        )
        self.numeric: str = choice(numeric, "Encoder", "numeric", ("robust", "standard"))
        self.missing: str = choice(missing, "Encoder", "missing", ("indicator", "mean"))
        self.one_hot: int = integer(one_hot, "Encoder", "one_hot")
        self.max_categories: int = integer(max_categories, "Encoder", "max_categories", low=1)
        self.n_rows_: int = 0
        self.columns_: list[Column] = []
        self.left_out_: list[tuple[str, str]] = []
        self.notes_: dict[str, str] = {}
        self.by_position_ = False
        self.names_in_: list[str] = []

    def fit(self, frame: Any, *, drop: Iterable[str] = ()) -> Encoder:
        """Decide what each column is, and learn centers, scales and categories.

        Parameters
        ----------
        frame : DataFrame of pandas, Polars or PyArrow, dict of arrays, or array (rows, columns)
        drop : names of columns to leave out

        Returns
        -------
        Encoder
            Itself.
        """
        dropped = checked_names(drop, "Encoder.fit", "drop")
        columns = columns_of(frame)
        if not columns.n_rows:
            raise TableError("Encoder.fit: the table has no rows")
        wanted = None if self.categorical == "auto" else frozenset(self.categorical)
        unknown = sorted((wanted or frozenset()) - set(columns.names))
        if unknown:
            raise TableError(
                f"Encoder.fit: categorical names {listed(unknown)}, but the table has "
                f"{listed(columns.names)}"
            )
        settings = Settings(wanted, self.numeric, self.missing, self.one_hot, self.max_categories)
        self.n_rows_ = columns.n_rows
        self.names_in_, self.by_position_ = list(columns.names), columns.by_position
        self.columns_, self.left_out_, self.notes_ = [], [], {}

        def fit(name: str) -> Fitted:
            if name in dropped:
                return Fitted(None, "not wanted", Gaps())
            return fit_column(name, columns.cells(name), settings)

        fitted = _each(fit, columns.names, columns.n_rows * len(columns.names))
        for name, found in zip(columns.names, fitted, strict=True):
            if found.column is None:
                self.left_out_.append((name, found.note))
            else:
                self.columns_.append(found.column)
                self.notes_[name] = found.note + _gap_note(found.gaps)
        self._lay_out()
        return self

    def transform(self, frame: Any) -> NDArray[np.float32]:
        """Return the inputs (rows, columns) of a table."""
        return self.encode(frame)[0]

    def encode(self, frame: Any) -> tuple[NDArray[np.float32], dict[str, Gaps]]:
        """Return the inputs of a table, and what had no value that is known, by column."""
        columns = columns_of(frame)
        self._check_columns(columns)
        X = np.empty((columns.n_rows, len(self.feature_names_out_)), dtype=np.float32)
        starts = [0, self.numeric_columns_.size, X.shape[1] - len(self.category_sizes_)]
        places = []
        for column in self.columns_:
            widths = [len(part) for part in column.outputs()]
            places.append([X[:, a : a + w] for a, w in zip(starts, widths, strict=True)])
            starts = [a + w for a, w in zip(starts, widths, strict=True)]

        def encode(pair: tuple[Column, list[NDArray[np.float32]]]) -> Gaps:
            column, place = pair
            return column.encode(columns.cells(column.name), *place)

        found = _each(encode, list(zip(self.columns_, places, strict=True)), X.size)
        named = zip(self.columns_, found, strict=True)
        return X, {column.name: gaps for column, gaps in named if gaps.count}

    @property
    def text_columns(self) -> list[str]:
        """Names of the columns whose cells count as they are written."""
        columns = self.columns_
        return [c.name for c in columns if isinstance(c, CategoryColumn) and c.source == "text"]

    def report(self) -> str:
        """Return what became of each column and why, a line for each."""
        lines = [f"{name}: {note}" for name, note in self.notes_.items()]
        lines += [f"{name}: left out ({reason})" for name, reason in self.left_out_]
        return "\n".join(lines)

    def to_dict(self) -> dict[str, Any]:
        """Return the fitted encoder as plain lists, strings and numbers (JSON)."""
        return {
            "format": FORMAT,
            "categorical": self.categorical,
            "numeric": self.numeric,
            "missing": self.missing,
            "one_hot": self.one_hot,
            "max_categories": self.max_categories,
            "n_rows": self.n_rows_,
            "by_position": self.by_position_,
            "names_in": self.names_in_,
            "columns": [column_to_dict(column) for column in self.columns_],
            "left_out": [list(pair) for pair in self.left_out_],
            "notes": self.notes_,
        }

    @classmethod
    def from_dict(cls, stored: Any) -> Encoder:
        """Return the encoder that `to_dict` wrote; anything else is a TableError."""
        try:
            if stored["format"] != FORMAT:
                raise TableError(
                    f"Encoder.from_dict: format {stored['format']!r}, this version reads {FORMAT}"
                )
            made = cls(
                stored["categorical"],
                stored["numeric"],
                stored["missing"],
                one_hot=int(stored["one_hot"]),
                max_categories=int(stored["max_categories"]),
            )
            made.n_rows_ = int(stored["n_rows"])
            made.by_position_ = bool(stored["by_position"])
            made.names_in_ = [str(name) for name in stored["names_in"]]
            made.columns_ = [column_from_dict(column) for column in stored["columns"]]
            made.left_out_ = [(str(name), str(reason)) for name, reason in stored["left_out"]]
            made.notes_ = {str(name): str(note) for name, note in stored["notes"].items()}
            made._lay_out()
        except TableError:
            raise
        except (LookupError, TypeError, ValueError, OverflowError, AttributeError) as error:
            raise TableError(
                f"Encoder.from_dict: stored is not what Encoder.to_dict writes ({error!r})"
            ) from error
        return made

    def _lay_out(self) -> None:
        numbers: list[str] = []
        flags: list[str] = []
        indices: list[str] = []
        self.category_sizes_: list[int] = []
        for column in self.columns_:
            number_names, flag_names, sizes = column.outputs()
            numbers += number_names
            flags += flag_names
            indices += [column.name] * len(sizes)
            self.category_sizes_ += sizes
        self.feature_names_out_: list[str] = [*numbers, *flags, *indices]
        ends = np.cumsum([0, len(numbers), len(flags), len(indices)])
        self.numeric_columns_: NDArray[np.intp] = np.arange(ends[0], ends[1])
        self.one_hot_columns_: NDArray[np.intp] = np.arange(ends[1], ends[2])
        self.category_columns_: NDArray[np.intp] = np.arange(ends[2], ends[3])

    def _check_columns(self, columns: Columns) -> None:
        if not self.n_rows_:
            raise TableError("Encoder.transform: the encoder is not fitted yet; call fit first")
        if columns.by_position and len(columns.names) != len(self.names_in_):
            raise TableError(
                f"the array has {len(columns.names)} columns, but the encoder was fitted on "
                f"{len(self.names_in_)}"
            )
        absent = [c.name for c in self.columns_ if c.name not in columns]
        if absent:
            raise TableError(
                f"column{'s' * (len(absent) > 1)} {listed(absent)} missing; the table has "
                f"{listed(columns.names)}"
            )


def _each(work: Callable[[_In], _Out], items: Sequence[_In], cells: int) -> list[_Out]:
    """Return what `work` makes of each item, in their order; in threads where cells are many."""
    threads = get_num_threads() if cells >= _MANY else 1
    if threads == 1:
        return list(map(work, items))
    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(work, items))


def _gap_note(gaps: Gaps) -> str:
    note = f", {gaps.missing} missing" if gaps.missing else ""
    if gaps.odd:
        odd = sum(gaps.odd.values())
        note += f", {odd} taken as missing: {listed(gaps.odd, 3)} (first in row {gaps.first})"
    return note
