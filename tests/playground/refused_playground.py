"""Calls of the playground that work, and the kind of each of their arguments: for test_refused.py.

A call is a function of no arguments that returns fresh ones by name.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

import fusedmlp as fm
from bad_values import Kind, array, finite, flag, integer, name, number, rows, sequence, without
from fusedmlp.playground.datasets import features, make, split
from fusedmlp.playground.limits import ROWS, SEED
from fusedmlp.playground.nets import l1_penalty
from fusedmlp.playground.settings import Settings
from fusedmlp.playground.sheet import read_sheet, sheet_of
from fusedmlp.playground.steps import step


class Call(NamedTuple):
    """A call that works: how messages begin, how it is made, and its arguments' kinds."""

    title: str
    call: Callable[..., Any]
    good: Callable[[], dict[str, Any]]
    kinds: dict[str, Kind]


_SEED = integer(-1, SEED + 1, 2**64)


def _labels(good: Any) -> list[Any]:
    """Texts are classes, so they are no mistake here."""
    texts = ("text", "bytes")
    wrong = [row for row in array(good) if row.what not in texts]
    more = sequence(
        (None, (TypeError, ValueError)),
        (good[:-1], ValueError),
        (np.stack([good, good], axis=1), ValueError),
        (np.zeros(len(good), int), ValueError),  # one class
        ([str(k) for k in range(len(good))], ValueError),  # more classes than there are colours
    )
    return wrong + more(good)


def _data() -> dict[str, Any]:
    X = np.linspace(-1, 1, 24, dtype=np.float32).reshape(12, 2)
    return {"X": X, "y": np.arange(12) % 3}


def _values() -> dict[str, Any]:
    X = np.linspace(-1, 1, 24, dtype=np.float32).reshape(12, 2)
    return {"X": X, "y": X[:, :1] * 1.5}


def _step() -> dict[str, Any]:
    X = np.linspace(-1, 1, 8, dtype=np.float32)[:, None]
    return {"model": fm.MLP([1, 3, 1], seed=0), "X": X, "y": X**2, "k": 1, "loss": "mse",
            "optimizer": fm.optim.SGD(lr=0.1), "batch_size": 4}  # fmt: skip


def _setting(**changes: Any) -> Settings:
    return Settings(dataset="drawn").changed(changes)


_HOSTS = sequence((3, TypeError), (None, TypeError), ("", TypeError), (b"::1", TypeError),
                  ("no such name.", OSError), ("256.1.1.1", OSError))  # fmt: skip
_MODELS = sequence((3, TypeError), ("model", TypeError), (fm.MLP, TypeError),
                   (fm.Sequential([fm.Dense(1)]), ValueError),
                   (fm.MLP([5, 3], seed=0), ValueError))  # fmt: skip
_NAMES = sequence(("x1", TypeError), (None, TypeError), (3, TypeError), ([], ValueError),
                  (["x3"], ValueError), ([1], TypeError))  # fmt: skip
_PATHS = sequence((None, TypeError), (3, TypeError), ("", ValueError), ("no.csv", OSError))
_TARGETS = sequence((3, TypeError), (b"b", TypeError), ("nonsense", ValueError))
_TOO_MANY = sequence((np.zeros((ROWS + 1, 2)), ValueError), (np.zeros((3, 2)), ValueError),
                     (np.zeros((12, 300)), ValueError))  # fmt: skip
_ROWS = without(rows, "one column less", "one column more")  # as many as there are
_LISTS = (None, 3, True, {}, 1.5)


def _list_of(*bad: Any) -> Kind:
    return sequence(*((value, (TypeError, ValueError)) for value in (*_LISTS, *bad)))


def _text(*bad: Any) -> Kind:
    return sequence(*((value, (TypeError, ValueError)) for value in (3, None, True, *bad)))


_SETTINGS: dict[str, Kind] = {
    "dataset": name(None), "samples": integer(9, 5001), "noise": number(-0.1, 1.1),
    "data_seed": _SEED, "train_share": number(0.0, 1.0),
    "points": _list_of("ab", [[1, 2]], [[9, 0, 0]], [[0, 0, 10]], [[0, 0, 0.5]],
                       [[0, 0, 0]] * 2001),
    "target": _text("x" * 201), "plane": _text("", "pca,1", "1", "0,1,2", "-1,0", "0,99999"),
    "network": name(None), "features": _list_of([], ["x3"], ["x1", "x1"]),
    "hidden": _list_of([0], [33], [1.5], [1] * 9, [True]),
    "activations": _list_of(["relu"], ["none", "tanh"], ["relu"] * 9, [1, 2]),
    "dropout": number(-0.1, 1.0), "norm": name(None), "init": name(None), "seed": _SEED,
    "optimizer": name(None), "learning_rate": number(0.0, -1.0, 101.0), "schedule": name(None),
    "schedule_epochs": integer(0, 10**6 + 1), "batch_size": integer(0, 4097),
    "weight_decay": number(-1.0, 11.0), "l1": number(-1.0, 11.0), "momentum": number(-0.1, 1.0),
    "speed": number(-1.0, 1e7),
}  # fmt: skip


def table() -> list[Call]:
    """Return all calls."""
    start = {"port": 0, "host": "127.0.0.1", "open_browser": False}
    return [
        Call("playground", fm.playground,
             lambda: {"model": fm.MLP([2, 3], seed=0), **_data(), **start},
             {"model": _MODELS, "X": without(rows, "None"), "y": _labels,
              "port": integer(-1, 65536, 2**64), "host": _HOSTS, "open_browser": flag}),
        Call("playground", sheet_of, _data, {"X": lambda good: _ROWS(good) + _TOO_MANY(good),
                                             "y": _labels}),
        Call("playground", sheet_of, _values, {"y": finite}),
        Call("read_sheet", read_sheet, lambda: {"path": "good.csv", "target": "b"},
             {"path": _PATHS, "target": _TARGETS}),
        Call("make", make, lambda: {"name": "xor", "samples": 20, "noise": 0.1, "seed": 0},
             {"name": name(None), "samples": integer(9, 5001), "noise": number(-0.1),
              "seed": _SEED}),
        Call("features", features,
             lambda: {"points": np.zeros((3, 2), np.float32), "names": ["x1", "x2"]},
             {"points": array, "names": _NAMES}),
        Call("split", split, lambda: {"rows": 10, "share": 0.5, "seed": 0},
             {"rows": integer(1, -1, 2**64), "share": number(-0.1, 1.5), "seed": _SEED}),
        Call("l1_penalty", l1_penalty, lambda: {"model": fm.MLP([2, 1], seed=0), "strength": 0.1},
             {"model": sequence((3, TypeError), (None, TypeError),
                                (fm.Sequential([fm.Dense(1)]), TypeError)),
              "strength": number(-0.1)}),
        Call("step", step, _step, {"k": integer(2, -1, 2**64), "batch_size": integer(0, -1),
                                   "loss": name(None)}),
        Call("settings", _setting, lambda: Settings(dataset="xor").to_dict(), _SETTINGS),
    ]  # fmt: skip
