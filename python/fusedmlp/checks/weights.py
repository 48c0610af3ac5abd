"""Weights of rows and of classes: one factor for each row, or a clear error."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .arrays import Array, finite, float_array
from .classes import class_entries, class_vector, is_table
from .losses import LossSettings
from .names import hint

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
    each: Doubles = class_table(loss.class_weight, np.ones(outputs, dtype=np.int64), function)
    factors = each[target] if target.ndim == 1 else target.astype(np.float64) @ each
    if len(factors) and not factors.any():
        raise ValueError(f"{function}: class_weight gives every row the weight zero")
    return factors


def class_table(class_weight: Any, counts: Array, function: str, *, zero: int = 0) -> Array:
    """Return each class's factor; `counts` says how many rows each class has.

    `zero` is the target of class 0, which may stand for it in a table: -1 for hinge.
    """
    outputs = len(counts)
    if isinstance(class_weight, str):
        if class_weight.lower() != "balanced":
            raise ValueError(
                f"{function}: class_weight must be a dict, an array or 'balanced', "
                f"got {class_weight!r}{hint(class_weight, ('balanced',))}"
            )
        present = np.where(counts > 0, counts, 1)
        factors = counts.sum() / (np.count_nonzero(counts) * present)
        return np.asarray(factors, dtype=np.float64)
    if is_table(class_weight):
        factors = np.ones(outputs)
        for key, value in class_entries(class_weight, function).items():
            at = 0 if key == zero else key
            if not 0 <= at < outputs:
                raise ValueError(
                    f"{function}: class_weight has the key {key!r}, "
                    f"but classes are 0 to {outputs - 1}"
                )
            factors[at] = value
        return factors
    factors = class_vector(class_weight, function)
    if factors.shape != (outputs,):
        raise ValueError(
            f"{function}: class_weight must have shape ({outputs},), one number per class, "
            f"got {factors.shape}"
        )
    return factors
