"""The columns of a table as inputs: scaling, categories and gaps as one operation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ..checks.arrays import Array
from ..table.columns import (
    FALSE,
    TRUE,
    CategoryColumn,
    NumberColumn,
    Scale,
    TimeColumn,
    numbers_of,
    times_of,
)
from ..table.dates import time_parts
from ..table.encoder import Encoder
from ..table.frames import Columns, columns_of
from ..table.numbers import LARGEST
from .ops import Operation

FARTHEST = 1e6  # scales from the center, as in the encoder


@dataclass(frozen=True)
class Input:
    """A number of a raw row: a value (NaN where there is none), or the position of a category.

    `spellings` are the texts of a category column with the position each stands for; 0 is a
    missing or unknown one.
    """

    name: str
    spellings: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True)
class Output:
    """An input of the network, made of raw number `source`.

    `kind` says how: "scaled" by center and scale (`smooth` draws in outliers), "missing" is 1 for
    a gap, "sign" is -1 and 1 for categories 1 and 2, "is" is 1 for category `value`, "index" is the
    category itself, below `value`.
    """

    kind: str
    source: int
    center: float = 0.0
    scale: float = 1.0
    smooth: bool = False
    value: int = 0


@dataclass(frozen=True)
class Encode(Operation):
    """A raw row of a table as inputs of the network, rounded to float32 as the encoder does it.

    Not a digit may be different: where many rows share a value, a piecewise embedding has a step,
    and exactly there that value lies.
    """

    outputs: tuple[Output, ...]

    def out(self, width: int) -> int:
        return len(self.outputs)

    def __call__(self, x: Array) -> Array:
        with np.errstate(invalid="ignore", over="ignore"):
            made = np.stack([_encoded(o, x[:, o.source]) for o in self.outputs], axis=1)
        return made.astype(np.float32).astype(np.float64)


def _encoded(output: Output, x: Array) -> Array:
    gap = ~(np.abs(x) <= LARGEST)
    if output.kind == "scaled":
        z: Array = np.clip((np.where(gap, output.center, x) - output.center) / output.scale,
                    -FARTHEST, FARTHEST)  # fmt: skip
        if output.smooth:
            third = z * (1.0 / 3.0)
            z = z / np.sqrt(third * third + 1.0)
        return z
    if output.kind == "missing":
        return np.asarray(gap, np.float64)
    if output.kind == "sign":
        sign: Array = np.asarray(x == 2, np.float64) - (x == 1)
        return sign
    if output.kind == "is":
        return np.asarray(x == output.value, np.float64)
    index: Array = np.where((x >= 0) & (x < output.value), np.floor(x), 0.0)
    return index


def encoding(encoder: Encoder) -> tuple[tuple[Input, ...], Encode]:
    """Return the raw inputs that stand for the columns of a table, and what makes inputs of them.

    A column of dates is one input for each of its parts that the network knows ("day month").
    """
    inputs: list[Input] = []
    numbers: list[Output] = []
    flags: list[Output] = []
    indices: list[Output] = []
    for column in encoder.columns_:
        at = len(inputs)
        if isinstance(column, CategoryColumn):
            inputs.append(Input(column.name, _spellings(column)))
            if column.layout == "index":
                indices.append(Output("index", at, value=len(column.values) + 1))
            elif column.layout == "sign":
                flags.append(Output("sign", at))
            else:
                flags += [Output("is", at, value=k + 1) for k in range(len(column.values))]
            continue
        scales: list[tuple[str, Scale | None]] = (
            [(f"{column.name} {part}", scale) for part, scale in column.parts]
            if isinstance(column, TimeColumn)
            else [(column.name, column.scale)]
        )
        assert isinstance(column, (NumberColumn, TimeColumn))
        for name, scale in scales:
            if scale is not None:
                numbers.append(Output("scaled", len(inputs), *scale))
            inputs.append(Input(name))
        if column.indicator:
            flags.append(Output("missing", at))
    return tuple(inputs), Encode((*numbers, *flags, *indices))


def _spellings(column: CategoryColumn) -> tuple[tuple[str, int], ...]:
    found: dict[str, int] = {}
    if column.source == "boolean":
        place = {value: k + 1 for k, value in enumerate(column.values)}
        for words, value in ((TRUE, "True"), (FALSE, "False")):
            for word in sorted(words):
                for text in (word, word.capitalize(), word.upper()):
                    found[text] = place.get(value, 0)
    found.update({value: k + 1 for k, value in enumerate(column.values)})
    return tuple(found.items())


def raw_rows(inputs: tuple[Input, ...], encoder: Encoder, frame: Any) -> Array:
    """Return rows of a table as raw numbers (rows, inputs).

    Columns are found by name, or by position where one side has no names.
    """
    found = columns_of(frame)
    if found.by_position != encoder.by_position_ and len(found.names) == len(encoder.names_in_):
        given, names = found, list(encoder.names_in_)
        found = Columns(names, given.n_rows, lambda j: given.cells(given.names[j]))
    encoder._check_columns(found)
    raw: list[Array] = []
    for column in encoder.columns_:
        cells = found.cells(column.name)
        if isinstance(column, CategoryColumn):
            texts = cells.as_text()
            place = dict(inputs[len(raw)].spellings)
            codes = np.array([*(place.get(v, 0) for v in texts.values), 0], np.float64)
            raw.append(codes[texts.array])
        elif isinstance(column, TimeColumn):
            parts = [part for part, _ in column.parts]
            raw += time_parts(times_of(cells, column.day_first)[0], parts).values()
        else:
            raw.append(numbers_of(cells, column.decimal)[0])
    return np.stack(raw, axis=1)
