"""Metrics: ``metric(y, prediction) -> float`` with the model's raw output as prediction.

For classification the prediction holds logits, not probabilities: (batch, classes) for class
indices, or one logit per row, (batch,) or (batch, 1), for two classes, where a logit above 0 says
class 1. `y` holds class indices (batch,), rows of probabilities or one-hot rows (batch, classes)
(the largest counts), or for one logit per row the classes 0 and 1, or -1 and +1.
For regression both have shape (batch,) or (batch, outputs); results are averaged over the outputs.

Values agree with ``sklearn.metrics``, whose functions take classes or probabilities instead.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .checks.arrays import Array, raw_array
from .checks.numbers import choice, integer

Doubles = NDArray[np.float64]
Metric = Callable[[Any, Any], float]


def _regression(y: ArrayLike, prediction: ArrayLike, function: str) -> tuple[Doubles, Doubles]:
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
    """Logits as (batch, classes): z for one logit z per row becomes (0, z)."""
    z = raw_array(prediction, function, "prediction").astype(np.float64)
    if z.ndim == 1:
        z = z[:, None]
    if z.ndim != 2 or z.size == 0:
        raise ValueError(
            f"{function}: prediction must have shape (batch, classes), (batch, 1) or (batch,) and "
            f"hold rows, got {np.shape(prediction)}"
        )
    return np.hstack([np.zeros_like(z), z]) if z.shape[1] == 1 else z


def _classification(
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
    classes = labels.astype(np.int64)
    bad = (classes != labels) | (classes < 0) | (classes >= z.shape[1])
    if bad.any():
        row = int(np.flatnonzero(bad)[0])
        raise ValueError(
            f"{function}: y must hold class indices in [0, {z.shape[1] - 1}], "
            f"got {labels[row]} at row {row}"
        )
    return classes, z


def _predicted(z: Doubles) -> NDArray[np.int64]:
    result: NDArray[np.int64] = z.argmax(axis=1)
    return result


def _log_softmax(z: Doubles) -> Doubles:
    with np.errstate(all="ignore"):
        shifted = z - z.max(axis=1, keepdims=True)
        result: Doubles = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return result


def accuracy(y: ArrayLike, prediction: ArrayLike) -> float:
    """Return the share of rows whose largest logit is that of their class.

    With one logit per row, class 1 is predicted above 0. Ties go to the lowest class.

    Examples
    --------
    >>> from fusedmlp import metrics
    >>> metrics.accuracy([0, 1, 1], [[2.0, 1.0], [0.0, 3.0], [1.0, 0.0]])
    0.6666666666666666
    >>> metrics.accuracy([0, 1], [-0.5, 0.5])
    1.0
    """
    classes, z = _classification(y, prediction, "accuracy")
    return float(np.mean(_predicted(z) == classes))


def balanced_accuracy(y: ArrayLike, prediction: ArrayLike) -> float:
    """Return the recall of each class in `y`, averaged over these classes.

    Examples
    --------
    >>> from fusedmlp import metrics
    >>> metrics.balanced_accuracy([0, 0, 0, 1], [-1.0, -1.0, -1.0, -1.0])
    0.5
    """
    classes, z = _classification(y, prediction, "balanced_accuracy")
    hit = _predicted(z) == classes
    return float(np.mean([hit[classes == c].mean() for c in np.unique(classes)]))


def top_k_accuracy(y: ArrayLike, prediction: ArrayLike, k: int = 5) -> float:
    """Return the share of rows whose class is among the `k` largest logits.

    Of equal logits the higher class comes first, as in ``sklearn.metrics.top_k_accuracy_score``.
    For another `k` in ``fit`` pass ``functools.partial(top_k_accuracy, k=3)``.

    Examples
    --------
    >>> from fusedmlp import metrics
    >>> metrics.top_k_accuracy([0, 2], [[2.0, 3.0, 1.0], [5.0, 4.0, 3.0]], k=2)
    0.5
    """
    classes, z = _classification(y, prediction, "top_k_accuracy")
    k = integer(k, "top_k_accuracy", "k", low=1)
    best = np.argsort(z, axis=1, kind="stable")[:, ::-1][:, :k]
    return float(np.mean((best == classes[:, None]).any(axis=1)))


def log_loss(y: ArrayLike, prediction: ArrayLike) -> float:
    """Return the mean cross-entropy ``-log softmax(prediction)[y]`` over the rows.

    Examples
    --------
    >>> from fusedmlp import metrics
    >>> round(metrics.log_loss([0, 1], [[2.0, 0.0], [0.0, 0.0]]), 6)
    0.410038
    """
    classes, z = _classification(y, prediction, "log_loss")
    # Not -0.0 for a perfect prediction.
    return float(-_log_softmax(z)[np.arange(len(z)), classes].mean()) + 0.0


def _counts(y: ArrayLike, prediction: ArrayLike, function: str) -> tuple[Doubles, Doubles, Doubles]:
    """Return true positives, predicted and actual positives: of class 1 if there are two classes,
    else of each class that is there or predicted."""
    classes, z = _classification(y, prediction, function)
    predicted, n = _predicted(z), z.shape[1]
    hits = np.bincount(classes[predicted == classes], minlength=n).astype(np.float64)
    said = np.bincount(predicted, minlength=n).astype(np.float64)
    real = np.bincount(classes, minlength=n).astype(np.float64)
    used = np.arange(n) == 1 if n == 2 else said + real > 0
    return hits[used], said[used], real[used]


def _mean_ratio(top: Doubles, bottom: Doubles) -> float:
    """Mean of the quotients; 0 where there is nothing to divide by."""
    return float(np.mean(np.divide(top, bottom, out=np.zeros_like(top), where=bottom > 0)))


def precision(y: ArrayLike, prediction: ArrayLike) -> float:
    """Return true positives / predicted positives of class 1; with more than two classes the mean
    over the classes (macro average). 0 where nothing was predicted.

    Examples
    --------
    >>> from fusedmlp import metrics
    >>> metrics.precision([0, 1, 1], [1.0, 1.0, -1.0])
    0.5
    """
    hits, said, _ = _counts(y, prediction, "precision")
    return _mean_ratio(hits, said)


def recall(y: ArrayLike, prediction: ArrayLike) -> float:
    """Return true positives / actual positives of class 1; with more than two classes the mean
    over the classes (macro average). 0 where there are none.

    Examples
    --------
    >>> from fusedmlp import metrics
    >>> metrics.recall([0, 1, 1], [1.0, 1.0, -1.0])
    0.5
    """
    hits, _, real = _counts(y, prediction, "recall")
    return _mean_ratio(hits, real)


def f1(y: ArrayLike, prediction: ArrayLike) -> float:
    """Return ``2 TP / (predicted + actual positives)`` of class 1, the harmonic mean of precision
    and recall; with more than two classes the mean over the classes (macro average).

    Examples
    --------
    >>> from fusedmlp import metrics
    >>> metrics.f1([0, 1, 1], [1.0, 1.0, -1.0])
    0.5
    """
    hits, said, real = _counts(y, prediction, "f1")
    return _mean_ratio(2 * hits, said + real)


def roc_auc(y: ArrayLike, prediction: ArrayLike) -> float:
    """Return the area under the ROC curve: the chance that a row of class 1 scores above one of
    class 0, ties counting half. With more than two classes each against the rest by its softmax
    probability, averaged. NaN where a class has no rows or all of them.

    Examples
    --------
    >>> from fusedmlp import metrics
    >>> metrics.roc_auc([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8])
    0.75
    """
    classes, z = _classification(y, prediction, "roc_auc")
    if z.shape[1] == 2:
        return _binary_auc(classes == 1, z[:, 1] - z[:, 0])
    q = np.exp(_log_softmax(z))
    return float(np.mean([_binary_auc(classes == c, q[:, c]) for c in range(z.shape[1])]))


def _binary_auc(positive: Array, score: Doubles) -> float:
    """Mann-Whitney: from the ranks of the positive rows, ties at their mean rank."""
    count = int(positive.sum())
    if count in (0, len(positive)):
        return float("nan")
    _, which, size = np.unique(score, return_inverse=True, return_counts=True)
    mean_rank = np.cumsum(size) - (size - 1) / 2
    ranks = float(mean_rank[which.reshape(-1)][positive].sum())
    return (ranks - count * (count + 1) / 2) / (count * (len(positive) - count))


def mse(y: ArrayLike, prediction: ArrayLike) -> float:
    """Return the mean of ``(y - prediction)^2``.

    Examples
    --------
    >>> from fusedmlp import metrics
    >>> metrics.mse([0.0, 4.0], [1.0, 2.0])
    2.5
    """
    t, x = _regression(y, prediction, "mse")
    return float(np.mean((t - x) ** 2))


def rmse(y: ArrayLike, prediction: ArrayLike) -> float:
    """Return the square root of the mean squared error, taken for each output, then averaged.

    Examples
    --------
    >>> from fusedmlp import metrics
    >>> metrics.rmse([0.0, 4.0], [4.0, 0.0])
    4.0
    """
    t, x = _regression(y, prediction, "rmse")
    return float(np.mean(np.sqrt(np.mean((t - x) ** 2, axis=0))))


def mae(y: ArrayLike, prediction: ArrayLike) -> float:
    """Return the mean of ``|y - prediction|``.

    Examples
    --------
    >>> from fusedmlp import metrics
    >>> metrics.mae([0.0, 4.0], [1.0, 2.0])
    1.5
    """
    t, x = _regression(y, prediction, "mae")
    return float(np.mean(np.abs(t - x)))


def r2(y: ArrayLike, prediction: ArrayLike) -> float:
    """Return ``1 - sum (y - prediction)^2 / sum (y - mean(y))^2``, averaged over the outputs.

    1 is perfect, 0 no better than the mean. For a constant `y`: 1 if predicted exactly, else 0.

    Examples
    --------
    >>> from fusedmlp import metrics
    >>> metrics.r2([1.0, 2.0, 3.0], [1.0, 2.0, 2.0])
    0.5
    """
    t, x = _regression(y, prediction, "r2")
    if len(t) < 2:
        return float("nan")
    rest = np.sum((t - x) ** 2, axis=0)
    spread = np.sum((t - t.mean(axis=0)) ** 2, axis=0)
    constant = spread == 0
    ratio = np.divide(rest, spread, out=(rest > 0).astype(np.float64), where=~constant)
    return float(np.mean(1 - ratio))


METRICS: dict[str, Metric] = {
    f.__name__: f
    for f in (
        accuracy, balanced_accuracy, top_k_accuracy, log_loss, precision, recall, f1, roc_auc,
        mse, rmse, mae, r2,
    )
}  # fmt: skip

# "mode" of what watches a metric: for these less is better.
LOWER_IS_BETTER = ("log_loss", "mse", "rmse", "mae")

# When a metric is NaN although the model's outputs are numbers.
NAN_WHEN = {
    "r2": "r2 needs at least two rows",
    "roc_auc": "roc_auc needs rows of every class",
}


def get(metric: str | Metric, function: str = "metrics") -> Metric:
    """Return the metric of a name; a callable as it is.

    Examples
    --------
    >>> from fusedmlp import metrics
    >>> metrics.get("mae")([1.0], [3.0])
    2.0
    """
    if callable(metric):
        return metric
    return METRICS[choice(metric, function, "metric", tuple(METRICS))]


def name_of(metric: str | Metric) -> str:
    """Return the name under which a metric appears in logs: its ``__name__``.

    That of the function inside a ``functools.partial`` which has none of its own.

    Examples
    --------
    >>> from functools import partial
    >>> from fusedmlp import metrics
    >>> metrics.name_of(partial(metrics.top_k_accuracy, k=3)), metrics.name_of("r2")
    ('top_k_accuracy', 'r2')
    """
    if isinstance(metric, str):
        return metric
    inner = metric if hasattr(metric, "__name__") else getattr(metric, "func", metric)
    return str(getattr(inner, "__name__", type(inner).__name__))
