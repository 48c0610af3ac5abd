"""One input column of a table: what is stored about it, and how its cells become numbers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .cells import NO_TIME, Cells
from .dates import parse_times, time_parts
from .numbers import LARGEST, parse_numbers

# New values this many scales away are cut off: further out, float32 would overflow.
_FARTHEST = 1e6
_BLOCK = 1 << 14  # rows at a time, which stay in the cache
TRUE = frozenset({"true", "t", "yes", "y", "1"})
FALSE = frozenset({"false", "f", "no", "n", "0"})


@dataclass
class Gaps:
    """What was found in a column without a value that the model knows.

    Attributes
    ----------
    missing : number of empty cells and missing markers
    odd : texts that are no number (time) or no known category, with their number of cells
    first : the first row of one of the odd
    """

    missing: int = 0
    odd: dict[str, int] = field(default_factory=dict)
    first: int = -1

    @property
    def count(self) -> int:
        return self.missing + sum(self.odd.values())


class Scale(NamedTuple):
    """(value - center) / scale, and then x / sqrt(1 + (x/3)^2) if `smooth`: outliers end near 3."""

    center: float
    scale: float
    smooth: bool

    def apply(self, values: NDArray[np.float64], out: NDArray[np.float32]) -> None:
        """Write the scaled values into out (rows,), 0 where there is none."""
        for start in range(0, len(values), _BLOCK):
            x = values[start : start + _BLOCK] - self.center
            with np.errstate(over="ignore"):  # a tiny scale; the next line takes it back
                x /= self.scale
            np.clip(x, -_FARTHEST, _FARTHEST, out=x)
            np.copyto(x, 0.0, where=np.isnan(x))
            if self.smooth:
                root = x * (1.0 / 3.0)
                root *= root
                root += 1.0
                x /= np.sqrt(root, out=root)
            out[start : start + _BLOCK] = x


@dataclass(frozen=True)
class NumberColumn:
    """A column of numbers; a missing one is the center, 0. Of a single value gaps alone count."""

    kind: ClassVar[str] = "number"
    name: str
    scale: Scale | None
    indicator: bool
    decimal: str = "."

    def outputs(self) -> tuple[list[str], list[str], list[int]]:
        names = [self.name] if self.scale is not None else []
        return names, [f"{self.name} missing"] * self.indicator, []

    def encode(self, cells: Cells, numbers: Any, flags: Any, indices: Any) -> Gaps:
        values, gaps = numbers_of(cells, self.decimal)
        if self.scale is not None:
            self.scale.apply(values, numbers[:, 0])
        if self.indicator:
            flags[:, 0] = np.isnan(values)
        return gaps


@dataclass(frozen=True)
class TimeColumn:
    """A column of dates or times: those of its parts that vary."""

    kind: ClassVar[str] = "time"
    name: str
    parts: tuple[tuple[str, Scale], ...]
    indicator: bool
    day_first: bool | None = None

    def outputs(self) -> tuple[list[str], list[str], list[int]]:
        names = [f"{self.name} {part}" for part, _ in self.parts]
        return names, [f"{self.name} missing"] * self.indicator, []

    def encode(self, cells: Cells, numbers: Any, flags: Any, indices: Any) -> Gaps:
        values, gaps = times_of(cells, self.day_first)
        parts = time_parts(values, [part for part, _ in self.parts])
        for k, (part, scale) in enumerate(self.parts):
            scale.apply(parts[part], numbers[:, k])
        if self.indicator:
            flags[:, 0] = np.isnat(values)
        return gaps


@dataclass(frozen=True)
class CategoryColumn:
    """A column of categories; position 0 stands for missing and unknown ones.

    Attributes
    ----------
    values : the categories, at positions 1, 2, ...
    layout : "sign" (two categories in one column of -1 and 1), "one_hot" or "index"
    source : the kind of the training column; truth values are known in any of their spellings
    """

    kind: ClassVar[str] = "category"
    name: str
    values: tuple[str, ...]
    layout: str
    source: str = "text"

    def outputs(self) -> tuple[list[str], list[str], list[int]]:
        if self.layout == "index":
            return [], [], [len(self.values) + 1]
        if self.layout == "sign":
            return [], [f"{self.name}={self.values[1]}"], []
        return [], [f"{self.name}={value}" for value in self.values], []

    def encode(self, cells: Cells, numbers: Any, flags: Any, indices: Any) -> Gaps:
        cells = cells.as_text()
        place = {value: k + 1 for k, value in enumerate(self.values)}
        table = [place.get(self._spelled(value), 0) for value in cells.values]
        rows = np.array([*table, 0], dtype=np.int64)  # the last place is that of missing ones
        if self.layout == "index":
            indices[:, 0] = rows.astype(np.float32)[cells.array]
        elif self.layout == "sign":
            flags[:, 0] = np.array([0, -1, 1], dtype=np.float32)[rows][cells.array]
        else:
            one_hot = np.eye(len(self.values) + 1, dtype=np.float32)[:, 1:]
            flags[...] = one_hot[rows][cells.array]
        if all(table):
            return Gaps(int((cells.array < 0).sum()))
        return _gaps(cells, (rows == 0)[cells.array] & (cells.array >= 0))

    def _spelled(self, value: str) -> str:
        if self.source == "boolean":
            lowered = value.lower()
            return "True" if lowered in TRUE else "False" if lowered in FALSE else value
        return value


Column = NumberColumn | TimeColumn | CategoryColumn
_KINDS: dict[str, Any] = {c.kind: c for c in (NumberColumn, TimeColumn, CategoryColumn)}


def is_boolean(values: Iterable[str]) -> bool:
    """Return whether these texts are the two truth values, in words at least once."""
    lowered = {value.lower() for value in values}
    sides = bool(lowered & TRUE) and bool(lowered & FALSE)
    return sides and lowered <= TRUE | FALSE and not lowered <= {"0", "1"}


def numbers_of(
    cells: Cells, decimal: str, forced: bool = False
) -> tuple[NDArray[np.float64], Gaps]:
    """Return cells as numbers, NaN where there is none, and what was there instead."""
    if cells.kind == "number":
        values = np.asarray(cells.array, dtype=np.float64)
        if not values.size or (values.min() >= -LARGEST and values.max() <= LARGEST):
            return values, Gaps()
        bad = ~(np.abs(values) <= LARGEST)
        missing = np.isnan(values)
        large = bad & ~missing
        gaps = Gaps(int(missing.sum()))
        if large.any():
            gaps.first = int(np.argmax(large))
            gaps.odd[f"{values[gaps.first]:g}"] = int(large.sum())
        return np.where(bad, np.nan, values), gaps
    if cells.kind == "boolean":
        return np.array([0.0, 1.0, np.nan])[cells.array], Gaps(int((cells.array < 0).sum()))
    cells = cells.as_text()
    parsed = parse_numbers(cells.values, decimal, forced)
    values = np.append(parsed.values, np.nan)[cells.array]
    return values, _gaps(cells, np.append(parsed.odd, False)[cells.array], np.isnan(values))


def times_of(cells: Cells, day_first: bool | None) -> tuple[NDArray[np.datetime64], Gaps]:
    """Return cells as times, NaT where there is none, and what was there instead."""
    if cells.kind == "time":
        return cells.array, Gaps(int(np.isnat(cells.array).sum()))
    cells = cells.as_text()
    parsed = parse_times(cells.values, day_first)
    values = np.append(parsed.values, NO_TIME)[cells.array]
    return values, _gaps(cells, np.append(parsed.odd, False)[cells.array])


def _gaps(cells: Cells, odd: NDArray[np.bool_], missing: NDArray[np.bool_] | None = None) -> Gaps:
    """Return the gaps of a column of texts; what is odd is not missing."""
    if missing is None:
        missing = cells.array < 0
    gaps = Gaps(int((missing & ~odd).sum()))
    if odd.any():
        gaps.first = int(np.argmax(odd))
        codes, counts = np.unique(cells.array[odd], return_counts=True)
        gaps.odd = {
            cells.values[c]: n for c, n in zip(codes.tolist(), counts.tolist(), strict=True)
        }
    return gaps


def column_to_dict(column: Column) -> dict[str, Any]:
    """Return a column as plain lists, strings and numbers."""
    return {"kind": column.kind, **asdict(column)}


def column_from_dict(stored: Any) -> Column:
    """Return the column that `column_to_dict` wrote; anything else is a ValueError or TypeError."""
    fields = dict(stored)
    kind = fields.pop("kind")
    if kind in ("number", "time"):
        fields["indicator"] = bool(fields["indicator"])
    if kind == "number":
        if fields["scale"] is not None:
            fields["scale"] = _scale(fields["scale"])
        if fields["decimal"] not in (".", ","):
            raise ValueError("decimal")
    elif kind == "time":
        fields["parts"] = tuple((str(part), _scale(scale)) for part, scale in fields["parts"])
    elif kind == "category":
        fields["values"] = tuple(str(value) for value in fields["values"])
        if fields["layout"] not in ("sign", "one_hot", "index"):
            raise ValueError("layout")
        if fields["layout"] == "sign" and len(fields["values"]) != 2:
            raise ValueError("values")
    fields["name"] = str(fields["name"])
    column: Column = _KINDS[kind](**fields)
    return column


def _scale(stored: Any) -> Scale:
    center, scale, smooth = stored
    if not (np.isfinite(center) and np.isfinite(scale) and scale > 0.0):
        raise ValueError("scale")
    return Scale(float(center), float(scale), bool(smooth))
