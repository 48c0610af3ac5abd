"""One class per kind of layer, as in cpp/network/: forward remembers, backward uses it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .activations import FROM_OUTPUT, activation_backward, activation_forward
from .dense import dense_backward

Array = NDArray[Any]


class Pass:
    """What a layer sees of the whole network during one pass."""

    def __init__(self, theta: Array, buffers: Array, training: bool, seed: int, draw: int) -> None:
        self.theta, self.buffers = theta, buffers
        self.training, self.seed, self.draw = training, seed, draw


class Op:
    """A layer; `out` is its width, `num_parameters` and `num_buffers` what it owns."""

    num_parameters = 0
    num_buffers = 0
    first_parameter = 0
    first_buffer = 0

    def __init__(
        self, width: int, sizes: Sequence[int], activation: str, params: Sequence[float]
    ) -> None:
        self.width = self.out = width
        self.sizes, self.activation, self.params = sizes, activation, params

    def forward(self, run: Pass, x: Array) -> Array:
        """Return y."""
        raise TypeError(f"{type(self).__name__} defines no forward")

    def backward(self, run: Pass, dy: Array, grad: Array, need_dx: bool) -> Array | None:
        """Write this layer's part of `grad`, return dx."""
        raise TypeError(f"{type(self).__name__} defines no backward")


class DenseOp(Op):
    """y = f(x W + b)."""

    def __init__(self, width: int, *description: Any) -> None:
        super().__init__(width, *description)
        self.out, self.has_bias = self.sizes
        self.num_parameters = width * self.out + (self.out if self.has_bias else 0)

    def _weight(self, flat: Array) -> Array:
        start = self.first_parameter
        return flat[start : start + self.width * self.out].reshape(self.width, self.out)

    def _bias(self, flat: Array) -> Array:
        start = self.first_parameter + self.width * self.out
        return flat[start : start + self.out]

    def forward(self, run: Pass, x: Array) -> Array:
        with np.errstate(all="ignore"):
            z = x @ self._weight(run.theta)
            if self.has_bias:
                z += self._bias(run.theta)
        self.x, self.z = x, z
        self.y = np.empty_like(z)
        activation_forward(self.activation, self.params, z, self.y)
        return self.y

    def backward(self, run: Pass, dy: Array, grad: Array, need_dx: bool) -> Array | None:
        dz = np.empty_like(dy)
        y = self.y if self.activation in FROM_OUTPUT else None
        activation_backward(self.activation, self.params, dy, self.z, y, dz)
        dx = np.empty_like(self.x) if need_dx else None
        db = self._bias(grad) if self.has_bias else np.empty_like(dy, shape=self.out)
        dense_backward(dz, self.x, self._weight(run.theta), dx, self._weight(grad), db)
        return dx


class ActivationOp(Op):
    """y = f(x)."""

    def forward(self, run: Pass, x: Array) -> Array:
        self.x, self.y = x, np.empty_like(x)
        activation_forward(self.activation, self.params, x, self.y)
        return self.y

    def backward(self, run: Pass, dy: Array, grad: Array, need_dx: bool) -> Array | None:
        dx = np.empty_like(dy)
        y = self.y if self.activation in FROM_OUTPUT else None
        activation_backward(self.activation, self.params, dy, self.x, y, dx)
        return dx


OP_KINDS: dict[str, type[Op]] = {"dense": DenseOp, "activation": ActivationOp}
