"""Rows of an estimator in the form of the engine: for training, and for validation."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from sklearn.model_selection import train_test_split
from sklearn.utils.validation import _check_sample_weight

from ..checks.arrays import Array
from ..checks.rows import readable
from ..losses import Loss
from ..sequential import Sequential
from ..training.task import Task
from .heads import Head


@dataclass(frozen=True)
class Held:
    """Rows held out: as the engine takes them, and as the user gave them."""

    task: Task
    X: Array
    y: Any
    sample_weight: Array | None


def make_task(X: Array, target: Array, weights: Array | None, head: Head) -> Task:
    """Return checked rows as a task; targets are class indices (n,) or values (n, outputs)."""
    classes = target.ndim == 1
    target = target if classes else readable(target)
    if not isinstance(head.loss, Loss):
        return Task(X, target, weights, head.outputs, head.loss, head.loss, (), classes)
    params = head.loss.kernel_params(head.outputs, "fit")
    return Task(X, target, weights, head.outputs, head.loss, head.loss.name, params, classes)


def checked_weights(sample_weight: Any, X: Array) -> Array | None:
    """Return the weights of the rows as float64, or None where all weigh 1."""
    if sample_weight is None:
        return None
    weights: Array = np.asarray(_check_sample_weight(sample_weight, X), np.float64)
    if (weights < 0).any():
        row = int(np.argmax(weights < 0))
        raise ValueError(f"sample_weight must not be negative, got {weights[row]:g} at row {row}")
    if not weights.any():
        raise ValueError("sample_weight must not be zero for all rows.")
    return weights


def split(
    task: Task, y: Any, sample_weight: Array | None, fraction: float, stratify: Array | None,
    random_state: np.random.RandomState,
) -> tuple[Task, Held]:  # fmt: skip
    """Hold out rows for early stopping: those that scikit-learn holds out for this random state.

    `sample_weight` is that of the user; the task's weights may hold those of classes too.
    """
    train, held = train_test_split(
        np.arange(len(task.x)), random_state=random_state, test_size=fraction, stratify=stratify
    )
    if len(held) < 2:
        raise ValueError(
            "The validation set is too small. Increase 'validation_fraction' "
            "or the size of your dataset."
        )
    if task.weights is not None and not task.weights[train].any():
        raise ValueError("sample_weight is zero for all rows that are not held out.")
    weights = None if sample_weight is None else sample_weight[held]
    if weights is not None and not weights.any():
        weights = None  # every row of the held-out part counts the same
    X, labels = task.x[held], y[held]
    part = replace(task, x=X, target=task.target[held], weights=weights)
    return replace(task, rows=train), Held(part, X, labels, weights)


class Watch:
    """What is measured on held-out rows after each epoch."""

    def __init__(self, network: Sequential, held: Held, head: Head, threads: int) -> None:
        self.held, self._head = held, head
        self._job = held.task.job(network, None, {"num_threads": threads})
        self.outputs = np.empty((held.task.size, head.outputs), network.dtype)

    def loss(self) -> float:
        """Return the reported loss, and leave the network's outputs in ``outputs``."""
        task, head = self.held.task, self._head
        result = self._job.evaluate(None, self.outputs, ())
        if isinstance(head.loss, Loss):
            value = result["loss_sum"] / result["weight_sum"]
        else:
            target = np.asarray(task.target, self.outputs.dtype)
            value = head.loss(self.outputs, target, task.weights)[0]
        rest = head.constants(task.target)
        if rest is not None:
            value += float(np.average(rest, weights=task.weights)) / head.reported
        return float(head.reported * value)
