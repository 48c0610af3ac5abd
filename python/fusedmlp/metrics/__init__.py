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

from ..checks.numbers import choice
from .classification import (
    accuracy,
    balanced_accuracy,
    f1,
    log_loss,
    precision,
    recall,
    roc_auc,
    top_k_accuracy,
)
from .regression import mae, mse, r2, rmse

Metric = Callable[[Any, Any], float]

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


__all__ = ["LOWER_IS_BETTER", "METRICS", "NAN_WHEN", "Metric", "get", "name_of", *METRICS]
