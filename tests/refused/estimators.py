"""Estimators with scikit-learn's interface."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np

from bad_values import NOT_NEGATIVE, POSITIVE, SHARE, integer, name, number, sequence, without

from .call import Call, each, floats


def calls() -> Iterator[Call]:
    try:
        from fusedmlp.sklearn import MLPClassifier, MLPRegressor
    except ImportError:  # scikit-learn is not installed
        return
    kinds = {
        "hidden_layer_sizes": sequence(
            (0, ValueError), ((5, 0), ValueError), ((5, -1), ValueError)
        ),
        "alpha": each(without(NOT_NEGATIVE, "True", "np.True_")),
        "learning_rate_init": each(without(POSITIVE, "True", "np.True_")),
        "max_iter": without(integer(0, -1), "True"),
        "tol": each(without(NOT_NEGATIVE, "True", "np.True_")),
        "momentum": each(without(SHARE, "True", "np.True_")),
        "beta_1": each(without(number(-0.1, 1.0), "True", "np.True_")),
        "activation": each(name(None)),
        "solver": name(None),
        "learning_rate": name(None),
        "validation_fraction": each(without(number(-0.1, 1.0), "True", "np.True_")),
    }
    for estimator in (MLPClassifier, MLPRegressor):

        def fit(X: Any, y: Any, estimator: Any = estimator, **options: Any) -> None:
            with warnings.catch_warnings():  # one epoch is not enough for anything
                warnings.simplefilter("ignore")
                estimator(max_iter=1).set_params(**options).fit(X, y)

        # The messages are in scikit-learn's own words.
        yield Call(
            "", fit, lambda: {"X": floats(8, 4), "y": np.array([0, 1] * 4)}, kinds, quick=False
        )
