"""Options of many nets: one value means all alike, a list means one each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import deepcopy
from inspect import Parameter, signature
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..checks.arrays import exact, raw_array
from ..optim import Optimizer
from ..optim import get as get_optimizer
from ..training.callbacks import Callback

Indices = NDArray[np.int64]


def each(value: Any, count: int, function: str, argument: str) -> list[Any]:
    """Return one value for each of `count` nets."""
    if not isinstance(value, (list, tuple)):
        return [value] * count
    if len(value) != count:
        raise ValueError(
            f"{function}: {argument} must be one value for all {count} models or a list of "
            f"{count}, got a list of {len(value)}"
        )
    return list(value)


def each_array(value: Any, count: int, function: str, argument: str) -> list[Any]:
    """Return one array, or None, for each net: a list of numbers is one array for all."""
    return each(_one_array(value), count, function, argument)


def _one_array(value: Any) -> Any:
    if isinstance(value, (list, tuple)) and not any(
        item is None or isinstance(item, (list, tuple)) or np.ndim(item) for item in value
    ):
        return np.asarray(value)
    return value


def each_rows(value: Any, count: int, n: int, function: str, argument: str) -> list[Indices | None]:
    """Return the rows of each net as exact indices; one array is checked once."""
    value = _one_array(value)
    many = isinstance(value, (list, tuple))
    known: dict[int, Indices | None] = {}
    given = each(value, count, function, argument)
    for k, rows in enumerate(given):
        if id(rows) not in known:
            name = f"{argument}[{k}]" if many else argument
            known[id(rows)] = None if rows is None else _indices(rows, n, function, name)
    return [known[id(rows)] for rows in given]


def _indices(rows: Any, n: int, function: str, argument: str) -> Indices:
    array = raw_array(rows, function, argument)
    if array.dtype.kind == "b" and array.shape == (n,):
        array = np.flatnonzero(array)
    if array.ndim != 1 or array.size == 0 or array.dtype.kind not in "iu":
        raise ValueError(
            f"{function}: {argument} must be whole numbers of shape (m,), m > 0, or a mask of "
            f"shape ({n},), got {array.dtype} of shape {array.shape}"
        )
    low, high = int(array.min()), int(array.max())
    if low < 0 or high >= n:
        raise ValueError(
            f"{function}: {argument} must be in [0, {n - 1}], got {low if low < 0 else high}"
        )
    return exact(array, np.int64)


def each_optimizer(value: Any, count: int, function: str) -> list[Optimizer]:
    """Return an optimizer for each net; one object for all stands for copies of itself."""
    given = each(value, count, function, "optimizers")
    if not isinstance(value, (list, tuple)):
        first = get_optimizer(value, function)
        return [first] if count == 1 else [deepcopy(first) for _ in range(count)]
    chosen = [get_optimizer(item, function) for item in given]
    refuse_twice(chosen, function, "optimizers", "its moments belong to one net")
    return chosen


def each_callbacks(value: Any, count: int, function: str) -> list[list[Callback]]:
    """Return the callbacks of each net: from a factory, or from a list of one list each."""
    if value is None:
        return [[] for _ in range(count)]
    if callable(value):
        made = _calls(value, count)
    elif isinstance(value, (list, tuple)) and not any(isinstance(v, Callback) for v in value):
        made = each(value, count, function, "callbacks")
    else:
        raise TypeError(
            f"{function}: callbacks must be a function that makes a net's callbacks, or a list of "
            f"one list for each model, because a callback belongs to one net; got {value!r}"
        )
    lists = [_as_list(item) for item in made]
    refuse_twice(
        [c for item in lists for c in item], function, "callbacks", "a callback belongs to one net"
    )
    return lists


def _calls(factory: Callable[..., Any], count: int) -> list[Any]:
    """Call a factory for each net, with the net's number if it takes one."""
    kinds = (Parameter.POSITIONAL_ONLY, Parameter.POSITIONAL_OR_KEYWORD)
    needed = [
        p
        for p in signature(factory).parameters.values()
        if p.kind in kinds and p.default is Parameter.empty
    ]
    return [factory(k) if needed else factory() for k in range(count)]


def _as_list(item: Any) -> list[Any]:
    if item is None:
        return []
    return list(item) if isinstance(item, (list, tuple)) else [item]


def refuse_twice(items: Sequence[object], function: str, argument: str, why: str) -> None:
    """Refuse an object that stands twice in a list of one each."""
    first: dict[int, int] = {}
    for k, item in enumerate(items):
        if first.setdefault(id(item), k) != k:
            raise ValueError(
                f"{function}: {argument}[{first[id(item)]}] and {argument}[{k}] are one object, "
                f"but {why}"
            )
