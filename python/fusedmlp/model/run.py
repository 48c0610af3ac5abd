"""The training loop around the engine's epochs."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

from .._validate import Array
from ..callbacks import Callback
from ..exceptions import DivergedError
from ..history import History
from ..optim import Optimizer
from ..progress import Progress
from .passes import Passes
from .task import Task


class Run:
    """The settings of one fit, and its loop."""

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
        self.metrics, self.callbacks = metrics, callbacks
        self.max_norm, self.max_value, self.max_seconds = max_norm, max_value, max_seconds
        self.seed = seed

    def fit(self, model: Passes, task: Task, validation: Task | None, bar: Progress) -> History:
        history = model.history = History()
        start = time.perf_counter()
        logs: dict[str, Any] = {}
        for callback in self.callbacks:
            callback.model = model
        try:
            for callback in self.callbacks:
                callback.on_train_begin({})
            for epoch in range(self.epochs):
                for callback in self.callbacks:
                    callback.on_epoch_begin(epoch, {})
                logs, stopped = self._one_epoch(model, task, epoch, start)
                if not logs:
                    break
                logs.update(self._measure(model, task, validation))
                history.append(epoch, logs)
                bar.update(epoch, logs)
                if self._epoch_ended(epoch, logs):
                    history.stopped_by = "callback"
                    break
                if stopped:
                    history.stopped_by = "max_seconds"
                    break
        except KeyboardInterrupt:
            history.stopped_by = "interrupt"
            raise
        except DivergedError as error:
            history.stopped_by = "diverged"
            error.history = history
            raise
        finally:
            history.seconds = time.perf_counter() - start
            bar.close()
        for callback in self.callbacks:
            callback.on_train_end(logs)
        return history

    def _epoch_ended(self, epoch: int, logs: dict[str, Any]) -> bool:
        """Tell every callback; whether one of them asks to stop."""
        stop = False
        for callback in self.callbacks:
            stop = bool(callback.on_epoch_end(epoch, logs)) or stop
        return stop

    def _one_epoch(
        self, model: Passes, task: Task, epoch: int, start: float
    ) -> tuple[dict[str, float], bool]:
        """Train one epoch; return what to record, and whether time is up."""
        began = time.perf_counter()
        left = 0.0
        if self.max_seconds:
            left = max(self.max_seconds - (began - start), 1e-9)
        good = model.theta.copy(), model.buffers.copy()
        # An explicit seed counts this fit's epochs, the model's own seed all epochs ever.
        number = epoch if self.seed is not None else model.epochs_trained
        order = task.order(self._seed(model), number, self.shuffle)
        draw = model.steps_trained
        if self.seed is not None:
            draw = epoch * -(-task.size // self.batch_size)
        result = self.epoch(model, task, order, draw, left)
        if not result["finite"]:
            model.theta[:], model.buffers[:] = good
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
        logs = {"loss": result["loss_sum"] / result["weight_sum"]}
        if self.max_norm:
            logs["gradient_norm"] = result["gradient_norm"]
        logs["lr"] = self.optimizer.lr_at(self.optimizer.step_count - 1)
        logs["seconds"] = time.perf_counter() - began
        return logs, result["stopped"]

    def epoch(
        self, model: Passes, task: Task, order: Array | None, draw: int, left: float
    ) -> dict[str, Any]:
        """Pass over the rows in `order` once; advance the counters by the steps made."""
        optimizer = self.optimizer
        optimizer.prepare(model.theta)
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
            hyper=optimizer.hyper,
            state=optimizer.state_list(),
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
        )
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
