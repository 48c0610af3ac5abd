"""A fit as an object: network, data, objective and optimizer, run by epochs or by single steps."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .data import Data
from .metrics import METRICS
from .network import Network
from .objective import Objective
from .op import Pass
from .optimizers import clip_values, gradient_norm
from .segments import Optimizer

Array = NDArray[Any]
Result = dict[str, Any]


class Job:
    """See `Job` in the contract. `settings` are read by name."""

    def __init__(
        self,
        network: Network,
        data: Data,
        objective: Objective,
        optimizer: Optimizer | None,
        settings: Mapping[str, Any],
    ) -> None:
        self.network, self.data, self.objective = network, data, objective
        self._optimizer = optimizer
        self.batch_size = settings.get("batch_size", 1)
        self.batches = settings.get("batches", 0)
        self.max_norm = settings.get("clip_grad_norm", 0.0)
        self.max_value = settings.get("clip_grad_value", 0.0)
        self.seed = settings.get("seed", 0)
        self.average = settings.get("average")
        self.on_gradient = settings.get("on_gradient")
        self.poll = settings.get("poll")
        self.parts = list(settings.get("parts", ()))
        self.on_part = settings.get("on_part")
        self.trace = settings.get("trace")
        self.theta_before: Array | None = None
        self._kept: list[tuple[Array, Array]] = []  # arrays, and copies from before the epoch

    @property
    def optimizer(self) -> Optimizer:
        """What updates theta."""
        if self._optimizer is None:
            raise ValueError("job: training needs an optimizer")
        return self._optimizer

    def _cuts(self, rows: int) -> list[int]:
        """Return where the batches of an epoch begin; a lone last row joins the batch before it in
        networks with batch norm."""
        if self.batches:
            return [rows * k // self.batches for k in range(self.batches)]
        cuts = list(range(0, rows, self.batch_size))
        if self.network.needs_batch and len(cuts) > 1 and rows - cuts[-1] == 1:
            cuts.pop()
        return cuts

    def steps(self, rows: int) -> int:
        """Return the number of batches of an epoch over so many rows."""
        return len(self._cuts(rows))

    def epoch(self, order: Array | None, steps: Any, max_seconds: float) -> Result:
        """Pass over `order` once in batches."""
        state = [a for a in self.optimizer.state if a is not None]
        average = [] if self.average is None else [self.average]
        arrays = [self.network.theta, self.network.buffers, *average, *state]
        self._kept = [(array, array.copy()) for array in arrays]
        self.theta_before = self._kept[0][1]
        rows = np.arange(len(self.data.x)) if order is None else order
        return self._run(self.data, rows, self._cuts(len(rows)), steps, max_seconds)

    def epochs(
        self, orders: Sequence[Array | None], steps: Any, max_seconds: float
    ) -> list[Result]:
        """Pass over each order, until one pass does not come to its end."""
        results: list[Result] = []
        for order in orders:
            made = self.epoch(order, steps, max_seconds)
            results.append(made)
            whole = self.steps(len(self.data.x) if order is None else len(order))
            if not made["finite"] or made["stopped"] or made["steps"] < whole:
                break
            steps = _after(steps, whole)
        return results

    def step(self, batch: Data, steps: Any) -> Result:
        """Make one step on all rows of `batch`."""
        statistics = self.network.buffers.copy()
        result = self._run(batch, np.arange(len(batch.x)), [0], steps, 0.0)
        if not result["finite"]:
            self.network.buffers[...] = statistics
        return result

    def step_exact(
        self,
        x: Any,
        target: Any,
        bounds: tuple[float, float],
        rates: tuple[float, float],
        number: int,
        draw: int,
    ) -> Any:
        """Make a step without checks; the twin has no such way."""
        return NotImplemented

    def evaluate_exact(
        self, x: Any, target: Any, bounds: tuple[float, float], metrics: Sequence[str]
    ) -> Any:
        """Measure without checks; the twin has no such way."""
        return NotImplemented

    def restore(self) -> None:
        """Go back to before the last epoch."""
        for array, copy in self._kept:
            array[...] = copy

    def evaluate(
        self, order: Array | None, pred: Array | None, metrics: Sequence[str]
    ) -> dict[str, Any]:
        """Return loss and metrics over `order`; `pred` receives the outputs."""
        rows = np.arange(len(self.data.x)) if order is None else order
        net, loss_sum, weight_sum = self.network, 0.0, 0.0
        if pred is None and metrics:
            pred = np.empty((len(rows), net.out_features), net.dtype)
        for i in range(0, len(rows), 1024):
            part = rows[i : i + 1024]
            y = np.empty((len(part), net.out_features), net.dtype)
            net.predict(self.data.x[part], y, 1)
            if pred is not None:
                pred[i : i + 1024] = y
            loss, weight = self.objective.sum(y, *self._targets(self.data, part))
            loss_sum += loss
            weight_sum += weight
        values: list[float | None] = [None] * len(metrics)
        if len(rows) and metrics and pred is not None:
            target = self._targets(self.data, rows)[0]
            if target.ndim == 1 or target.shape == pred.shape:
                values = [METRICS[name](target, pred) for name in metrics]
        return {"loss_sum": loss_sum, "weight_sum": weight_sum, "metrics": values}

    def _targets(self, data: Data, rows: Array) -> tuple[Array, Array | None]:
        target = data.target[rows]
        if not data.classes:
            target = self.network.exact(target)
        return target, None if data.weights is None else data.weights[rows]

    def _run(
        self, data: Data, rows: Array, cuts: list[int], steps: Any, max_seconds: float
    ) -> Result:
        start, result = time.monotonic(), _result()
        self._make_steps(result, data, rows, cuts, steps, max_seconds, start)
        result["seconds"] = time.monotonic() - start
        return result

    def _make_steps(
        self,
        result: Result,
        data: Data,
        rows: Array,
        cuts: list[int],
        steps: Any,
        max_seconds: float,
        start: float,
    ) -> None:
        net = self.network
        for k, (begin, end) in enumerate(zip(cuts, [*cuts[1:], len(rows)], strict=True)):
            batch = rows[begin:end]
            dropout = 1.0 if steps.dropout is None else float(steps.dropout[k])
            run = Pass(net.theta, net.buffers, True, self.seed, steps.first_draw + k, dropout)
            try:
                pred = net.forward_pass(run, net.exact(data.x[batch]))
                value, total, dpred = self.objective.run(pred, *self._targets(data, batch))
            except (Exception, KeyboardInterrupt) as error:
                result["error"], result["finite"] = error, False
                return
            result["last_loss"] = value / total if total > 0 else 0.0
            if self.trace is not None:
                self.trace[k] = result["last_loss"], self.optimizer.decayed_squares(net.theta)
            if not np.isfinite(value):
                result["finite"] = False
                return
            result["loss_sum"] += value
            result["weight_sum"] += total
            if steps.loss_scales is not None:
                dpred *= dpred.dtype.type(steps.loss_scales[k])
            if not (self._backward(run, dpred, result) and self._update(k, steps, result)):
                return
            result["steps"] += 1
            if self._polled(result):
                break
            if max_seconds > 0 and time.monotonic() - start > max_seconds:
                result["stopped"] = True
                break

    def _backward(self, run: Pass, dpred: Array, result: Result) -> bool:
        """Fill grad, and tell of each part that is done; False where that failed."""
        net, left = self.network, list(self.parts)
        end = net.num_parameters

        def done(first: int) -> None:
            nonlocal end
            while left and left[-1] >= first:
                begin = left.pop()
                assert self.on_part is not None
                self.on_part(begin, end)
                end = begin

        try:
            net.backward_pass(run, dpred, False, done)
        except (Exception, KeyboardInterrupt) as error:
            result["error"] = error
            return False
        return True

    def _polled(self, result: Result) -> bool:
        """Whether the caller's poll raised."""
        try:
            if self.poll is not None:
                self.poll()
            return False
        except (Exception, KeyboardInterrupt) as error:
            result["error"], result["stopped"] = error, True
            return True

    def _update(self, k: int, steps: Any, result: Result) -> bool:
        """Clip the gradient and make the optimizer's step; False where the hook failed."""
        theta, grad = self.network.theta, self.network.grad
        assert grad is not None
        if self.on_gradient is not None:
            try:
                self.on_gradient(grad)
            except (Exception, KeyboardInterrupt) as error:
                result["error"] = error
                return False
        if self.max_norm > 0:
            norm = gradient_norm(grad)
            result["gradient_norm"] = max(result["gradient_norm"], norm)
            factor = self.max_norm / (norm + 1e-6)  # NaN stays NaN
            grad *= grad.dtype.type(1.0 if factor >= 1.0 else factor)
        if self.max_value > 0:
            clip_values(grad, self.max_value)
        lr, decay = float(steps.learning_rates[k]), float(steps.weight_decays[k])
        self.optimizer.step(theta, grad, lr, steps.first_step + k, decay)
        if self.average is not None:
            rate = self.average.dtype.type(steps.average_rates[k])
            self.average += rate * (theta - self.average)
        return True


def _after(steps: Any, count: int) -> Any:
    """Return what is behind the next `count` steps."""
    names = ("learning_rates", "weight_decays", "dropout", "average_rates", "loss_scales")
    arrays = {name: getattr(steps, name) for name in names}
    return steps._replace(
        **{name: None if a is None else a[count:] for name, a in arrays.items()},
        first_step=steps.first_step + count,
        first_draw=steps.first_draw + count,
    )


def _result() -> Result:
    return {
        "loss_sum": 0.0, "weight_sum": 0.0, "last_loss": 0.0, "gradient_norm": 0.0,
        "steps": 0, "seconds": 0.0, "finite": True, "stopped": False, "error": None,
    }  # fmt: skip


def job(
    network: Network,
    data: Data,
    objective: Objective,
    optimizer: Optimizer | None,
    settings: Mapping[str, Any],
) -> Job:
    """Return a fit as an object."""
    return Job(network, data, objective, optimizer, settings)
