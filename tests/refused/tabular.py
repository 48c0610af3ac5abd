"""Estimators of tables: their parameters, tables and targets."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from bad_values import NOT_NEGATIVE, POSITIVE, Kind, integer, name, number, sequence, without

from .call import PATH, Call, floats

# scikit-learn's validators call a wrong kind a ValueError too, and take True for 1.
_BOOLS = ("True", "np.True_")


def _words(kind: Kind, *whats: str) -> Kind:
    def either(good: Any) -> Any:
        return [row._replace(error=(TypeError, ValueError)) for row in without(kind, *whats)(good)]

    return either


_COUNT = _words(integer(0, -1), "True")
_RATE = _words(number(-0.1, 1.0), *_BOOLS)
_PARAMETERS = {
    "preset": _words(name(None)),
    "hidden_layer_sizes": sequence(
        (0, ValueError), ((5, 0), ValueError), ((5, -1), ValueError), ((2.5,), TypeError),
        ("wide", ValueError), (None, ValueError),
    ),
    "n_members": _COUNT,
    "epochs": _COUNT,
    "batch_size": _COUNT,
    "embedding": _words(name(None)),
    "dropout": _RATE,
    "weight_decay": _words(NOT_NEGATIVE, *_BOOLS),
    "label_smoothing": _RATE,
    "learning_rate_init": _words(POSITIVE, *_BOOLS),
    "activation": _words(name(None)),
    "validation_fraction": _words(number(0.0, 1.0, -0.1), *_BOOLS),
    "scoring": sequence(("best", ValueError), (3, ValueError), (["accuracy"], ValueError)),
    "categorical_features": sequence(
        (3, ValueError), (None, ValueError), ("all", ValueError), ([4], ValueError),
        ([-5], ValueError), (["nothing"], ValueError), ([0.5], ValueError),
        ([True, False], ValueError), ([[0, 1]], ValueError),
    ),
    "max_seconds": _words(POSITIVE, *_BOOLS, "None"),
    "num_threads": _words(integer(0, -1), "True", "None"),
    "random_state": sequence(("seed", ValueError), (-1, ValueError), (1.5, ValueError)),
    "verbose": sequence(("loud", ValueError), (-1, ValueError), (None, ValueError)),
}  # fmt: skip
_ROWS = (
    (3, (TypeError, ValueError)),
    (None, (TypeError, ValueError)),
    ("text", (TypeError, ValueError)),
    (np.zeros(8), ValueError),
    (np.zeros((8, 4, 1)), ValueError),
    (np.zeros((0, 4)), ValueError),
    (np.zeros((8, 0)), ValueError),
    (np.full((8, 4), np.inf), ValueError),
    (np.zeros((8, 4), complex), ValueError),
)
_TABLE = sequence(*_ROWS, (floats(9, 4), ValueError), (np.zeros((8, 4)), ValueError))
_TARGET = sequence(
    (3, (TypeError, ValueError)),
    (None, ValueError),
    (np.zeros((8, 2, 1)), ValueError),
    (np.zeros(7), ValueError),
    (np.zeros(0), ValueError),
    (np.array([0, 1] * 3 + [0, np.nan]), ValueError),
    (np.array([0, 1] * 3 + [0, np.inf]), ValueError),
    (np.array([0, 1] * 4, complex), ValueError),
    (np.array(["a", None] * 4, object), (TypeError, ValueError)),
)
_WEIGHTS = sequence(
    (np.ones(7), ValueError),
    (np.ones((8, 2)), ValueError),
    (np.zeros(8), ValueError),
    (-np.ones(8), ValueError),
    (np.full(8, np.nan), ValueError),
    ("even", (TypeError, ValueError)),
)
_EVAL_SET = sequence(
    (3, TypeError),
    ((), TypeError),
    ((floats(8, 4),), TypeError),
    ((floats(8, 3), np.array([0, 1] * 4)), ValueError),
    ((floats(8, 4), np.array([0, 1] * 3)), ValueError),
    ((floats(8, 4), np.array([0, 1] * 4), np.ones(3)), ValueError),
)


def _good() -> dict[str, Any]:
    return {"X": floats(8, 4), "y": np.array([0, 1] * 4)}


def calls() -> Iterator[Call]:
    try:
        import fusedmlp.sklearn as estimators
    except ImportError:  # scikit-learn is not installed
        return
    small = {"hidden_layer_sizes": 4, "n_members": 1, "epochs": 1, "random_state": 0}
    own = {
        estimators.TabularClassifier: {
            "class_weight": sequence(
                ("even", ValueError), (3, ValueError), ({5: 1.0}, ValueError), ([1.0], ValueError)
            ),
        },
        estimators.TabularRegressor: {
            "loss": _words(name(None)),
            "quantiles": sequence(
                (0.5, ValueError), ([], ValueError), ([0.0], ValueError), ([1.0], ValueError),
                ([0.9, 0.1], ValueError), ([0.5, 0.5], ValueError), ([np.nan], ValueError),
                (["low"], ValueError), ("low", ValueError),
            ),
            "clip_to_training_range": sequence(
                ("yes", ValueError), (None, ValueError), (2, ValueError)
            ),
            "class_weight": sequence(("balanced", ValueError), ({0: 1.0}, ValueError)),
        },
    }  # fmt: skip
    for kind, parameters in own.items():

        def fit(
            X: Any, y: Any, sample_weight: Any = None, eval_set: Any = None,
            kind: Any = kind, **options: Any,
        ) -> None:  # fmt: skip
            kind(**{**small, **options}).fit(X, y, sample_weight, eval_set=eval_set)

        yield Call("", fit, _good, {**_PARAMETERS, **parameters}, quick=False)
        data = {"X": _TABLE, "y": _TARGET, "sample_weight": _WEIGHTS, "eval_set": _EVAL_SET}
        yield Call("", fit, _good, data, quick=False, named=False)
        fitted = kind(**small).fit(**_good())
        yield Call(
            "", kind.predict, lambda fitted=fitted: {"self": fitted, "X": floats(3, 4)},
            {"X": sequence(*_ROWS)}, quick=False, named=False,
        )  # fmt: skip
        yield Call(
            "save", kind.save, lambda fitted=fitted: {"self": fitted, "path": "m"},
            {"path": PATH}, quick=False,
        )  # fmt: skip
    yield Call("load", estimators.load, lambda: {"path": "m"}, {"path": PATH}, False, False)
