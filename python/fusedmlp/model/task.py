"""What a model is trained or measured on: rows, targets, weights and loss, checked and ready."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from .. import _backend, _data
from .._loss_inputs import class_factors, prepare_target, row_weights
from .._validate import Array, exact, finite, raw_array
from ..losses import Loss
from ..losses import get as get_loss
from ..metrics import name_of
from .passes import Passes

CustomLoss = Callable[[Array, Array, Array | None], tuple[float, Array]]
Metric = Callable[[Array, Array], float]


@dataclass
class Task:
    """Data and loss in the form the engine takes."""

    x: Array  # (n, in_features), any real dtype and layout
    target: Array  # int64 (n,) class indices, or (n, outputs) of the model's dtype
    weights: Array | None  # float64 (n,)
    loss: Loss | CustomLoss
    engine_loss: str | CustomLoss
    loss_params: tuple[float, ...]
    rows: Array | None = None  # train on these only

    @property
    def size(self) -> int:
        """Number of rows to train on."""
        return len(self.x) if self.rows is None else len(self.rows)

    def order(self, seed: int, epoch: int, shuffle: bool) -> Array | None:
        """Return the rows of an epoch in its order; None is all rows as they lie."""
        if not shuffle:
            return self.rows
        order: Array = _backend.core.permutation(seed, epoch, self.size)
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
        target = self.target[rows]
        weights = None if self.weights is None else self.weights[rows]
        if isinstance(self.loss, Loss):
            value = loss_sum / weight_sum
        else:
            value = float(self.loss(pred, target, weights)[0])
        return {"loss": value, **{name_of(m): float(m(target, pred)) for m in metrics}}

    def _loss_sums(self, pred: Array, rows: Array) -> tuple[float, float]:
        """Return sum of w_i l_i and sum of w_i over these rows."""
        row_loss = np.empty(len(rows))
        target = np.ascontiguousarray(self.target[rows])
        _backend.core.loss_forward_backward(
            self.engine_loss, self.loss_params, pred, target, np.ones(len(rows)), row_loss, None
        )
        if self.weights is None:
            return float(row_loss.sum()), float(len(rows))
        w = self.weights[rows]
        return float(w @ row_loss), float(w.sum())


def prepare_task(
    model: Passes,
    X: ArrayLike,
    y: ArrayLike,
    loss: Any,
    function: str,
    *,
    sample_weight: ArrayLike | None = None,
    class_weight: Any = None,
) -> Task:
    """Check everything about the data and the loss; the model is only read."""
    x = _data.rows(X, function, "X", model.in_features)
    if len(x) == 0:
        raise ValueError(f"{function}: X must have at least one row, got shape {x.shape}")
    _data.finite_rows(x, model.dtype, function, "X")
    outputs = _output_width(model, x.shape[1])
    chosen = get_loss(loss, function)
    if isinstance(chosen, Loss):
        target = prepare_target(
            chosen, y, outputs, model.dtype, function, rows=len(x), argument="y"
        )
    else:
        target = _free_target(y, len(x), model.dtype, function)
    finite(target, function, "y")
    weights = row_weights(sample_weight, len(x), function)
    factors = []
    if isinstance(chosen, Loss):
        factors.append(class_factors(chosen, target, outputs, function))
    if class_weight is not None:
        if target.ndim != 1:
            raise ValueError(f"{function}: class_weight needs class indices in y")
        factors.append(_data.class_weights(class_weight, target, outputs, function))
    for factor in factors:
        if factor is not None:
            weights = factor if weights is None else weights * factor
    if weights is not None and not weights.any():
        raise ValueError(f"{function}: sample_weight times class_weight is zero for every row")
    if isinstance(chosen, Loss):
        params = chosen.kernel_params(outputs, function)
        return Task(x, target, weights, chosen, chosen.name, params)
    return Task(x, target, weights, chosen, _checked(chosen, model.dtype, function), ())


def _free_target(y: ArrayLike, rows: int, dtype: str, function: str) -> Array:
    """Return the target of a custom loss: integers (n,) as int64, all else (n, columns)."""
    array = raw_array(y, function, "y")
    if array.ndim not in (1, 2) or len(array) != rows:
        raise ValueError(
            f"{function}: y must have shape ({rows},) or ({rows}, columns) to match X, "
            f"got {array.shape}"
        )
    if array.ndim == 1 and array.dtype.kind in "biu":
        return exact(array, np.int64)
    return exact(array.reshape(rows, -1), dtype)


def split_task(task: Task, fraction: float, seed: int) -> tuple[Task, Task]:
    """Return the same data as a part to train on and a part held out."""
    classes = task.target if task.target.ndim == 1 else None
    train, held = _data.split(len(task.x), fraction, np.random.default_rng([seed, 1]), classes)
    if len(train) == 0 or len(held) == 0:
        raise ValueError(
            f"fit: validation_split={fraction} of {len(task.x)} rows leaves one side empty"
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
