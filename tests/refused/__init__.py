"""Calls that work, and the kind of each of their arguments: the table of test_refusals.py.

A call is a function of no arguments that returns fresh ones by name, because what it gets must be
unchanged after each refusal. Ranges are written out here rather than taken from the catalogue:
they are the promise, not the code's idea of it. One file for each room of the package.
"""

from __future__ import annotations

from . import (
    activations,
    arrays,
    callbacks,
    estimators,
    exchange,
    layers,
    losses,
    many,
    models,
    optimizers,
    others,
    playground,
    plotting,
    steps,
    tables,
    tabular,
    training,
)
from .call import Call

__all__ = ["Call", "table"]


def table() -> list[Call]:
    """Return all calls."""
    rooms = (
        activations, losses, steps, arrays, layers, models, training, optimizers, callbacks, many,
        estimators, tables, tabular, exchange, playground, plotting, others,
    )  # fmt: skip
    return [call for room in rooms for call in room.calls()]
