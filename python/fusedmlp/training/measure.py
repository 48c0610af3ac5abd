"""``evaluate``, and the loss and the metrics of each epoch."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from ..checks.arrays import Array, exact
from ..checks.numbers import integer
from ..core.catalogue import METRICS as ENGINE_METRICS
from ..losses.loss import Loss
from ..metrics import METRICS, name_of
from ..model.passes import Passes
from .kept import Kept, same
from .options import checked_metrics
from .step import LossLike
from .task import Task, prepare_task

MetricFunction = Callable[[Array, Array], float]
Metric = str | MetricFunction

_ENGINE = {METRICS[name]: name for name in ENGINE_METRICS}


class Measured(NamedTuple):
    """What a model gave on the rows of a task."""

    loss_sum: float  # weighted; 0 with a loss of the user's own
    weight_sum: float
    # What metrics and a loss of the user's own take, where they are wanted.
    pred: Any = None
    target: Any = None
    weights: Any = None


class Measure:
    """Loss and metrics of a model on a task, ready to be taken after every epoch.

    Parameters
    ----------
    model : Passes
        Built.
    task : Task
    metrics : sequence of callables
    num_threads : int
        0: as many as set at the time.
    """

    def __init__(
        self,
        model: Passes,
        task: Task,
        metrics: Sequence[MetricFunction] = (),
        num_threads: int = 0,
    ) -> None:
        self._task, self._model, self._metrics = task, model, metrics
        self._own_loss = not isinstance(task.loss, Loss)
        self._names = [name_of(metric) for metric in metrics]
        self._engine_names = engine_names(metrics)
        self._job = task.job(model, None, {"num_threads": num_threads})

    def __call__(self, batch_size: int | None = None) -> dict[str, float]:
        """Return "loss", then each metric under its name; `batch_size` limits the rows at a
        time."""
        task = self._task
        whole = batch_size is None or task.size <= batch_size
        if whole and self._engine_names is not None and not self._own_loss:
            values = _values(self._job.evaluate(task.rows, None, self._engine_names), self._names)
            if values is not None:
                return values
        return self.judge(self.outcome(batch_size))

    def outcome(self, batch_size: int | None = None) -> Measured:
        """Return the sums of the loss, with the outputs if a metric or the loss takes them."""
        task, size = self._task, self._task.size
        pred = None
        if self._metrics or self._own_loss:
            pred = np.empty((size, self._model.out_features), self._model.dtype)
        loss_sum = weight_sum = 0.0
        step = size if batch_size is None else batch_size
        for i in range(0, size, step):
            part = slice(i, i + step)
            order = task.rows
            if step < size:
                order = np.arange(i, min(i + step, size)) if order is None else order[part]
            found = self._job.evaluate(order, None if pred is None else pred[part], ())
            loss_sum += found["loss_sum"]
            weight_sum += found["weight_sum"]
        if pred is None:
            return Measured(loss_sum, weight_sum)
        rows = slice(None) if task.rows is None else task.rows
        target = task.target[rows]
        target = target if task.classes else exact(target, self._model.dtype)
        weights = None if task.weights is None or not self._own_loss else task.weights[rows]
        return Measured(loss_sum, weight_sum, pred, target, weights)

    def judge(self, measured: Measured) -> dict[str, float]:
        """Return the loss and the metrics of what was measured."""
        loss, pred, target = self._task.loss, measured.pred, measured.target
        if isinstance(loss, Loss):
            value = measured.loss_sum / measured.weight_sum
        else:
            value = float(loss(pred, target, measured.weights)[0])
        values = [float(metric(target, pred)) for metric in self._metrics]
        return {"loss": value, **dict(zip(self._names, values, strict=True))}


def engine_names(metrics: Sequence[MetricFunction]) -> list[str] | None:
    """Return the metrics by name, or None unless the engine computes all of them."""
    names = [_ENGINE.get(metric) for metric in metrics]
    return None if None in names else names  # type: ignore[return-value]


def _values(found: Any, names: Sequence[str]) -> dict[str, float] | None:
    """Return what the engine has measured by name; None where a metric needs the checks."""
    measured = found["metrics"]
    if None in measured:
        return None
    loss = found["loss_sum"] / found["weight_sum"]
    return {"loss": loss, **dict(zip(names, measured, strict=True))}


class Measuring(Passes):
    """Evaluation of a model."""

    _measured: _KeptMeasure | None = None

    def evaluate(
        self,
        X: ArrayLike,
        y: ArrayLike,
        *,
        loss: LossLike,
        metrics: Iterable[Metric] = (),
        batch_size: int = 1024,
        sample_weight: ArrayLike | None = None,
    ) -> dict[str, float]:
        """Return the loss and the metrics of the model on `X`, `y`.

        Parameters
        ----------
        X, y, loss, metrics, sample_weight
            As in :meth:`fit`.
        batch_size : int, default 1024
            Rows predicted at a time.

        Returns
        -------
        dict
            "loss", then each metric under its name.
        """
        kept = self._measured
        if kept is not None and sample_weight is None and kept.takes(loss, metrics, X, batch_size):
            values = kept.exact_values(self, X, y)
            if values is not None:
                return values
        self._require_built("evaluate")
        task = prepare_task(self, X, y, loss, "evaluate", sample_weight=sample_weight)
        given = tuple(metrics) if isinstance(metrics, (list, tuple)) else None
        chosen = checked_metrics(metrics, "evaluate")
        size = integer(batch_size, "evaluate", "batch_size", low=1)
        by_engine = engine_names(chosen)
        if given is not None and by_engine is not None:
            self._measured = _KeptMeasure(self, task, loss, given, by_engine)
        return Measure(self, task, chosen)(size)


class _KeptMeasure(Kept):
    """The job of ``evaluate``."""

    def __init__(
        self,
        model: Passes,
        task: Task,
        loss: Any,
        given: tuple[Metric, ...],
        names: Sequence[str],
    ) -> None:
        super().__init__(model, task)
        self.loss, self._given, self._names = loss, given, names

    def takes(self, loss: Any, metrics: Any, X: Any, batch_size: int) -> bool:
        """Whether these are what the last call was given, and X is one batch."""
        return (
            same(loss, self.loss)
            and type(metrics) in (list, tuple)
            and tuple(metrics) == self._given
            and type(X) is np.ndarray
            and type(batch_size) is int
            and X.ndim == 2
            and len(X) <= batch_size
        )

    def exact_values(self, model: Passes, X: Any, y: Any) -> dict[str, float] | None:
        """Return loss and metrics, or None where a check is needed."""
        if not self.holds(model):
            return None
        found = self.job.evaluate_exact(X, y, self.bounds, self._names)
        return None if found is NotImplemented else _values(found, self._names)
