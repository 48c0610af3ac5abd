"""A fit and where it stands: what the engine does next, and what becomes of its results."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from os import PathLike
from typing import TYPE_CHECKING, Any

from ..checks.arrays import Array
from ..core.exceptions import DivergedError
from ..core.records import Steps
from ..model.passes import Passes
from ..optim import Optimizer
from ..schedules import Schedule
from ..schedules.base import values_at
from .callbacks import Callback
from .doctor import Doctor
from .epoch_measures import EpochMeasures
from .exiting import ending_at_exit, watched
from .history import History
from .interrupted import Saved, Writer
from .stretches import epochs_of_stretch
from .task import Task

if TYPE_CHECKING:
    from ..core._core import Job, Result, Settings

# A factor of every dropout probability, or a schedule of it.
DropoutScale = float | Schedule | Callable[[int], float]
Epochs = tuple[list[Array | None], Steps, float]  # what Job.epochs takes


class Run:
    """One fit of one model: ``begin``, then ``next``, and ``finish`` for each epoch, then ``end``.

    Callbacks see of it what ``FitView`` names.

    Parameters
    ----------
    model, task, validation
        What is trained, on what, and what it is measured on.
    settings : dict
        Of the engine's job, by name: see ``Settings`` in ``core/_core.pyi``.
    show : callable
        ``show(history)`` makes the record visible while the fit runs.
    writer : Writer, optional
        Saves the fit.
    """

    history: History
    job: Job

    def __init__(
        self,
        model: Passes,
        task: Task,
        validation: Task | None = None,
        *,
        optimizer: Optimizer,
        settings: Settings,
        epochs: int,
        shuffle: bool = True,
        metrics: Sequence[Callable[[Array, Array], float]] = (),
        callbacks: Sequence[Callback] = (),
        max_seconds: float = 0.0,
        dropout_scale: DropoutScale = 1.0,
        seed: int | None = None,
        doctor: Doctor | None = None,
        show: Callable[[History], None] = lambda history: None,
        writer: Writer | None = None,
    ) -> None:
        self.model, self.task, self.validation = model, task, validation
        self.optimizer, self.settings = optimizer, settings
        self.epochs, self.shuffle = epochs, shuffle
        self.callbacks = sorted(callbacks, key=lambda c: c.order)
        self.metrics, self.max_seconds, self.seed = metrics, max_seconds, seed
        self.dropout_scale = dropout_scale
        averages = [c for c in self.callbacks if c.averages]
        if len(averages) > 1:
            raise ValueError(
                f"fit: callbacks must hold at most one EMA (moving average), got {len(averages)}"
            )
        self._average = averages[0] if averages else None
        self._doctor, self._show, self._writer = doctor, show, writer
        self.rows, self.has_validation, self.epoch_whole = task.size, validation is not None, True
        self._epoch, self._over, self.ended = 0, False, False
        self._logs: dict[str, Any] = {}
        self._last: tuple[int, int] | None = None  # the last epoch and its steps
        self._seconds = math.inf  # of an epoch, at most: of the last one

    # The loop.

    def fit(self, saved: Saved | None = None) -> History:
        """Drive this run alone until the epochs are over or something stops it."""
        with watched():
            self.begin(saved)
            try:
                while (epochs := self.next()) is not None:
                    for result in self.job.epochs(*epochs):
                        self.finish(result)
            except BaseException as error:
                self.fail(error)
                raise
            self.end()
        return self.history

    def begin(self, saved: Saved | None = None) -> None:
        """Prepare model, callbacks and job for the first epoch."""
        model, optimizer = self.model, None
        if saved is not None:
            optimizer = saved.check(model, self.task, self)
        model.build(self.task.x.shape[1])
        for callback in self.callbacks:
            callback.model, callback.optimizer, callback.run = model, self.optimizer, self
        for callback in self.callbacks:
            callback.on_train_begin({})
        self.history = History()
        if saved is not None and optimizer is not None:
            saved.restore(model, self, optimizer)
            self.history, self._epoch = saved.history, saved.next_epoch
            self.history.stopped_by = "epochs"
        self._show(self.history)
        self.job = self.make_job()
        threads = self.settings.get("num_threads", 0)
        self._measures = EpochMeasures(model, self.task, self.validation, self.metrics, threads)
        self._start, self._before = time.perf_counter(), self.history.seconds
        if any(callback.stopped for callback in self.callbacks):
            self._stop("callback")

    def next(self) -> Epochs | None:
        """Return what the engine does next, or None when the fit is over.

        That is one epoch where anybody looks at it when it ends; short ones come in stretches.
        """
        if self._over or self._epoch >= self.epochs:
            return None
        for callback in self.callbacks:
            callback.on_epoch_begin(self._epoch, {})
        if self._average is not None:
            self._average.use(average=False)
        left = 0.0
        if self.max_seconds:
            left = max(self.max_seconds - (time.perf_counter() - self._start), 1e-9)
        # An explicit seed counts this fit's epochs, the model's own seed all epochs ever.
        number = self._epoch if self.seed is not None else self.model.epochs_trained
        count = self._stretch()
        orders = [self.task.order(self._seed, number + k, self.shuffle) for k in range(count)]
        self._steps = self.job.steps(self.task.size)
        steps = count * self._steps
        draw = self.model.steps_trained if self.seed is None else self._epoch * self._steps
        rates = None if self._average is None else self._average.rates(steps)
        dropout = None
        if self.dropout_scale != 1.0:
            first, scale = self.optimizer.step_count, self.dropout_scale
            dropout = values_at(scale, first, steps, "fit", "dropout_scale", high=1.0)
        return orders, self.optimizer.steps(steps, draw, rates, dropout), left

    def _stretch(self) -> int:
        """Return how many epochs the engine makes before anybody looks at them."""
        if self.callbacks or self.metrics or self.has_validation:
            return 1
        if self._doctor is not None and not self._doctor.waits(self.model.theta.size):
            return 1
        return epochs_of_stretch(self.epochs - self._epoch, self.task.size, self._seconds)

    def finish(self, result: Result) -> None:
        """Take the result of an epoch: record, measure, tell the callbacks."""
        self.model._last_rows = None  # the engine's memory now holds another batch
        if not result["finite"] and result["error"] is None:
            self._diverged(result)
        self.optimizer.step_count += result["steps"]
        self.model.steps_trained += result["steps"]
        if self._average is not None:
            self._average.advance(result["steps"])
        if result["error"] is not None:
            raise result["error"]
        self.model.epochs_trained += 1
        self.epoch_whole = result["steps"] == self._steps
        logs: dict[str, Any] = {"loss": result["loss_sum"] / result["weight_sum"]}
        if self.settings.get("clip_grad_norm"):
            logs["gradient_norm"] = result["gradient_norm"]
        logs["lr"] = self.optimizer.lr_at(self.optimizer.step_count - 1)
        logs["seconds"] = self._seconds = result["seconds"]
        self._last = self._epoch, result["steps"]
        self._consult(at_end=False)
        if self._average is not None:
            self._average.use(average=True)
        self._logs = {**logs, **self._measure()}
        self.history.append(self._epoch, self._logs)
        self.history.seconds = self._before + time.perf_counter() - self._start
        if result["stopped"]:
            self._stop("max_seconds")
        if self._tell():
            self._stop("callback")
        self._epoch += 1

    def end(self) -> None:
        """Tell every callback that the fit is over."""
        self.history.seconds = self._before + time.perf_counter() - self._start
        try:
            if self._average is not None:
                self._average.use(average=False)
            self._consult(at_end=True)
            # Ctrl-C comes in the middle of an epoch, with the training weights in place.
            if self._average is not None:
                self._average.use(average=True)
            for callback in self.callbacks:
                callback.on_train_end(self._logs)
        finally:
            for callback in self.callbacks:
                callback.run = None
            self.ended = True

    def fail(self, error: BaseException) -> None:
        """End after an exception; the first error is the one to tell."""
        self.history.stopped_by = _reason(error)
        if isinstance(error, DivergedError):
            error.history = self.history
        with suppress(Exception):
            self.end()

    # What callbacks see besides.

    def save(self, path: str | PathLike[str]) -> None:
        """Write the fit as it stands after the last finished epoch."""
        assert self._writer is not None
        self._writer(self, len(self.history.epochs), path)

    def check_writable(self, path: str | PathLike[str]) -> None:
        """Raise the error that :meth:`save` would raise for this path."""
        assert self._writer is not None
        self._writer.check(path)

    # Parts of the loop.

    @property
    def _seed(self) -> int:
        return self.model.seed if self.seed is None else self.seed

    def make_job(self) -> Job:
        """Return the engine's job over the arrays of model and optimizer as they are now."""
        average = None
        if self._average is not None:
            self._average.use(average=False)
            average = self._average.average
        settings: Settings = {**self.settings, "seed": self._seed, "average": average}
        settings["poll"] = ending_at_exit(settings.get("poll"))
        return self.task.job(self.model, self.optimizer, settings)

    def _stop(self, reason: str) -> None:
        self.history.stopped_by, self._over = reason, True

    def _diverged(self, result: Result) -> None:
        """Go back to the last good epoch and say so."""
        self.job.restore()
        epoch = self._epoch
        kept = f"those after epoch {epoch - 1}" if epoch else "those before the fit"
        raise DivergedError(
            f"fit: the loss became {result['last_loss']} in epoch {epoch}, step "
            f"{result['steps']}; the weights are {kept}. A smaller learning rate, scaled "
            "inputs or clip_grad_norm usually helps",
            epoch=epoch,
            step=result["steps"],
            loss=result["last_loss"],
        )

    def _tell(self) -> bool:
        """Tell every callback that an epoch is over; whether one of them asks to stop."""
        stop = False
        for callback in self.callbacks:
            stop = bool(callback.on_epoch_end(self._epoch, self._logs)) or stop
        return stop

    def _consult(self, at_end: bool) -> None:
        """Let the doctor look at the training weights, if it is time to."""
        if self._doctor is None or self._last is None:
            return
        epoch, steps = self._last
        elapsed = time.perf_counter() - self._start
        if self._doctor.due(epoch, self.model.theta.size, elapsed, at_end):
            before = self.job.theta_before
            assert before is not None
            self._doctor.examine(self.model, before, epoch, steps)
        if at_end:
            self.history.advice = self._doctor.advice(self.history.history)

    def _measure(self) -> dict[str, float]:
        return self._measures()


def _reason(error: BaseException) -> str:
    if isinstance(error, KeyboardInterrupt):
        return "interrupt"
    return "diverged" if isinstance(error, DivergedError) else "error"
