"""How much worse predictions become when a column is shuffled."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..checks.arrays import Array
from ..sequential import Sequential
from ..table import Encoder
from .heads import Head
from .outputs import member_outputs

_ROWS = 2000  # of all members together: the noise of more is smaller than that of the folds


class Sample:
    """Held-out rows of each member, kept until somebody asks what the columns are worth."""

    def __init__(self, X: Array, y: Array, held: list[NDArray[np.int64]], seed: int) -> None:
        rng = np.random.default_rng(seed)
        most = max(1, _ROWS // len(held))
        self.parts = []
        for rows in held:
            rows = rows if len(rows) <= most else np.sort(rng.choice(rows, most, replace=False))
            self.parts.append((X[rows], y[rows]))
        self.seed = seed


def importances(
    encoder: Encoder, head: Head, models: tuple[Sequential, ...], sample: Sample
) -> dict[str, float]:
    """Return, for each column of the table, the rise of the loss when it alone is shuffled.

    The loss is the log-loss of classes, and the mean squared error of values divided by their
    variance (1 - R2). Each member is asked about rows that it has not trained on.
    """
    totals = dict.fromkeys(encoder.names_in_, 0.0)
    rng = np.random.default_rng(sample.seed)
    for model, (X, y) in zip(models, sample.parts, strict=True):
        before = head.measure(member_outputs([model], X), y)
        order = rng.permutation(len(X))
        for name, places in column_places(encoder):
            kept = X[:, places].copy()
            X[:, places] = kept[order]
            totals[name] += head.measure(member_outputs([model], X), y) - before
            X[:, places] = kept
    return {name: total / len(models) for name, total in totals.items()}


def column_places(encoder: Encoder) -> list[tuple[str, list[int]]]:
    """Return which inputs each column of the table became."""
    at = {
        kind: int(columns[0]) if columns.size else 0
        for kind, columns in enumerate(
            (encoder.numeric_columns_, encoder.one_hot_columns_, encoder.category_columns_)
        )
    }
    found: list[tuple[str, list[int]]] = []
    for column in encoder.columns_:
        places: list[int] = []
        parts: tuple[Any, ...] = column.outputs()
        for kind, part in enumerate(parts):
            places += range(at[kind], at[kind] + len(part))
            at[kind] += len(part)
        found.append((column.name, places))
    return found
