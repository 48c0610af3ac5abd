"""Metrics of classification, from logits."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..checks.arrays import Array
from ..checks.numbers import integer
from .inputs import Doubles, classification


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
    classes, z = classification(y, prediction, "accuracy")
    return float(np.mean(_predicted(z) == classes))


def balanced_accuracy(y: ArrayLike, prediction: ArrayLike) -> float:
    """Return the recall of each class in `y`, averaged over these classes.

    Examples
    --------
    >>> from fusedmlp import metrics
    >>> metrics.balanced_accuracy([0, 0, 0, 1], [-1.0, -1.0, -1.0, -1.0])
    0.5
    """
    classes, z = classification(y, prediction, "balanced_accuracy")
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
    classes, z = classification(y, prediction, "top_k_accuracy")
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
    classes, z = classification(y, prediction, "log_loss")
    # Not -0.0 for a perfect prediction.
    return float(-_log_softmax(z)[np.arange(len(z)), classes].mean()) + 0.0


def _counts(y: ArrayLike, prediction: ArrayLike, function: str) -> tuple[Doubles, Doubles, Doubles]:
    """Return true positives, predicted and actual positives: of class 1 if there are two classes,
    else of each class that is there or predicted."""
    classes, z = classification(y, prediction, function)
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
    classes, z = classification(y, prediction, "roc_auc")
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
