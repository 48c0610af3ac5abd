"""Rows to train or to be measured on: inputs, targets and weights."""

from __future__ import annotations

from typing import Any, NamedTuple

from numpy.typing import NDArray

Array = NDArray[Any]


class Data(NamedTuple):
    """Inputs (n, in), targets, weights (n,) or None, and whether targets are class indices."""

    x: Array
    target: Array
    weights: Array | None
    classes: bool


def data(x: Array, target: Array, weights: Array | None, classes: bool) -> Data:
    """Return the rows to train or to be measured on."""
    return Data(x, target, weights, classes)
