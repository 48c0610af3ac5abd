"""What metrics are given: class indices and logits, or rows of numbers."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..checks.arrays import raw_array

Doubles = NDArray[np.float64]


def regression(y: ArrayLike, prediction: ArrayLike, function: str) -> tuple[Doubles, Doubles]:
    """Return targets and predictions, both (batch, outputs)."""
    pair = []
    for value, argument in ((y, "y"), (prediction, "prediction")):
        array = raw_array(value, function, argument).astype(np.float64)
        pair.append(array[:, None] if array.ndim == 1 else array)
    if pair[0].shape != pair[1].shape or pair[0].ndim != 2 or pair[0].size == 0:
        raise ValueError(
            f"{function}: y and prediction must have one shape, (batch,) or (batch, outputs), and "
            f"hold rows, got {np.shape(y)} and {np.shape(prediction)}"
        )
    return pair[0], pair[1]


def _logits(prediction: ArrayLike, function: str) -> Doubles:
    """Return logits as (batch, classes): z for one logit z per row becomes (0, z)."""
    with np.errstate(invalid="ignore"):  # a signaling NaN is a NaN like any other
        z = raw_array(prediction, function, "prediction").astype(np.float64)
    if z.ndim == 1:
        z = z[:, None]
    if z.ndim != 2 or z.size == 0:
        raise ValueError(
            f"{function}: prediction must have shape (batch, classes), (batch, 1) or (batch,) and "
            f"hold rows, got {np.shape(prediction)}"
        )
    return np.hstack([np.zeros_like(z), z]) if z.shape[1] == 1 else z


def classification(
    y: ArrayLike, prediction: ArrayLike, function: str
) -> tuple[NDArray[np.int64], Doubles]:
    """Return class indices and logits (batch, classes)."""
    z = _logits(prediction, function)
    labels = raw_array(y, function, "y")
    if labels.ndim == 2 and labels.shape[1] == 1:
        labels = labels[:, 0]
    elif labels.ndim == 2 and labels.shape == z.shape:
        labels = labels.argmax(axis=1)
    if labels.shape != (len(z),):
        raise ValueError(
            f"{function}: y must have shape ({len(z)},) or {z.shape} to match the prediction, "
            f"got {np.shape(y)}"
        )
    one_logit = np.ndim(prediction) == 1 or np.shape(prediction)[1] == 1
    if one_logit and labels.min() == -1 and not (labels == 0).any():
        labels = labels > 0  # the hinge loss's -1 and +1
    with np.errstate(invalid="ignore"):  # NaN and infinity are refused below
        classes = labels.astype(np.int64)
    bad = (classes != labels) | (classes < 0) | (classes >= z.shape[1])
    if bad.any():
        row = int(np.flatnonzero(bad)[0])
        raise ValueError(
            f"{function}: y must hold class indices in [0, {z.shape[1] - 1}], "
            f"got {labels[row]} at row {row}"
        )
    return classes, z
