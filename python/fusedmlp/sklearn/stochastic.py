"""Fits step by step: scikit-learn's epochs, each of them one call of the engine."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from sklearn.exceptions import ConvergenceWarning

from ..checks.arrays import Array
from ..core.exceptions import DivergedError
from ..core.records import Steps
from ..layers import refuse_lone_row
from ..training.callbacks import EMA
from ..training.task import Task
from .data import Watch
from .heads import Head

if TYPE_CHECKING:
    from ..core._core import Result, Settings

NOT_FINITE = (
    "Solver produced non-finite parameter weights. The input data may contain large values and "
    "need to be preprocessed."
)


class Epochs:
    """Drives the engine's job of one estimator, epoch by epoch."""

    def __init__(
        self, estimator: Any, task: Task, watch: Watch | None, head: Head, threads: int
    ) -> None:
        self.estimator, self.task, self.watch, self.head = estimator, task, watch, head
        self.network, self.solver = estimator.network_, estimator._optimizer
        batch = self._batch_size(task.size)
        refuse_lone_row(self.network.layers, batch, "fit")
        self.average = _average(estimator)
        self.trace = np.zeros((-(-task.size // batch), 2))
        settings: Settings = {
            "batch_size": batch,
            "clip_grad_norm": float(estimator.clip_grad_norm or 0.0),
            "seed": self.network.seed,
            "num_threads": threads,
            "average": None if self.average is None else self.average.average,
            "trace": self.trace,
        }
        self.job = task.job(self.network, self.solver.optimizer, settings)
        self.steps = self.job.steps(task.size)
        self.scales = np.full(self.steps, head.scale)
        self.starts = np.arange(self.steps) * batch
        self.counts = np.diff([*self.starts, task.size]).astype(np.float64)
        self.constants = head.constants(task.target)
        self.decays: NDArray[np.float64] | None = None

    def _batch_size(self, rows: int) -> int:
        size = self.estimator.batch_size
        if isinstance(size, str):
            return min(200, rows)
        if size > rows:
            warnings.warn(
                "Got `batch_size` less than 1 or larger than sample size. It is going to be "
                "clipped",
                stacklevel=6,
            )
        return min(int(size), rows)

    def run(self, incremental: bool) -> None:
        """Train until the epochs are over or nothing improves any more."""
        est = self.estimator
        est.n_iter_ = 0
        try:
            for _ in range(1 if incremental else est.max_iter):
                if not self._epoch():
                    break
                if incremental:
                    break
                if est.n_iter_ == est.max_iter:
                    warnings.warn(
                        f"Stochastic Optimizer: Maximum iterations ({est.max_iter}) "
                        "reached and the optimization hasn't converged yet.",
                        ConvergenceWarning,
                        stacklevel=6,
                    )
        except KeyboardInterrupt:
            warnings.warn("Training interrupted by user.", stacklevel=6)
        finally:
            self._close()

    def _epoch(self) -> bool:
        """Make one epoch; False where the fit is over."""
        est, network, solver = self.estimator, self.network, self.solver
        if self.average is not None:
            self.average.use(average=False)
        order = self.task.order(network.seed, network.epochs_trained, est.shuffle)
        if self.decays is None or self.task.weights is not None:
            self.decays = self._weigh(order)
        average = None if self.average is None else self.average.rates(self.steps)
        steps = Steps(
            np.full(self.steps, solver.learning_rate), self.decays, None, average,
            solver.optimizer.step_count + 1, network.steps_trained, self.scales,
        )  # fmt: skip
        result = self.job.epoch(order, steps, 0.0)
        self._count(result)
        if result["error"] is not None:
            raise result["error"]
        if self.average is not None:
            self.average.use(average=True)
        est.n_iter_ += 1
        est.loss_ = self._loss(order) if result["finite"] else np.nan
        est.t_ += self.task.size
        est.loss_curve_.append(est.loss_)
        if est.verbose:
            print(f"Iteration {est.n_iter_}, loss = {est.loss_:.8f}")
        if not result["finite"]:
            self._diverged(result)
            return False
        est._update_no_improvement_count(self.watch)
        solver.epoch_ends(est.t_)
        if est._no_improvement_count < est.n_iter_no_change:
            return True
        what = "Validation score" if est.early_stopping else "Training loss"
        over: bool = solver.gives_up(
            f"{what} did not improve more than tol={est.tol:f} for {est.n_iter_no_change} "
            "consecutive epochs.",
            est.verbose,
        )
        if not over:
            est._no_improvement_count = 0
        return not over

    def _weigh(self, order: Array | None) -> NDArray[np.float64]:
        """Return each step's weight decay, and set the shares of the trace in scikit-learn's loss:
        batches count by their rows, the L2 term is in it."""
        weights = self.task.weights
        self.sums = self.counts if weights is None else self._sums(weights, order)
        decays = self.solver.decays(self.estimator.alpha, self.sums)
        rows = self.counts / self.task.size
        l2 = np.zeros(self.steps) if self.solver.decoupled else 0.5 * decays
        self.shares = np.stack([self.head.reported * rows, l2 * rows], axis=1)
        return decays

    def _sums(self, values: Array, order: Array | None) -> NDArray[np.float64]:
        """Return the sum of `values` over the rows of each batch."""
        return np.asarray(np.add.reduceat(values if order is None else values[order], self.starts))

    def _loss(self, order: Array | None) -> float:
        """Return scikit-learn's loss of the epoch."""
        loss = float(np.vdot(self.shares, self.trace[: self.steps]))
        if self.constants is not None:
            weights = self.task.weights
            weighed = self.constants if weights is None else self.constants * weights
            means = self._sums(weighed, order) / np.where(self.sums > 0, self.sums, 1)
            loss += float(self.counts @ means) / self.task.size
        return loss

    def _count(self, result: Result) -> None:
        made, network = result["steps"], self.network
        network._last_rows = None  # the engine's memory now holds another batch
        self.solver.optimizer.step_count += made
        network.steps_trained += made
        network.epochs_trained += 1
        if self.average is not None:
            self.average.advance(made)

    def _diverged(self, result: Result) -> None:
        """The loss is not finite: an error, unless early stopping has weights to go back to."""
        est = self.estimator
        self.job.restore()
        if not est.early_stopping:
            raise DivergedError(
                f"{NOT_FINITE} (The loss became {result['last_loss']} in iteration {est.n_iter_}, "
                f"step {result['steps']}; the weights are those before it.)",
                epoch=est.n_iter_ - 1,
                step=result["steps"],
                loss=result["last_loss"],
            )
        est.validation_scores_.append(float("nan"))
        warnings.warn(
            f"The loss became {result['last_loss']} in iteration {est.n_iter_}: the fit ends with "
            "the weights of the best validation score. A smaller learning_rate_init or scaled "
            "inputs usually help.",
            ConvergenceWarning,
            stacklevel=8,
        )

    def _close(self) -> None:
        """Leave the average, or the best weights, in the network."""
        est = self.estimator
        est._averaging = None
        if self.average is not None:
            self.average.use(average=True)
            est._averaging = self.average.state_dict()
        if est.early_stopping and est._best is not None:
            self.network.theta[...], self.network.buffers[...] = est._best
            est._best = None


def _average(estimator: Any) -> EMA | None:
    """Return the moving average of the weights, gone on with where there was one before."""
    if estimator.ema_decay is None:
        return None
    average = EMA(float(estimator.ema_decay))
    average.model = estimator.network_
    average.on_train_begin({})
    before = estimator._averaging
    if before is not None:
        average.load_state_dict(before)
        average.use(average=False)
    return average
