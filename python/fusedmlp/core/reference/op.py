"""What every op of the twin is, as cpp/network/op.hpp: forward remembers, backward uses it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from numpy.typing import NDArray

Array = NDArray[Any]


class Pass:
    """What a layer sees of the whole network during one pass."""

    def __init__(
        self,
        theta: Array,
        buffers: Array,
        training: bool = False,
        seed: int = 0,
        draw: int = 0,
        dropout: float = 1.0,
    ) -> None:
        self.theta, self.buffers = theta, buffers
        self.training, self.seed, self.draw, self.dropout = training, seed, draw, dropout


class Op:
    """A layer; `out` is its width, `num_parameters` and `num_buffers` what it owns."""

    num_parameters = 0
    num_buffers = 0
    first_parameter = 0
    first_buffer = 0
    position = 0  # among the ops: names its stream of random numbers
    partner: Any = None  # the other end of a residual block

    needs_batch = False  # whether a training batch of one row has no meaning

    def __init__(self, width: int, settings: Mapping[str, Any]) -> None:
        self.width = self.out = width
        self.settings = settings

    def forward(self, run: Pass, x: Array) -> Array:
        """Return y."""
        raise TypeError(f"{type(self).__name__} defines no forward")

    def backward(self, run: Pass, dy: Array, grad: Array, need_dx: bool) -> Array | None:
        """Write this layer's part of `grad`, return dx."""
        raise TypeError(f"{type(self).__name__} defines no backward")
