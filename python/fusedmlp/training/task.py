"""What a model is trained or measured on: rows, targets, weights and loss, checked and ready."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from ..checks.arrays import Array, exact, raw_array
from ..checks.rows import finite_rows, input_rows, readable
from ..checks.targets import prepare_target
from ..checks.weights import class_factors, class_table, row_weights
from ..core import backend
from ..core.catalogue import LOSSES
from ..losses.loss import Loss
from ..losses.loss import get as get_loss
from ..metrics import name_of
from ..model.passes import Passes
from .split import split_rows

CustomLoss = Callable[[Array, Array, Array | None], tuple[float, Array]]
Metric = Callable[[Array, Array], float]


@dataclass
class Task:
    """Data and loss in the form the engine takes."""

    x: Array  # (n, in_features), any real dtype and layout
    target: Array  # int64 (n,) class indices, or (n, outputs) of any real dtype and layout
    weights: Array | None  # float64 (n,)
    outputs: int  # of the model
    loss: Loss | CustomLoss
    engine_loss: str | CustomLoss
    loss_params: tuple[float, ...]
    rows: Array | None = None  # train on these only

    @property
    def size(self) -> int:
        """Number of rows to train on."""
        return len(self.x) if self.rows is None else len(self.rows)

    def sample(self, count: int) -> Array:
        """Return at most `count` of the rows to train on, evenly spaced."""
        at = np.linspace(0, self.size - 1, min(count, self.size)).astype(np.int64)
        return self.x[at if self.rows is None else self.rows[at]]

    def order(self, seed: int, epoch: int, shuffle: bool) -> Array | None:
        """Return the rows of an epoch in its order; None is all rows as they lie."""
        if not shuffle:
            return self.rows
        order: Array = backend.core.permutation(seed, epoch, self.size)
        return order if self.rows is None else self.rows[order]

    def evaluate(
        self, model: Passes, metrics: Sequence[Metric], batch_size: int
    ) -> dict[str, float]:
        """Return the loss and the metrics of `model`, predicting `batch_size` rows at a time."""
        rows = np.arange(len(self.x)) if self.rows is None else self.rows
        keep = bool(metrics) or not isinstance(self.loss, Loss)
        pred = np.empty((len(rows) if keep else 0, model.out_features), model.dtype)
        loss_sum = weight_sum = 0.0
        for i in range(0, len(rows), batch_size):
            part = rows[i : i + batch_size]
            # Without a subset the rows are read in place.
            x = self.x[i : i + batch_size] if self.rows is None else self.x[part]
            y = model.predict(x)
            if keep:
                pred[i : i + batch_size] = y
            if isinstance(self.loss, Loss):
                loss, weight = self._loss_sums(y, part)
                loss_sum, weight_sum = loss_sum + loss, weight_sum + weight
        if isinstance(self.loss, Loss):
            value = loss_sum / weight_sum
            if not metrics:
                return {"loss": value}
        target = self._exact_target(rows, model.dtype)
        if not isinstance(self.loss, Loss):
            weights = None if self.weights is None else self.weights[rows]
            value = float(self.loss(pred, target, weights)[0])
        return {"loss": value, **{name_of(m): float(m(target, pred)) for m in metrics}}

    def _loss_sums(self, pred: Array, rows: Array) -> tuple[float, float]:
        """Return sum of w_i l_i and sum of w_i over these rows."""
        row_loss = np.empty(len(rows))
        target = self._exact_target(rows, pred.dtype)
        backend.core.loss_forward_backward(
            self.engine_loss, self.loss_params, pred, target, np.ones(len(rows)), row_loss, None
        )
        if self.weights is None:
            return float(row_loss.sum()), float(len(rows))
        w = self.weights[rows]
        return float(w @ row_loss), float(w.sum())

    def _exact_target(self, rows: Array, dtype: DTypeLike) -> Array:
        target = self.target[rows]
        return target if target.ndim == 1 else exact(target, dtype)


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
    outputs = _output_width(model, x.shape[1])
    chosen = get_loss(loss, function)
    if isinstance(chosen, Loss):
        target = prepare_target(
            chosen, y, outputs, model.dtype, function, rows=len(x), argument="y", convert=False
        )
    else:
        target = _free_target(y, len(x), function)
    if target.ndim == 2:
        finite_rows(target, model.dtype, function, "y")
    weights = row_weights(sample_weight, len(x), function)
    if isinstance(chosen, Loss):
        params = chosen.kernel_params(outputs, function)
        task = Task(x, target, weights, outputs, chosen, chosen.name, params)
        return _weighed(task, class_factors(chosen, target, outputs, function), function)
    checked = _checked(chosen, model.dtype, function)
    return Task(x, target, weights, outputs, chosen, checked, ())


def weigh_classes(task: Task, class_weight: Any, function: str) -> Task:
    """Return the task with its rows weighed by their classes; validation data are not."""
    target = task.target
    rows = slice(None) if task.rows is None else task.rows
    if target.ndim == 1:
        counts = np.bincount(target[rows], minlength=task.outputs)
        factors = class_table(class_weight, counts, function)[target]
        return _weighed(task, factors, function)
    shares = target.astype(np.float64)
    row = task.loss.row if isinstance(task.loss, Loss) else None
    if row is not None and row.two_classes is not None and task.outputs == 1:
        zero, one = row.two_classes
        positive = (shares - zero) / (one - zero)
        shares = np.hstack([1 - positive, positive])
    elif row is None or not row.classes:
        classes = ", ".join(name for name, row in LOSSES.items() if row.classes)
        two = " or ".join(name for name, row in LOSSES.items() if row.two_classes)
        raise ValueError(
            f"{function}: class_weight needs classes: {classes}, {two} "
            f"with one output, or a loss of your own with integers in y"
        )
    table = class_table(class_weight, shares[rows].sum(axis=0), function)
    return _weighed(task, shares @ table, function)


def _weighed(task: Task, factors: Array | None, function: str) -> Task:
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


def _output_width(model: Passes, in_features: int) -> int:
    width = in_features
    for layer in model.layers:
        width = layer.build(width).out_features
    return width


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
