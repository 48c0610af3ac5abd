"""Folds of a cross-validation: which rows train and which are held out, as index arrays."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from ..checks.arrays import Array
from ..checks.numbers import integer
from ..losses.loss import Loss
from ..training.task import Task
from .each import Indices, each_rows

Fold = tuple[Indices, Indices]


def checked_folds(
    folds: Any, n: int, classes: Array | None, seed: int, function: str
) -> list[Fold]:
    """Return the rows to train on and those held out, for each fold.

    Parameters
    ----------
    folds : int or iterable
        A number, or pairs (rows to train on, rows held out).
    n : int
        Number of rows.
    classes : array or None
        Whose shares every fold gets alike.
    seed : int
    function : str
        For messages.
    """
    if isinstance(folds, Iterable) and not isinstance(folds, (str, bytes, np.generic)):
        pairs = list(folds)
        if not pairs or not all(isinstance(p, (tuple, list)) and len(p) == 2 for p in pairs):
            raise TypeError(
                f"{function}: folds must be a number or pairs (rows to train on, rows held out), "
                f"got {folds!r}"
            )
        sides = [
            each_rows([p[side] for p in pairs], len(pairs), n, function, "folds") for side in (0, 1)
        ]
        if any(rows is None for side in sides for rows in side):
            raise TypeError(f"{function}: folds must hold row numbers, got None")
        return list(zip(*sides, strict=True))
    count = integer(folds, function, "folds", low=2)
    if count > n:
        raise ValueError(f"{function}: folds must be at most the number of rows, {n}, got {count}")
    # The shuffled rows of one class after those of another, dealt out in turns.
    rng = np.random.default_rng([seed, 2])
    groups = [np.arange(n)]
    if classes is not None:
        order = np.argsort(classes, kind="stable")
        groups = np.split(order, np.flatnonzero(np.diff(classes[order])) + 1)
    laid = np.concatenate([rng.permutation(group) for group in groups])
    fold_of = np.empty(n, np.int64)
    fold_of[laid] = np.arange(n) % count
    return [(np.flatnonzero(fold_of != k), np.flatnonzero(fold_of == k)) for k in range(count)]


def classes_of(task: Task) -> Array | None:
    """Return the class of each row, or None where targets are values."""
    if task.classes and task.target.ndim == 1:
        return task.target
    two = task.loss.row.two_classes if isinstance(task.loss, Loss) else None
    if two is None or task.outputs > 1:
        return None
    middle = (two[0] + two[1]) / 2
    return (np.asarray(task.target[:, 0]) > middle).astype(np.int64)
