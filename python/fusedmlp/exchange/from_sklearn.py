"""Fitted networks of scikit-learn (or of fusedmlp.sklearn) as layers, by their attributes."""

from __future__ import annotations

from typing import Any

from ..checks.arrays import Array
from .taken import Taken, float_values

_F = "accelerate"
_NAMES = {"logistic": "sigmoid", "identity": "identity", "tanh": "tanh", "relu": "relu"}


def take_sklearn(estimator: Any) -> Taken:
    """Return the layers of a fitted MLPClassifier or MLPRegressor.

    What comes out is the prediction of a regressor, or the probabilities of a classifier; of two
    classes that of the second.
    """
    if not hasattr(estimator, "coefs_"):
        raise ValueError(f"{_F}: the {type(estimator).__name__} must be fitted")
    taken = Taken(_F)
    weights: list[Array] = [float_values(W, _F, "coefs_") for W in estimator.coefs_]
    biases: list[Array] = [float_values(b, _F, "intercepts_") for b in estimator.intercepts_]
    hidden = estimator.activation
    for i, (weight, bias) in enumerate(zip(weights, biases, strict=True)):
        last = i == len(weights) - 1
        kind = estimator.out_activation_ if last else hidden
        taken.dense(weight, bias, f"coefs_[{i}]")
        if last and kind == "softmax":
            taken.softmax("out_activation_")
            continue
        if kind not in _NAMES:
            raise ValueError(
                f"{_F}: activation {kind!r} cannot be taken over; supported are "
                f"{', '.join(_NAMES)} and a softmax at the end"
            )
        taken.activation(_NAMES[kind], f"activation of layer {i}")
    return taken.checked()
