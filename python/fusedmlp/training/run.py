"""The training loop around the engine's epochs."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

from ..checks.arrays import Array
from ..core.exceptions import DivergedError
from ..core.memory import aligned_zeros
from ..model.passes import Passes
from ..optim import Optimizer
from ..saving.runs import SavedRun, settings_of
from .callbacks import EMA, Callback, Checkpoint, EarlyStopping
from .doctor import Doctor, Snapshot
from .history import History
from .task import Task


class Run:
    """The settings of one fit, its loop, and where it stands.

    Attributes that callbacks look at: ``epochs``, ``rows`` of an epoch, ``has_validation``,
    ``history``, and ``epoch_whole``: whether the last epoch went through all rows.
    """

    history: History
    settings: dict[str, Any]

    def __init__(
        self,
        *,
        optimizer: Optimizer,
        batch_size: int,
        threads: int,
        epochs: int = 1,
        shuffle: bool = False,
        metrics: Sequence[Callable[[Array, Array], float]] = (),
        callbacks: Sequence[Callback] = (),
        max_norm: float = 0.0,
        max_value: float = 0.0,
        max_seconds: float = 0.0,
        seed: int | None = None,
    ) -> None:
        self.optimizer, self.batch_size, self.threads = optimizer, batch_size, threads
        self.epochs, self.shuffle = epochs, shuffle
        # Checkpoints save what the others did.
        self.callbacks = sorted(callbacks, key=lambda c: isinstance(c, Checkpoint))
        self.metrics = metrics
        self.max_norm, self.max_value, self.max_seconds = max_norm, max_value, max_seconds
        self.seed = seed
        averages = [c for c in self.callbacks if isinstance(c, EMA)]
        if len(averages) > 1:
            raise ValueError(f"fit: callbacks must hold at most one EMA, got {len(averages)}")
        self.ema = averages[0] if averages else None
        self.rows, self.has_validation, self.epoch_whole = 0, False, True
        self._kept: Array | None = None  # parameters to which a diverged epoch goes back
        self._seen: tuple[Array, int, int] | None = None  # theta before the last epoch, ...

    def fit(
        self,
        model: Passes,
        task: Task,
        validation: Task | None,
        saved: SavedRun | None = None,
        doctor: Doctor | None = None,
    ) -> History:
        """Train until the epochs are over or something stops it."""
        self.rows, self.has_validation = task.size, validation is not None
        self.settings = settings_of(task, self)
        for callback in self.callbacks:
            callback.model, callback.optimizer, callback._run = model, self.optimizer, self
        for callback in self.callbacks:
            callback.on_train_begin({})
        history = History()
        if saved is not None:
            saved.restore(model, self)
            history = saved.history
            history.stopped_by = "epochs"
        history._doctor = doctor
        self.history = model.history = history
        self._start, self._before = time.perf_counter(), history.seconds
        logs: dict[str, Any] = {}
        try:
            first = 0 if saved is None else saved.next_epoch
            if any(isinstance(c, EarlyStopping) and c.stopped for c in self.callbacks):
                history.stopped_by, first = "callback", self.epochs
            for epoch in range(first, self.epochs):
                if not self._run_epoch(model, task, validation, epoch, logs):
                    break
        except BaseException as error:
            history.stopped_by = _reason(error)
            if isinstance(error, DivergedError):
                error.history = history
            # The first error is the one to tell.
            with suppress(Exception):
                self._end(model, logs)
            raise
        self._end(model, logs)
        return history

    def _run_epoch(
        self, model: Passes, task: Task, validation: Task | None, epoch: int, logs: dict[str, Any]
    ) -> bool:
        """Train, measure and tell the callbacks; whether to go on."""
        for callback in self.callbacks:
            callback.on_epoch_begin(epoch, {})
        if self.ema is not None:
            self.ema.use(average=False)
        trained, stopped = self._one_epoch(model, task, epoch)
        if self.ema is not None:
            self.ema.use(average=True)
        logs.clear()
        logs.update(trained, **self._measure(model, task, validation))
        self.history.append(epoch, logs)
        self.history.seconds = self._before + time.perf_counter() - self._start
        if stopped:
            self.history.stopped_by = "max_seconds"
        if self._tell(epoch, logs):
            self.history.stopped_by = "callback"
            return False
        return not stopped

    def _tell(self, epoch: int, logs: dict[str, Any]) -> bool:
        """Tell every callback that an epoch is over; whether one of them asks to stop."""
        stop = False
        for callback in self.callbacks:
            stop = bool(callback.on_epoch_end(epoch, logs)) or stop
        return stop

    def _end(self, model: Passes, logs: dict[str, Any]) -> None:
        """Tell every callback that the fit is over."""
        self.history.seconds = self._before + time.perf_counter() - self._start
        try:
            if self.history._doctor is not None and self._seen is not None:
                if self.ema is not None:
                    self.ema.use(average=False)
                self.history._doctor.fit_over(self._snapshot(model))
            # Ctrl-C comes in the middle of an epoch, with the training weights in place.
            if self.ema is not None:
                self.ema.use(average=True)
            for callback in self.callbacks:
                callback.on_train_end(logs)
        finally:
            for callback in self.callbacks:
                callback._run = None

    def _room(self, model: Passes) -> Array:
        """Return the memory, the same at every epoch, that receives theta as it was before."""
        if self._kept is None:
            self._kept = aligned_zeros(model.theta.size, model.dtype)
        return self._kept

    def _one_epoch(self, model: Passes, task: Task, epoch: int) -> tuple[dict[str, float], bool]:
        """Train one epoch; return what to record, and whether time is up."""
        began = time.perf_counter()
        left = 0.0
        if self.max_seconds:
            left = max(self.max_seconds - (began - self._start), 1e-9)
        before, statistics = self._room(model), model.buffers.copy()
        average = None if self.ema is None else self.ema.average.copy()
        # An explicit seed counts this fit's epochs, the model's own seed all epochs ever.
        number = epoch if self.seed is not None else model.epochs_trained
        order = task.order(self._seed(model), number, self.shuffle)
        steps = -(-task.size // self.batch_size)
        draw = model.steps_trained if self.seed is None else epoch * steps
        result = self.epoch(model, task, order, draw, left, before)
        if not result["finite"]:
            model.theta[:], model.buffers[:] = before, statistics
            if self.ema is not None:
                self.ema.average[:] = average
            kept = f"those after epoch {epoch - 1}" if epoch else "those before the fit"
            raise DivergedError(
                f"fit: the loss became {result['last_loss']} in epoch {epoch}, step "
                f"{result['steps']}; the weights are {kept}. A smaller learning rate, scaled "
                "inputs or clip_grad_norm usually helps",
                epoch=epoch,
                step=result["steps"],
                loss=result["last_loss"],
            )
        model.epochs_trained += 1
        self.epoch_whole = result["steps"] == steps
        logs = {"loss": result["loss_sum"] / result["weight_sum"]}
        if self.max_norm:
            logs["gradient_norm"] = result["gradient_norm"]
        logs["lr"] = self.optimizer.lr_at(self.optimizer.step_count - 1)
        logs["seconds"] = time.perf_counter() - began
        self._seen = before, epoch, result["steps"]
        doctor, elapsed = self.history._doctor, time.perf_counter() - self._start
        if doctor is not None and doctor.due(epoch, model.theta.size, elapsed):
            doctor.examine(self._snapshot(model))
        return logs, result["stopped"]

    def _snapshot(self, model: Passes) -> Snapshot:
        assert self._seen is not None
        return Snapshot(
            model.layers, model.dtype, model.theta, model.buffers, model.decay_ranges, *self._seen
        )

    def epoch(
        self,
        model: Passes,
        task: Task,
        order: Array | None,
        draw: int,
        left: float,
        before: Array | None = None,
    ) -> dict[str, Any]:
        """Pass over the rows in `order` once; advance the counters by the steps made.

        `before` receives the parameters as they were.
        """
        optimizer = self.optimizer
        hyper, state = optimizer.prepare(model.theta)
        rows = task.size if order is None else len(order)
        steps = -(-rows // self.batch_size)
        result: dict[str, Any] = model._network.train(
            theta=model.theta,
            grad=model.grad,
            buffers=model.buffers,
            x=task.x,
            target=task.target,
            weights=task.weights,
            order=order,
            batch_size=self.batch_size,
            loss=task.engine_loss,
            loss_params=task.loss_params,
            optimizer=optimizer.name,
            hyper=hyper,
            state=state,
            weight_decay=optimizer.weight_decay,
            decay_ranges=optimizer.decay_ranges(model),
            lrs=optimizer.lrs(optimizer.step_count, steps),
            first_step=optimizer.step_count + 1,
            first_draw=draw,
            max_norm=self.max_norm,
            max_value=self.max_value,
            seed=self._seed(model),
            num_threads=self.threads,
            max_seconds=left,
            average=None if self.ema is None else self.ema.average,
            average_rates=None if self.ema is None else self.ema.rates(steps),
            before=before,
        )
        if self.ema is not None:
            self.ema.steps += result["steps"]
        optimizer.step_count += result["steps"]
        model.steps_trained += result["steps"]
        model._last_rows = None  # the engine's memory now holds another batch
        if result["error"] is not None:
            raise result["error"]
        return result

    def _measure(self, model: Passes, task: Task, validation: Task | None) -> dict[str, float]:
        values: dict[str, float] = {}
        if self.metrics:
            values.update(task.evaluate(model, self.metrics, 1024))
            del values["loss"]
        if validation is not None:
            found = validation.evaluate(model, self.metrics, 1024)
            values.update({f"val_{name}": value for name, value in found.items()})
        return values

    def _seed(self, model: Passes) -> int:
        return model.seed if self.seed is None else self.seed


def _reason(error: BaseException) -> str:
    if isinstance(error, KeyboardInterrupt):
        return "interrupt"
    return "diverged" if isinstance(error, DivergedError) else "error"
