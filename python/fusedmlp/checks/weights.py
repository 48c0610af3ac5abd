"""Weights of rows and of classes: one factor for each row, or a clear error."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .arrays import Array, finite, float_array
from .losses import LossSettings
from .numbers import number

Doubles = NDArray[np.float64]


def row_weights(
    sample_weight: ArrayLike | None, rows: int, function: str, *, argument: str = "sample_weight"
) -> Doubles | None:
    """Return the weights of the rows as float64, or None where all weigh 1."""
    if sample_weight is None:
        return None
    weights = float_array(sample_weight, function, argument, dtype=np.float64)
    if weights.shape != (rows,):
        raise ValueError(
            f"{function}: {argument} must have shape ({rows},) to match the rows, "
            f"got {weights.shape}"
        )
    finite(weights, function, argument)
    if (weights < 0).any():
        row = int(np.flatnonzero(weights < 0)[0])
        raise ValueError(
            f"{function}: {argument} must not be negative, got {weights[row]:g} at row {row}"
        )
    if rows and not weights.any():
        raise ValueError(f"{function}: {argument} must not be all zero")
    return weights


def class_factors(loss: LossSettings, target: Array, outputs: int, function: str) -> Doubles | None:
    """Return each row's factor from the loss's class weights: that of its class, or their mean
    under its probabilities; None without class weights. `target` is that of `prepare_target`.
    """
    if loss.class_weight is None:
        return None
    each: Doubles = class_weights(loss.class_weight, np.arange(outputs), outputs, function)
    factors = each[target] if target.ndim == 1 else target.astype(np.float64) @ each
    if len(factors) and not factors.any():
        raise ValueError(f"{function}: class_weight gives every row the weight zero")
    return factors


def class_weights(class_weight: Any, classes: Array, outputs: int, function: str) -> Array:
    """Return each row's factor from a dict, an array (one per class) or "balanced"."""
    counts = np.bincount(classes, minlength=outputs)
    return class_table(class_weight, counts, function)[classes]


def class_table(class_weight: Any, counts: Array, function: str) -> Array:
    """Return each class's factor; `counts` says how many rows each class has."""
    outputs = len(counts)
    if isinstance(class_weight, str):
        if class_weight != "balanced":
            raise ValueError(
                f"{function}: class_weight must be a dict, an array or 'balanced', "
                f"got {class_weight!r}"
            )
        present = np.where(counts > 0, counts, 1)
        factors = counts.sum() / (np.count_nonzero(counts) * present)
    elif isinstance(class_weight, dict):
        factors = np.ones(outputs)
        for key, value in class_weight.items():
            if not isinstance(key, (int, np.integer)) or not 0 <= key < outputs:
                raise ValueError(
                    f"{function}: class_weight has the key {key!r}, "
                    f"but classes are 0 to {outputs - 1}"
                )
            factors[key] = number(value, function, "class_weight", low=0.0)
    else:
        factors = float_array(class_weight, function, "class_weight", dtype=np.float64)
        if factors.shape != (outputs,):
            raise ValueError(
                f"{function}: class_weight must have shape ({outputs},), got {factors.shape}"
            )
    if not np.isfinite(factors).all() or (factors < 0).any():
        raise ValueError(f"{function}: class_weight must be finite and not negative")
    return np.asarray(factors, dtype=np.float64)
