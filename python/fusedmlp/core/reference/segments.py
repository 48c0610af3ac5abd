"""The parameters of a network as segments with factors of their own, and their optimizer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .optimizers import optimizer_step, scalar_states

Array = NDArray[Any]


class Optimizer:
    """An optimizer with its state over the segments of theta."""

    def __init__(
        self,
        name: str,
        hyper: Sequence[float],
        state: Sequence[Array | None],
        segments: Sequence[Any],
    ) -> None:
        self.name, self.hyper, self.state, self.segments = name, hyper, state, segments

    def step(self, p: Array, g: Array, lr: float, step: int, weight_decay: float) -> None:
        """Make one step in place on `p` from `g`."""
        # A state of one number belongs to all parameters and moves once per step.
        arrays = len(self.state) - scalar_states(self.name)
        scalars = [a for a in self.state[arrays:] if a is not None]
        before = [a.copy() for a in scalars]
        for begin, end, lr_factor, decay_factor in self._joined(weight_decay != 0):
            for array, value in zip(scalars, before, strict=True):
                array[:] = value
            state = [None if a is None else a[begin:end] for a in self.state[:arrays]]
            optimizer_step(
                self.name, self.hyper, p[begin:end], g[begin:end], [*state, *scalars],
                lr * lr_factor, step, weight_decay * decay_factor,
            )  # fmt: skip

    def decayed_squares(self, p: Array) -> float:
        """Return the sum of squares of `p`, each times its factor of weight decay."""
        return float(
            sum(d * np.square(p[b:e], dtype=np.float64).sum() for b, e, _, d in self.segments)
        )

    def _joined(self, by_decay: bool) -> list[tuple[int, int, float, float]]:
        """Return the segments, neighbours with the same numbers as one."""
        joined: list[tuple[int, int, float, float]] = []
        for begin, end, lr, decay in self.segments:
            decay = decay if by_decay else 0.0
            if joined and joined[-1][2:] == (lr, decay):
                joined[-1] = (joined[-1][0], end, lr, decay)
            elif begin < end:
                joined.append((begin, end, lr, decay))
        return joined


def optimizer(
    dtype: str,
    name: str,
    hyper: Sequence[float],
    state: Sequence[Array | None],
    segments: Sequence[Any],
) -> Optimizer:
    """Return an optimizer over the segments of theta."""
    return Optimizer(name, hyper, state, segments)
