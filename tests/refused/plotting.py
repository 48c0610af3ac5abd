"""Pictures."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

import fusedmlp as fm
from bad_values import POSITIVE, flag, integer, name, needed_array, sequence

from .call import Call, floats, model

_NO_MODEL = sequence((3, TypeError), (None, TypeError), ("net", TypeError), (fm.History, TypeError))
_NO_AXES = sequence((3, TypeError), ("axes", TypeError), ([], TypeError), (object(), TypeError))


def _histories() -> dict[str, Any]:
    return {"a": fm.History([0, 1], {"loss": [2.0, 1.0]})}


class _Closed:
    """The functions of fm.plotting, whose figures pyplot must not keep."""

    def __getattr__(self, name: str) -> Callable[..., None]:
        from matplotlib import pyplot

        def draw(**arguments: Any) -> None:
            try:
                getattr(fm.plotting, name)(**arguments)
            finally:
                pyplot.close("all")

        return draw


def calls() -> Iterator[Call]:
    try:
        import matplotlib

        matplotlib.use("agg")
    except ImportError:
        return
    plots = _Closed()
    yield Call(
        "activations",
        plots.activations,
        lambda: {"names": ["relu"], "limit": 3.0},
        {
            "names": sequence(
                (3, TypeError),
                ("relu", TypeError),
                ([], TypeError),
                ([3], TypeError),
                (["rely"], ValueError),
            ),
            "limit": POSITIVE,
        },
        quick=False,
    )
    yield Call(
        "decision_boundary",
        plots.decision_boundary,
        lambda: {
            "model": fm.MLP([2, 3], seed=0),
            "X": floats(4, 2),
            "y": np.array([0, 1, 2, 0]),
            "resolution": 4,
        },
        {
            "model": sequence((3, TypeError), (None, TypeError), (model(), ValueError)),
            "X": needed_array,
            "y": needed_array,
            "ax": _NO_AXES,
            "resolution": integer(0, 1, -1, 4001, 2**64),
        },
        quick=False,
    )
    yield Call(
        "history_curves",
        plots.history_curves,
        lambda: {"history": _histories()["a"]},
        {"history": _NO_MODEL, "ax": _NO_AXES},
        quick=False,
    )
    yield Call(
        "compare",
        plots.compare,
        lambda: {"histories": _histories(), "metric": "loss"},
        {
            "histories": sequence(
                (3, TypeError), ([], TypeError), ({}, ValueError), ({"a": 3}, TypeError)
            ),
            "ax": _NO_AXES,
            "metric": name(None),
            "log": flag,
        },
        quick=False,
    )
    sides = {"width": POSITIVE, "height": POSITIVE}
    yield Call("new_axes", plots.new_axes, dict, sides, quick=False)
    yield Call(
        "weights", plots.weights, lambda: {"model": model()}, {"model": _NO_MODEL}, quick=False
    )
