"""L-BFGS: SciPy's minimiser on the engine's loss and gradient over all rows."""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.optimize
from sklearn.utils.optimize import _check_optimize_result
from threadpoolctl import threadpool_limits

from ..checks.arrays import Array, exact
from ..core import backend
from ..layers import BatchNorm
from ..losses import Loss
from ..sequential import Sequential
from ..training.task import Task
from .compat import lbfgs_printing
from .data import Watch
from .heads import Head
from .network import weights_and_biases


class Objective:
    """The loss of a network over all rows with its L2 term, and its gradient, in float64.

    A row's loss is the sum over its outputs (for "squared_error" half the sum of squares), so value
    and gradient belong together for any number of outputs.
    """

    def __init__(self, network: Sequential, task: Task, head: Head, alpha: float) -> None:
        self.network, self._task, self._head, self._alpha = network, task, head, alpha
        self._weights = np.ones(task.size) if task.weights is None else task.weights
        self._total = float(self._weights.sum())
        target = task.target
        self._target = exact(target, np.int64 if task.classes else np.float64)
        rest = head.constants(target)
        self._rest = 0.0 if rest is None else float(self._weights @ rest) / self._total
        self._decay = np.zeros(network.theta.size)
        for begin, end, _, decay in network.segments:
            self._decay[begin:end] = decay * alpha / self._total
        # Blocks of rows keep the memory small; batch norm looks at all rows together.
        whole = any(isinstance(layer, BatchNorm) for layer in network.layers)
        widest = max(a.shape[1] for a in network.parameters().values() if a.ndim == 2)
        self._block = task.size if whole else max(256, 2**20 // widest)
        self.reported = np.nan  # the loss of the last call in scikit-learn's measure

    def __call__(self, theta: Array) -> tuple[float, Array]:
        """Return value and gradient at `theta`."""
        network, scale = self.network, self._head.scale
        network.theta[...] = theta
        gradient, loss = np.zeros_like(theta), 0.0
        for begin in range(0, self._task.size, self._block):
            part = slice(begin, begin + self._block)
            pred = network.forward(self._task.x[part], training=True)
            value, dpred = self._loss(pred, part)
            network.backward(dpred, need_dx=False)
            loss += value
            gradient += network.grad
        penalty = 0.5 * float(theta @ (self._decay * theta))
        self.reported = self._head.reported * loss + self._rest + penalty
        return scale * loss + self._rest + penalty, scale * gradient + self._decay * theta

    def _loss(self, pred: Array, part: slice) -> tuple[float, Array]:
        """Return the share of some rows in the mean loss, and its gradient."""
        loss, weights = self._head.loss, self._weights[part]
        target = self._target[part]
        if not isinstance(loss, Loss):
            share = float(weights.sum()) / self._total
            value, dpred = loss(pred, target, weights)
            return share * value, share * dpred
        each, dpred = np.empty(len(pred)), np.empty_like(pred)
        scale = weights / self._total
        backend.core.loss_forward_backward(
            loss.name, self._task.loss_params, pred, target, scale, each, dpred
        )
        return float(scale @ each), dpred


def minimize(estimator: Any, task: Task, watch: Watch | None, head: Head) -> None:
    """Fit ``estimator.network_``, and set what scikit-learn says of such a fit."""
    network: Sequential = estimator.network_
    objective = Objective(in_float64(network), task, head, float(estimator.alpha))
    curve: list[float] = []

    def after_iteration(theta: Array) -> None:
        curve.append(objective.reported)
        if watch is not None:
            network.theta[...] = theta
            estimator.validation_loss_curve_.append(watch.loss())

    loud = estimator.verbose is True or estimator.verbose >= 1
    # SciPy's own products are short; BLAS threads that wait for the next one spin, and would take
    # the processors away from the passes through the net.
    with threadpool_limits(limits=1, user_api="blas"):
        result = scipy.optimize.minimize(
            objective,
            network.theta.astype(np.float64),
            method="L-BFGS-B",
            jac=True,
            callback=after_iteration,
            options={
                "maxfun": estimator.max_fun,
                "maxiter": estimator.max_iter,
                "gtol": estimator.tol,
                **lbfgs_printing("iprint", 1 if loud else -1),
            },
        )
    estimator.n_iter_ = _check_optimize_result("lbfgs", result, estimator.max_iter)
    objective(result.x)
    network.theta[...] = result.x
    network.buffers[...] = objective.network.buffers
    estimator.loss_, estimator.loss_curve_ = float(objective.reported), curve
    estimator.t_ += task.size * int(result.nit)


def in_float64(network: Sequential) -> Sequential:
    """Return a copy that computes in float64: float32 is too coarse for a line search."""
    copy = Sequential(
        network.layers, in_features=network.in_features, dtype="float64", seed=network.seed
    )
    copy.theta[...], copy.buffers[...] = network.theta, network.buffers
    return copy


def loss_and_gradient(
    network: Sequential, task: Task, head: Head, alpha: float, packed: Array
) -> tuple[float, Array]:
    """Return loss and gradient at weights in scikit-learn's order: all ``coefs_``, then all
    ``intercepts_``."""
    numbered = in_float64(network)
    numbered.theta[...] = np.arange(numbered.theta.size)
    weights, biases = weights_and_biases(numbered)
    places = np.concatenate([a.ravel() for a in (*weights, *biases)]).astype(np.int64)
    theta = in_float64(network).theta.copy()
    theta[places] = packed
    value, gradient = Objective(in_float64(network), task, head, alpha)(theta)
    return value, gradient[places]
