"""What a model is trained or measured on: rows, targets, weights and loss, checked and ready."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from ..checks.arrays import Array, exact, raw_array
from ..checks.outputs import output_range, refuse_squashed
from ..checks.rows import chunks, finite_rows, input_rows, readable, whole_rows
from ..checks.targets import prepare_target
from ..checks.weights import class_factors, row_weights
from ..core import backend
from ..layers import Built, Chain
from ..losses.loss import Loss
from ..losses.loss import get as get_loss
from ..model.passes import Passes
from ..optim import Optimizer
from .outputs import last_activation, unreachable
from .split import split_rows

if TYPE_CHECKING:
    from ..core._core import Data, Job, Settings

CustomLoss = Callable[[Array, Array, Array | None], tuple[float, Array]]


@dataclass
class Task:
    """Data and loss in the form the engine takes."""

    x: Array  # (n, in_features), any real dtype and layout
    target: Array  # int64 class indices (n,) or (n, groups); or values (n, outputs), any layout
    weights: Array | None  # float64 (n,)
    outputs: int  # of the model
    loss: Loss | CustomLoss
    engine_loss: str | CustomLoss
    loss_params: tuple[float, ...]
    classes: bool  # target holds class indices
    groups: int = 1  # of outputs, with a target each
    rows: Array | None = None  # train on these only

    @property
    def size(self) -> int:
        """Number of rows to train on."""
        return len(self.x) if self.rows is None else len(self.rows)

    def sample(self, count: int) -> Array:
        """Return at most `count` of the rows to train on, evenly spaced."""
        if self.rows is None and self.size <= count:
            return self.x
        at = np.linspace(0, self.size - 1, min(count, self.size)).astype(np.int64)
        return self.x[at if self.rows is None else self.rows[at]]

    def order(self, seed: int, epoch: int, shuffle: bool) -> Array | None:
        """Return the rows of an epoch in its order; None is all rows in the order of the data."""
        if not shuffle:
            return self.rows
        order: Array = backend.core.permutation(seed, epoch, self.size)
        return order if self.rows is None else self.rows[order]

    def out_of_reach(self, plan: Chain) -> str | None:
        """Return a sentence if the last activation of `plan` cannot give some targets."""
        last = last_activation(plan)
        if self.classes or last is None or not isinstance(self.loss, Loss):
            return None
        if output_range(last.name, last.params) == (-np.inf, np.inf):
            return None
        parts = (self.target[part] for part in chunks(self.target))
        ends = [(part.min(), part.max()) for part in parts]
        low, high = min(low for low, _ in ends), max(high for _, high in ends)
        return unreachable(last.name, last.params, float(low), float(high))

    def data(self) -> Data:
        """Return the rows as the engine takes them."""
        return backend.core.data(self.x, self.target, self.weights, self.classes)

    def job(self, model: Passes, optimizer: Optimizer | None, settings: Settings) -> Job:
        """Return the engine's job of training (without an optimizer: of measuring) `model`."""
        core = backend.core
        objective = core.objective(self.engine_loss, self.loss_params, self.groups)
        update = None if optimizer is None else optimizer.kernel(model.theta, model.segments)
        return core.job(model._network, self.data(), objective, update, settings)


def prepare_task(
    model: Passes,
    X: ArrayLike,
    y: ArrayLike,
    loss: Any,
    function: str,
    *,
    sample_weight: ArrayLike | None = None,
) -> Task:
    """Check everything about the data and the loss; the model is only read."""
    x = input_rows(X, function, "X", model.in_features)
    if len(x) == 0:
        raise ValueError(f"{function}: X must have at least one row, got shape {x.shape}")
    finite_rows(x, model.dtype, function, "X")
    plan = model.planned(x.shape[1])
    if plan.integer_inputs:
        whole_rows(x, plan.integer_inputs, function, "X")
    outputs = plan.out_features
    chosen = get_loss(loss, function)
    if isinstance(chosen, Loss):
        last = last_activation(plan)
        if last is not None:
            # "fit: validation_data" is still fit.
            refuse_squashed(chosen.name, *last, function.partition(":")[0])
        target, classes = _target(chosen, y, plan, model.dtype, function, len(x))
    else:
        target = _free_target(y, len(x), function)
        classes = target.ndim == 1
    if not classes:
        finite_rows(target, model.dtype, function, "y")
    weights = row_weights(sample_weight, len(x), function)
    if isinstance(chosen, Loss):
        params = chosen.kernel_params(outputs // plan.groups, function)
        task = Task(x, target, weights, outputs, chosen, chosen.name, params, classes, plan.groups)
        return weighed(task, class_factors(chosen, target, outputs, function), function)
    checked = _checked(chosen, model.dtype, function)
    return Task(x, target, weights, outputs, chosen, checked, (), classes)


def _target(
    loss: Loss, y: ArrayLike, plan: Built, dtype: str, function: str, rows: int
) -> tuple[Array, bool]:
    """Return the checked target, one for each row or one for each of its groups, and whether it
    holds class indices."""
    groups, columns = plan.groups, plan.out_features // plan.groups
    array = y if groups == 1 else raw_array(y, function, "y")
    # A target for each group: classes (n, groups), or values (n, outputs).
    own = groups > 1 and np.ndim(array) == 2 and np.shape(array)[1] in (groups, plan.out_features)
    if own and np.shape(array) != (rows, columns):
        array = np.asarray(array).reshape(len(np.asarray(array)) * groups, -1)
        array = array[:, 0] if array.shape[1] == 1 else array
    else:
        own = False
    count = rows * groups if own else rows
    target = prepare_target(
        loss, array, columns, dtype, function, rows=count, argument="y", convert=False
    )
    classes = target.ndim == 1
    if groups > 1:
        target = target if own else np.repeat(target, groups, axis=0)
        target = np.ascontiguousarray(target.reshape(rows, -1))
    return target, classes


def weighed(task: Task, factors: Array | None, function: str) -> Task:
    """Return the task with the weights of its rows multiplied by `factors`, unless all are zero."""
    if factors is None:
        return task
    weights = factors if task.weights is None else task.weights * factors
    if not (weights if task.rows is None else weights[task.rows]).any():
        raise ValueError(f"{function}: sample_weight times class_weight is zero for every row")
    return replace(task, weights=weights)


def _free_target(y: ArrayLike, rows: int, function: str) -> Array:
    """Return the target of a custom loss: integers (n,) as int64, all else (n, columns)."""
    array = raw_array(y, function, "y")
    if array.ndim not in (1, 2) or len(array) != rows:
        raise ValueError(
            f"{function}: y must have shape ({rows},) or ({rows}, columns) to match X, "
            f"got {array.shape}"
        )
    if array.ndim == 1 and array.dtype.kind in "biu":
        return exact(array, np.int64)
    return readable(array[:, None] if array.ndim == 1 else array)


def split_task(task: Task, fraction: float, seed: int) -> tuple[Task, Task]:
    """Return the same data as a part to train on and a part held out."""
    classes = task.target if task.target.ndim == 1 else None
    train, held = split_rows(len(task.x), fraction, np.random.default_rng([seed, 1]), classes)
    if len(train) == 0 or len(held) == 0:
        raise ValueError(
            f"fit: validation_split={fraction} of {len(task.x)} rows leaves one side empty"
        )
    for part in (train, held):
        if task.weights is not None and not task.weights[part].any():
            raise ValueError(
                f"fit: sample_weight is zero for all rows on one side of "
                f"validation_split={fraction}"
            )
    return replace(task, rows=train), replace(task, rows=held)


def _checked(loss: CustomLoss, dtype: str, function: str) -> CustomLoss:
    """Wrap a loss of the user's own: what it returns is checked before the engine takes it."""

    def call(pred: Array, target: Array, weights: Array | None) -> tuple[float, Array]:
        result = loss(pred, target, weights)
        if not isinstance(result, tuple) or len(result) != 2:
            raise TypeError(
                f"{function}: a custom loss must return (value, dpred), got {type(result).__name__}"
            )
        gradient = exact(np.asarray(result[1]), dtype)
        if gradient.shape != pred.shape:
            raise ValueError(
                f"{function}: the custom loss must return dpred of shape {pred.shape}, "
                f"got {gradient.shape}"
            )
        return float(result[0]), gradient

    return call
