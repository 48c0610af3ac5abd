"""What looks wrong in a fit, in plain words: inputs, dead units, step sizes, overfitting."""

from __future__ import annotations

import time
from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from ..checks.arrays import Array, exact
from ..core import backend
from ..core.catalogue import ACTIVATIONS
from ..model.parameters import Parameters

_ROWS = 256  # looked at, at most
_SMALL = 2**16  # parameters of a model that is always examined at the end
_SHARE = 0.005  # of the training time may be spent on looking
_LARGE_INPUT = 10.0
_UNLIKE_INPUTS = 100.0
_DEAD_SHARE = 0.4
_BIG_STEP, _SMALL_STEP = 0.05, 1e-6
_JUMP = 1.15
_VANISHING = 1e-3
_VALIDATION_RISE = 0.2


class Doctor:
    """Looks at a model now and then during a fit, and says at its end what looks wrong.

    Small models are looked at when the fit ends. Larger ones are looked at during the fit, where
    that takes little of its time. The rows are the fit's own; nothing here outlives it.

    Parameters
    ----------
    x : numpy.ndarray, shape (n, in_features)
        Some of the training rows.
    ignore_gap : bool
        Whether the best weights are restored anyway, so that overfitting at the end is no news.
    reach : str, optional
        A sentence about targets that the outputs cannot reach.
    indices : sequence of int
        Columns of `x` that hold indices, whose scale says nothing.
    """

    def __init__(
        self,
        x: Array,
        ignore_gap: bool = False,
        reach: str | None = None,
        indices: Sequence[int] = (),
    ) -> None:
        self.x = exact(x, np.float32)
        columns = np.arange(self.x.shape[1])
        self._numbers = np.setdiff1d(columns, indices) if len(indices) else columns
        self.ignore_gap, self.reach = ignore_gap, reach
        self.dead: list[tuple[str, int, int]] = []  # layer, silent units, all units
        self.moves: list[float] = []  # per step, relative to the weights, one per weight matrix
        self.moved_at = -1
        self._blocked = False
        self._cost, self._spent = 0.0, 0.0  # seconds of the last look, of all

    @staticmethod
    def rows_wanted(features: int) -> int:
        """Return how many rows to look at."""
        return max(16, min(_ROWS, 2**16 // features))

    @staticmethod
    def waits(size: int) -> bool:
        """Whether it looks at a model of so many parameters when the fit ends, not before."""
        return size <= _SMALL

    def due(self, epoch: int, size: int, elapsed: float, at_end: bool = False) -> bool:
        """Whether to look now: at a small model when the fit ends; at a large one after its 1st,
        2nd, 4th, 8th ... epoch, if that takes little of the time `elapsed` so far."""
        if self.waits(size) or at_end:
            return at_end and self.waits(size)
        if (epoch + 1) & epoch:
            return False
        # Before the first look, a guess: some passes over all weights, and the rows' forward pass.
        cost = self._cost or 1e-4 + size * (5e-9 + 1e-10 * len(self.x))
        return self._spent + cost <= _SHARE * elapsed

    def examine(self, model: Parameters, before: Array, epoch: int, steps: int) -> None:
        """Measure the steps of the last epoch and count the silent units.

        `before` is theta at the beginning of the epoch, which made `steps` steps.
        """
        start = time.perf_counter()
        self.moves, self.moved_at = _moves(model, before, steps), epoch
        self.dead = _silent_units(model, self.x.astype(model.dtype))
        self._cost = time.perf_counter() - start
        self._spent += self._cost

    def advice(self, history: dict[str, list[float]]) -> list[str]:
        """Return at most four sentences about what was seen and the curves of the fit."""
        self._blocked = False  # dead units explain gradients that do not arrive
        found = [
            *([] if self.reach is None else [self.reach]),
            *self._about_inputs(),
            *self._about_dead_units(),
            *self._about_steps(history.get("loss", [])),
            *self._about_validation(history),
        ]
        return found[:4]

    def _about_inputs(self) -> list[str]:
        x = self.x if len(self._numbers) == self.x.shape[1] else self.x[:, self._numbers]
        if x.shape[0] < 2 or x.shape[1] == 0:
            return []
        size, spread = backend.core.column_spread(np.ascontiguousarray(x)).tolist()
        varying = [s for s in spread if s > 0]
        fix = "scale each column, for example (X - X.mean(axis=0)) / X.std(axis=0)"
        largest = max(size)
        if largest > _LARGE_INPUT:
            column = self._numbers[size.index(largest)]
            return [f"The inputs are large (column {column}: about {largest:.3g}): {fix}."]
        if not varying:
            return []
        low, high = min(varying), max(varying)
        if high < 1 / _UNLIKE_INPUTS:
            return [f"The inputs hardly vary (by {high:.2g} at most): {fix}."]
        if low < high / _UNLIKE_INPUTS and np.median(varying) < high / 10:
            return [f"The columns of X vary unlike each other (by {low:.2g} to {high:.2g}): {fix}."]
        return []

    def _about_dead_units(self) -> list[str]:
        bad = [item for item in self.dead if item[1] >= _DEAD_SHARE * item[2]]
        if not bad:
            return []
        layer, silent, units = max(bad, key=lambda item: item[1] / item[2])
        self._blocked = True
        return [
            f"{silent} of the {units} units of {layer} give the same extreme output for all "
            f"{len(self.x)} rows looked at and learn nothing: a smaller learning rate, scaled "
            "inputs, or leaky_relu, elu or gelu usually help."
        ]

    def _about_steps(self, loss: list[float]) -> list[str]:
        moves = [move for move in self.moves if np.isfinite(move)]
        if not moves or len(loss) < 2:
            return []
        stuck = not loss[-1] < 0.95 * loss[0]
        jumps = sum(later > _JUMP * value for value, later in pairwise(loss))
        unsteady = stuck or (jumps >= 2 and jumps >= len(loss) // 5)
        if unsteady and self.moved_at > 0 and max(moves) > _BIG_STEP:
            share = f"about {max(moves):.0%}" if max(moves) < 1 else "more than their own size"
            return [
                f"Each step changes the weights by {share} and the loss "
                f"{'does not fall' if stuck else 'jumps up and down'}: use a smaller learning rate "
                "or clip_grad_norm."
            ]
        if self._blocked or self.reach is not None:
            return []
        if stuck and max(moves) < _SMALL_STEP:
            return [
                f"A step changes the weights by less than {_SMALL_STEP:.0e} of their size and the "
                "loss does not fall: use a larger learning rate."
            ]
        if len(moves) > 2 and moves[0] < _VANISHING * max(moves):
            return [
                f"The first layer's weights change {max(moves) / max(moves[0], 1e-30):.0f} times "
                "slower than others, its gradients vanish: relu, gelu or tanh instead of sigmoid, "
                "a norm layer, or fewer layers usually help."
            ]
        return []

    def _about_validation(self, history: dict[str, list[float]]) -> list[str]:
        values, loss = history.get("val_loss", []), history.get("loss", [])
        if self.ignore_gap or len(values) < 5 or not np.isfinite(values).all():
            return []
        best = int(np.argmin(values))
        rise = values[-1] - values[best]
        if rise <= _VALIDATION_RISE * abs(values[best]) or loss[-1] >= values[-1]:
            return []
        return [
            f"The validation loss was lowest ({values[best]:.3g}) after {best + 1} epochs and has "
            f"risen to {values[-1]:.3g}: the model overfits. EarlyStopping, weight decay, dropout "
            "or more data help."
        ]


def _silent_units(model: Parameters, x: Array) -> list[tuple[str, int, int]]:
    """Count the units of each layer that give the same extreme output for all rows of `x`."""
    found = []
    ranges = backend.core.unit_ranges(model._network, x)
    for placed in model._built.layers[:-1]:  # outputs may well be 0 for good reasons
        last = model._built.ops[placed.end - 1]
        activation = ACTIVATIONS.get(last.settings.get("activation", ""))
        if activation is None or activation.silent is None or last.settings.get("blended"):
            continue
        least, most = ranges[placed.end - 1]
        low, high = activation.ends(activation.silent, last.settings["params"])
        silent = 0
        if low is not None:
            silent += np.count_nonzero(most <= low)
        if high is not None:
            silent += np.count_nonzero(least >= high)
        found.append((f"layers[{placed.name}] {placed.layer.label()}", silent, len(least)))
    return found


def _moves(model: Parameters, before: Array, steps: int) -> list[float]:
    """Return how far each weight matrix went per step, relative to its size.

    From at most about 4096 of its elements; steps are taken as independent of each other.
    """
    # Not biases, nor a norm's factors.
    ranges = [(s.begin, s.end) for s in model.segments if s.decay != 0]
    norms = backend.core.moved(model.theta, before, ranges, 4096)
    apart = np.sqrt(max(steps, 1))
    return [went / apart / size if size else float("inf") for size, went in norms]
