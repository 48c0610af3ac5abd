"""Data of many nets: checked once for all that take them alike, and never copied."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import replace
from typing import Any

from numpy.typing import ArrayLike

from ..checks.rows import input_rows
from ..losses.loss import Loss
from ..losses.loss import get as get_loss
from ..model.passes import Passes
from ..training.outputs import last_activation
from ..training.task import Task, prepare_task
from .each import Indices


class Tasks:
    """`X` and `y` as the tasks of many nets, which share all arrays."""

    def __init__(self, X: ArrayLike, y: ArrayLike, function: str) -> None:
        self.x, self.y, self.function = input_rows(X, function, "X", None), y, function
        self._known: dict[Hashable, Task] = {}
        self._weights: list[Any] = []  # alive, so that their ids stay theirs

    def of(self, model: Passes, loss: Any, weights: Any, where: str) -> Task:
        """Return all rows for `model`; checked if no net before took them in the same way."""
        width = self.x.shape[1]
        chosen = get_loss(loss, self.function)
        key: Hashable = None
        if model.in_features in (None, width):
            plan = model.planned(width)
            key = (
                model.dtype,
                plan.out_features,
                plan.groups,
                plan.integer_inputs,
                last_activation(plan),
                chosen if isinstance(chosen, Loss) else id(chosen),
                id(weights),
            )
        if key is None or key not in self._known:
            task = prepare_task(model, self.x, self.y, chosen, where, sample_weight=weights)
            self._known[key] = task
            self._weights.append(weights)
        return self._known[key]


def part_of(task: Task, rows: Indices | None, where: str, argument: str) -> Task:
    """Return some rows of a task."""
    if rows is None:
        return task
    if task.weights is not None and not task.weights[rows].any():
        raise ValueError(f"{where}: sample_weight is zero for all of {argument}")
    return replace(task, rows=rows)
