"""Kinds of arguments, each with the values that it must refuse and the exception to expect.

A kind is a function of a good value that returns rows (what it is, bad value, exception).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np


class Bad(NamedTuple):
    """A value that must be refused."""

    what: str
    value: Any
    error: type[Exception]


Kind = Callable[[Any], list[Bad]]


def array(good: Any) -> list[Bad]:
    """Something that is read as an array of real numbers, whatever its shape."""
    a = np.asarray(good)
    whole = np.nan_to_num(a).astype(np.int64)
    gap = a.astype(object)
    gap.flat[0] = None
    words = a.astype(object)
    words.flat[-1] = "cat"
    kinds = {
        "complex": a.astype(complex),
        "text": a.astype(str),
        "bytes": a.astype("S8"),
        "dates": whole.astype("M8[D]"),
        "durations": whole.astype("m8[s]"),
        "structured": np.zeros(a.shape, [("a", "f4"), ("b", "f4")]),
        "masked": np.ma.masked_array(a, mask=np.ones(a.shape, bool)),
        "a gap": gap,
        "a word": words.tolist(),
        "a dict": {"a": 1.0},
        "a set": {1.0, 2.0},
        "an object": object(),
    }
    return [
        *(Bad(what, value, TypeError) for what, value in kinds.items()),
        Bad("ragged", [[1.0], [1.0, 2.0]], ValueError),
    ]


def needed_array(good: Any) -> list[Bad]:
    """An array without which the call makes no sense."""
    return [*array(good), Bad("None", None, TypeError)]


def shaped(good: Any) -> list[Bad]:
    """An array whose shape is given by the other arguments."""
    a = np.asarray(good)
    shapes = {
        "one dimension more": a[None],
        "one row less": a[:-1],
        "one row more": a[[0, *range(len(a))]],
    }
    if a.ndim > 1:
        shapes |= {
            "one column less": a[..., :-1],
            "one column more": a[..., [0, *range(a.shape[-1])]],
        }
    return [*array(good), *(Bad(what, value, ValueError) for what, value in shapes.items())]


def finite(good: Any) -> list[Bad]:
    """An array of which every number must be finite, in float32 too."""
    rows = []
    for what, number in (("NaN", np.nan), ("inf", np.inf), ("-inf", -np.inf), ("1e39", 1e39)):
        bad = np.array(good, np.float64)
        bad.flat[-1] = number
        rows.append(Bad(what, bad, ValueError))
    return rows


def rows(good: Any) -> list[Bad]:
    """Inputs of a fit: shaped and finite."""
    return [*shaped(good), *finite(good), Bad("None", None, TypeError)]


def weights(good: Any) -> list[Bad]:
    """Weights of the rows: shaped, finite, not negative, not all zero."""
    a = np.asarray(good, np.float64)
    negative, zero = a.copy(), np.zeros_like(a)
    negative[-1] = -1.0
    return [
        *shaped(good),
        *finite(good)[:3],
        Bad("negative", negative, ValueError),
        Bad("all zero", zero, ValueError),
        Bad("a number", 1.0, ValueError),
    ]


def classes(good: Any) -> list[Bad]:
    """Class indices from 0 to the largest in `good`."""
    a = np.asarray(good)
    rows = []
    for what, number in (("too large", a.max() + 1), ("negative", -1), ("2**40", 2**40)):
        bad = a.copy()
        bad[-1] = number
        rows.append(Bad(what, bad, ValueError))
    broken = a.astype(np.float64)
    broken[0] = 0.5
    gap = a.astype(np.float64)
    gap[0] = np.nan
    return [
        *array(good),
        *rows,
        Bad("floats", a.astype(np.float64), ValueError),
        Bad("a fraction", broken, ValueError),
        Bad("NaN", gap, ValueError),
        Bad("one row less", a[:-1], ValueError),
        Bad("one row more", np.append(a, 0), ValueError),
        Bad("three dimensions", a[:, None, None], ValueError),
        Bad("None", None, TypeError),
    ]


def output(good: Any) -> list[Bad]:
    """``out``: an array that receives the result."""
    a = np.asarray(good)
    locked = a.copy()
    locked.flags.writeable = False
    padded = np.zeros(a.nbytes + 1, np.uint8)
    wide = np.zeros((*a.shape, 2), a.dtype)
    bad = {
        "read-only": locked,
        "float64": a.astype(np.float64),
        "integers": a.astype(np.int32),
        "byte-swapped": a.astype(a.dtype.newbyteorder()),
        "one dimension more": a[None].copy(),
        "one row more": np.zeros((len(a) + 1, *a.shape[1:]), a.dtype),
        "misaligned": padded[1:].view(a.dtype).reshape(a.shape),
        "strided": wide[..., 0],
        "backwards": np.zeros_like(a)[::-1],
    }
    if a.ndim > 1:
        bad["F-order"] = np.asfortranarray(a)
    return [
        *(Bad(what, value, ValueError) for what, value in bad.items()),
        Bad("a list", a.tolist(), TypeError),
        Bad("a number", 1.0, TypeError),
        Bad("a masked array", np.ma.masked_array(a.copy(), mask=a > 0), TypeError),
    ]


def inplace(good: Any) -> list[Bad]:
    """An array that is written to: of either float type, but exact and writeable."""
    return [
        row
        for row in output(good)
        if row.what not in ("float64", "one dimension more", "one row more")
    ]


def number(*outside: float) -> Kind:
    """A real number; `outside` lists some that are out of range."""

    def kind(good: Any) -> list[Bad]:
        wrong = (
            "0.5",
            b"1",
            None,
            True,
            np.True_,
            1j,
            [0.5],
            {},
            print,
            np.ones(2),
            np.datetime64(1, "s"),
        )
        return [
            *(Bad(repr(value), value, TypeError) for value in wrong),
            *(Bad(repr(v), v, ValueError) for v in (math.nan, math.inf, -math.inf, *outside)),
        ]

    return kind


def without(kind: Kind, *whats: str) -> Kind:
    """`kind` without some of its rows, where an argument takes more."""

    def fewer(good: Any) -> list[Bad]:
        rows = kind(good)
        assert set(whats) <= {row.what for row in rows}, (whats, [row.what for row in rows])
        return [row for row in rows if row.what not in whats]

    return fewer


def integer(*outside: int) -> Kind:
    """An integer; `outside` lists some that are out of range."""

    def kind(good: Any) -> list[Bad]:
        wrong = ("5", b"5", None, True, np.True_, 3.0, np.float32(3), 1j, [1], {}, np.ones(2, int))
        return [
            *(Bad(repr(value), value, TypeError) for value in wrong),
            *(Bad(repr(v), v, ValueError) for v in outside),
        ]

    return kind


def flag(good: Any) -> list[Bad]:
    """True or False."""
    wrong = (0, 1, 1.0, "True", "yes", None, [], np.ones(2, bool))
    return [Bad(repr(value), value, TypeError) for value in wrong]


def name(*others: Any) -> Kind:
    """One name of a list; `others` are values that are no names and refused too."""

    def kind(good: Any) -> list[Bad]:
        wrong = (3, 2.5, True, b"mse", object, ["mse"], {}, *others)
        return [
            *(Bad(repr(value), value, TypeError) for value in wrong),
            *(Bad(repr(v), v, ValueError) for v in ("", "nonsense", f"{good}x", f" {good}")),
        ]

    return kind


def pair(*outside: tuple[float, float]) -> Kind:
    """Two numbers."""

    def kind(good: Any) -> list[Bad]:
        wrong = (0.9, None, True, (0.9,), (0.9, 0.9, 0.9), ("0.9", 0.9), (0.9, None), (True, 0.9))
        bad = ((math.nan, 0.9), (0.9, math.inf), (-0.1, 0.9), *outside)
        return [
            *(Bad(repr(value), value, TypeError) for value in wrong),
            *(Bad(repr(v), v, ValueError) for v in bad),
        ]

    return kind


def sequence(*bad: tuple[Any, type[Exception]]) -> Kind:
    """Whatever has no kind of its own: values and exceptions one by one."""

    def kind(good: Any) -> list[Bad]:
        return [Bad(f"{value!r}"[:40], value, error) for value, error in bad]

    return kind


SIZE = integer(0, -1, 2**31, 2**64, -(2**64))
COUNT = integer(-1, 2**31, 2**64)
NOT_NEGATIVE = number(-1e-30, -1.0)
POSITIVE = number(0.0, -1.0)
SHARE = number(-0.1, 1.5)
EPS = number(0.0, -1.0, 1e-31)
