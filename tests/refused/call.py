"""What the tables of calls share: the call itself, models and data, and kinds of training."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

import fusedmlp as fm
from bad_values import Bad, Kind, name, number, rows, sequence, without

Arguments = dict[str, Any]


class Call(NamedTuple):
    """A call that works: what messages call it, how it is made, and its arguments' kinds.

    An empty title stands for messages that do not begin with one. `works` is False where what is
    good cannot be had here (a file, another library), and `quick` where a call is too much to be
    made by the thousand: it starts threads or processes, trains, or writes files. `named` is False
    where a message is another library's and need not name the argument.
    """

    title: str
    call: Callable[..., Any]
    good: Callable[[], Arguments]
    kinds: dict[str, Kind]
    works: bool = True
    quick: bool = True
    named: bool = True


PATH = sequence((None, TypeError), (3.5, TypeError), ("", ValueError), ([], TypeError))


def floats(*shape: int, low: float = -1.0, high: float = 1.0) -> Any:
    return np.random.default_rng(sum(shape)).uniform(low, high, shape).astype(np.float32)


DTYPES = sequence(
    *((v, ValueError) for v in ("float16", "int32", "", np.float16, int, "f4x")),
    (None, TypeError),
    (3, TypeError),
)
SEED = sequence(
    ("1", TypeError),
    (True, TypeError),
    (1.0, TypeError),
    ([1], TypeError),
    (-1, ValueError),
    (2**63, ValueError),
    (np.random, TypeError),
)


def model(**options: Any) -> fm.Sequential:
    return fm.MLP([4, 5, 3], seed=0, **options)


def passed() -> fm.Sequential:
    found = model()
    found.forward(floats(5, 4), training=True)
    return found


FEW_ROWS = ("one row less", "one row more")  # of inputs: any number of rows is right
LOSS = name(None)
INPUTS = without(rows, *FEW_ROWS)  # rows too many or too few: y is named
METRICS = sequence(
    (3, TypeError),
    ("accurate", ValueError),
    ([3], TypeError),
    (["loss"], ValueError),
    (["accuracy", "accuracy"], ValueError),
    (None, TypeError),
)
CLIP = without(number(0.0, -1.0), "None")
CLASS_WEIGHT = sequence(
    ("even", ValueError),
    ({5: 1.0}, ValueError),
    ({-1: 1.0}, ValueError),
    ([1.0, 1.0], ValueError),
    ([1.0, -1.0, 1.0], ValueError),
    ([1.0, np.nan, 1.0], ValueError),
    ({0: -1.0}, ValueError),
    ({0: "1"}, TypeError),
    ({"a": 1.0}, (TypeError, ValueError)),
)


def data() -> Arguments:
    return {
        "X": floats(8, 4),
        "y": np.array([0, 1, 2, 0, 1, 2, 0, 1]),
        "sample_weight": np.ones(8),
    }


def each(kind: Kind) -> Kind:
    """`kind` for an argument that may also be a list with a value for each model."""

    def no_lists(good: Any) -> list[Bad]:
        return [row for row in kind(good) if not isinstance(row.value, (list, np.ndarray))]

    return no_lists
