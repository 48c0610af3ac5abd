"""Weights in 8 bits: a whole number from -127 to 127 times a scale for each output."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..checks.arrays import Array
from .ops import Affine, Operation, Steps


@dataclass(frozen=True)
class Quantized(Operation):
    """y = (x Q) scale + b, with whole numbers Q."""

    levels: Array
    scale: Array
    bias: Array | None

    def __call__(self, x: Array) -> Array:
        y: Array = (x @ self.levels.astype(np.float64)) * self.scale
        return y if self.bias is None else y + self.bias

    def out(self, width: int) -> int:
        return int(self.levels.shape[1])


def quantized(ops: Steps) -> Steps:
    """Return operations with every product in 8 bits; biases keep their digits."""
    done: list[Operation] = []
    for op in ops:
        op = op.with_parts(quantized)
        if isinstance(op, Affine):
            largest = np.abs(op.weight).max(axis=0)
            scale = np.where(largest > 0, largest / 127.0, 1.0)
            levels = np.rint(op.weight / scale).astype(np.int8)
            op = Quantized(levels, scale, op.bias)
        done.append(op)
    return tuple(done)
