"""The network in NumPy: the same plan and passes as cpp/network/."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .op import Op, Pass
from .ops import OP_KINDS

Array = NDArray[Any]
OpSpec = tuple[str, Mapping[str, Any]]


class Network:
    """Layers in order, with the arrays they work on."""

    def __init__(
        self,
        dtype: str,
        in_features: int,
        ops: Sequence[OpSpec],
        theta: Array,
        grad: Array | None,
        buffers: Array,
    ) -> None:
        self.dtype = np.dtype(dtype)
        self.theta, self.grad, self.buffers = theta, grad, buffers
        self.ops: list[Op] = []
        self.num_parameters = self.num_buffers = 0
        width = in_features
        open_blocks: list[Op] = []
        for kind, settings in ops:
            op = OP_KINDS[kind](width, settings)
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
        self.needs_batch = any(op.needs_batch for op in self.ops)
        self._description = (dtype, in_features, tuple(ops))
        for name, array, wanted in (
            ("theta", theta, self.num_parameters),
            ("buffers", buffers, self.num_buffers),
            ("grad", grad, self.num_parameters),
        ):
            if array is not None and array.size != wanted:
                raise ValueError(
                    f"network: the layers need {name} of {wanted} numbers, got {array.size}"
                )

    def forward_pass(self, run: Pass, x: Array) -> Array:
        """Return the outputs for exact rows `x`; layers remember what backward needs."""
        for op in self.ops:
            x = op.forward(run, x)
        return x

    def backward_pass(
        self,
        run: Pass,
        dy: Array,
        need_dx: bool,
        done: Callable[[int], None] = lambda first: None,
    ) -> Array | None:
        """Fill grad from `dy`, return dx; ``done(first)`` when grad is there from `first` on."""
        if self.grad is None:
            raise ValueError("network: backward needs grad")
        dx: Array | None = dy
        for op in reversed(self.ops):
            assert dx is not None
            dx = op.backward(run, dx, self.grad, need_dx or op.first_parameter > 0)
            done(op.first_parameter)
            if dx is None:
                break
        return dx

    def apart(self) -> Network:
        """Return the same layers on the same arrays, with a memory of their own."""
        return Network(*self._description, self.theta, None, self.buffers)

    def predict(self, x: Array, y: Array, num_threads: int) -> None:
        """Forward without side effects, so that threads may predict side by side."""
        y[...] = self.apart().forward_pass(Pass(self.theta, self.buffers), self.exact(x))

    # The twin has no fast ways: it leaves everything to the caller's checks.

    def predict_row(self, x: Any, out: Any) -> Any:
        """One row."""
        return NotImplemented

    def predict_exact(self, x: Any, out: Any) -> Any:
        """Rows."""
        return NotImplemented

    def forward_exact(self, x: Any, training: bool, seed: int, draw: int) -> Any:
        """Forward that remembers what backward needs."""
        return NotImplemented

    def backward_exact(self, dy: Any, need_dx: bool) -> Any:
        """Gradients of the last forward."""
        return NotImplemented

    def forward(
        self, x: Array, y: Array, training: bool, seed: int, draw: int, num_threads: int
    ) -> None:
        """Forward that remembers what backward needs."""
        self._last = Pass(self.theta, self.buffers, training, seed, draw)
        # A copy: the caller may change x before backward.
        y[...] = self.forward_pass(self._last, self.exact(x).copy())

    def backward(self, dy: Array, dx: Array | None, num_threads: int) -> None:
        """Gradients of the last forward."""
        result = self.backward_pass(self._last, dy, dx is not None)
        if dx is not None:
            assert result is not None
            dx[...] = result

    def exact(self, x: Array) -> Array:
        """Return `x` as a C-contiguous array of the network's dtype."""
        with np.errstate(over="ignore", invalid="ignore"):
            return np.ascontiguousarray(x, dtype=self.dtype)


def network(
    dtype: str,
    in_features: int,
    ops: Sequence[OpSpec],
    theta: Array,
    grad: Array | None,
    buffers: Array,
) -> Network:
    """Return the network of these layers."""
    return Network(dtype, in_features, ops, theta, grad, buffers)
