"""The engine in NumPy: the same plan, passes and training loop as cpp/network/."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .losses import loss_forward_backward
from .ops import OP_KINDS, Op, Pass
from .optimizers import clip_values, gradient_norm, optimizer_step

Array = NDArray[Any]
OpSpec = tuple[str, Sequence[int], str, Sequence[float]]


class Network:
    """Layers in order; parameters, gradients and running statistics stay with the caller."""

    def __init__(self, dtype: str, in_features: int, ops: Sequence[OpSpec]) -> None:
        self.dtype = np.dtype(dtype)
        self.ops: list[Op] = []
        self.num_parameters = self.num_buffers = 0
        width = in_features
        open_blocks: list[Op] = []
        for kind, sizes, activation, params in ops:
            op = OP_KINDS[kind](width, sizes, activation, params)
            op.position = len(self.ops)
            op.first_parameter, op.first_buffer = self.num_parameters, self.num_buffers
            if kind == "residual_begin":
                open_blocks.append(op)
            if kind == "residual_end":
                op.partner = open_blocks.pop()
                op.partner.partner = op
            self.num_parameters += op.num_parameters
            self.num_buffers += op.num_buffers
            self.ops.append(op)
            width = op.out
        self.out_features = width
        self._description = (dtype, in_features, tuple(ops))

    def _forward(self, run: Pass, x: Array) -> Array:
        for op in self.ops:
            x = op.forward(run, x)
        return x

    def _backward(self, run: Pass, dy: Array, grad: Array, need_dx: bool) -> Array | None:
        dx: Array | None = dy
        for op in reversed(self.ops):
            assert dx is not None
            dx = op.backward(run, dx, grad, need_dx or op.first_parameter > 0)
            if dx is None:
                break
        return dx

    def predict(self, theta: Array, buffers: Array, x: Array, y: Array, num_threads: int) -> None:
        """Forward without side effects, so that threads may predict side by side."""
        other = Network(*self._description)
        y[...] = other._forward(Pass(theta, buffers, False, 0, 0), self._exact(x))

    def predict_row(self, theta: Array, buffers: Array, x: Any, out: Any) -> Any:
        """One row; the twin has no fast path and leaves everything to the door."""
        return NotImplemented

    def forward(
        self,
        theta: Array,
        buffers: Array,
        x: Array,
        y: Array,
        training: bool,
        seed: int,
        draw: int,
        num_threads: int,
    ) -> None:
        """Forward that remembers what backward needs."""
        self._last = Pass(theta, buffers, training, seed, draw)
        # A copy: the caller may change x before backward.
        y[...] = self._forward(self._last, self._exact(x).copy())

    def backward(
        self,
        theta: Array,
        buffers: Array,
        dy: Array,
        grad: Array,
        dx: Array | None,
        num_threads: int,
    ) -> None:
        """Gradients of the last forward."""
        self._last.theta, self._last.buffers = theta, buffers
        result = self._backward(self._last, dy, grad, dx is not None)
        if dx is not None:
            assert result is not None
            dx[...] = result

    def train(
        self,
        theta: Array,
        grad: Array,
        buffers: Array,
        x: Array,
        target: Array,
        weights: Array | None,
        order: Array | None,
        batch_size: int,
        loss: str | Callable[..., tuple[float, Array]],
        loss_params: Sequence[float],
        optimizer: str,
        hyper: Sequence[float],
        state: Sequence[Array | None],
        weight_decay: float,
        decay_ranges: Sequence[tuple[int, int]],
        lrs: Array,
        first_step: int,
        first_draw: int,
        max_norm: float,
        max_value: float,
        seed: int,
        num_threads: int,
        max_seconds: float,
        average: Array | None,
        average_rates: Array | None,
        before: Array | None,
    ) -> dict[str, Any]:
        """One pass over `order` in batches; see _core.pyi."""
        result: dict[str, Any] = {
            "loss_sum": 0.0, "weight_sum": 0.0, "last_loss": 0.0, "gradient_norm": 0.0,
            "steps": 0, "finite": True, "stopped": False, "error": None,
        }  # fmt: skip
        start = time.monotonic()
        if before is not None:
            before[...] = theta
        rows = np.arange(len(x)) if order is None else order
        for k, first in enumerate(range(0, len(rows), batch_size)):
            batch = rows[first : first + batch_size]
            run = Pass(theta, buffers, True, seed, first_draw + k)
            try:
                pred = self._forward(run, self._exact(x[batch]))
                wanted = target[batch] if target.ndim == 1 else self._exact(target[batch])
                weight = None if weights is None else weights[batch]
                value, total, dpred = self._loss(loss, loss_params, pred, wanted, weight)
            except (Exception, KeyboardInterrupt) as error:
                result["error"] = error
                break
            result["last_loss"] = value / total if total > 0 else 0.0
            if not np.isfinite(value):
                result["finite"] = False
                break
            result["loss_sum"] += value
            result["weight_sum"] += total
            self._backward(run, dpred, grad, False)
            if max_norm > 0:
                norm = gradient_norm(grad)
                result["gradient_norm"] = max(result["gradient_norm"], norm)
                factor = max_norm / (norm + 1e-6)  # NaN stays NaN
                grad *= grad.dtype.type(1.0 if factor >= 1.0 else factor)
            if max_value > 0:
                clip_values(grad, max_value)
            optimizer_step(
                optimizer, hyper, theta, grad, state, float(lrs[k]), first_step + k,
                weight_decay, decay_ranges,
            )  # fmt: skip
            if average is not None and average_rates is not None:
                average += average.dtype.type(average_rates[k]) * (theta - average)
            result["steps"] += 1
            if max_seconds > 0 and time.monotonic() - start > max_seconds:
                result["stopped"] = True
                break
        return result

    def _loss(
        self, loss: Any, params: Sequence[float], pred: Array, target: Array, weight: Array | None
    ) -> tuple[float, float, Array]:
        """Return sum of w_i l_i, sum of w_i, and the gradient of their quotient."""
        w = np.ones(len(pred)) if weight is None else weight
        total = float(w.sum())
        if callable(loss):
            value, dpred = loss(pred, target, weight)
            return value * total, total, dpred
        row_loss, dpred = np.empty(len(pred)), np.empty_like(pred)
        scale = w / total if total > 0 else np.zeros_like(w)
        loss_forward_backward(loss, params, pred, target, scale, row_loss, dpred)
        return float(w @ row_loss), total, dpred

    def _exact(self, x: Array) -> Array:
        with np.errstate(over="ignore", invalid="ignore"):
            return np.ascontiguousarray(x, dtype=self.dtype)


def network(dtype: str, in_features: int, ops: Sequence[OpSpec]) -> Network:
    """Return the engine for these layers."""
    return Network(dtype, in_features, ops)
