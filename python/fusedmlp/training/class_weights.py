"""Rows weighed by their classes, on top of their own weights."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..checks.arrays import Array
from ..checks.weights import class_table
from ..core.catalogue import LOSSES
from ..losses.loss import Loss
from .task import Task, weighed


def weigh_classes(
    task: Task, class_weight: Any, function: str, counts: Array | None = None
) -> Task:
    """Return the task with its rows weighed by their classes; validation data are not.

    Parameters
    ----------
    task : Task
    class_weight : dict, array_like or "balanced"
    function : str
        For messages.
    counts : numpy.ndarray, shape (classes,), optional
        How many rows each class has; None counts those of `task`.
    """
    if counts is None:
        counts = class_counts(task, function)
    classes, zero = _classes(task, function)
    table = class_table(class_weight, counts, function, zero=zero)
    return weighed(task, table[classes] if classes.ndim == 1 else classes @ table, function)


def class_counts(task: Task, function: str) -> Array:
    """Return how many rows of a task each class has: a sum of shares, where targets are shares."""
    classes, _ = _classes(task, function)
    rows = slice(None) if task.rows is None else task.rows
    if classes.ndim == 1:
        return np.bincount(classes[rows], minlength=task.outputs)
    total: Array = classes[rows].sum(axis=0)
    return total


def _classes(task: Task, function: str) -> tuple[Array, int]:
    """Return the class of each row of the data, or its share of each class; and the target that
    means class 0."""
    target = task.target
    if task.classes and target.ndim == 1:
        if target.min() < 0:  # of a loss of the user's own
            row = int(np.argmax(target < 0))
            raise ValueError(
                f"{function}: class_weight needs classes from 0 on, got y = {target[row]} at "
                f"row {row}"
            )
        return target, 0
    shares = target.astype(np.float64)
    traits = task.loss.row if isinstance(task.loss, Loss) else None
    if traits is not None and traits.two_classes is not None and task.outputs == 1:
        zero, one = traits.two_classes
        positive = (shares - zero) / (one - zero)
        return np.hstack([1 - positive, positive]), int(zero)
    if traits is None or not traits.classes:
        classes = ", ".join(name for name, row in LOSSES.items() if row.classes)
        two = " or ".join(name for name, row in LOSSES.items() if row.two_classes)
        raise ValueError(
            f"{function}: class_weight needs classes: {classes}, {two} "
            f"with one output, or a loss of your own with integers in y"
        )
    return shares, 0
