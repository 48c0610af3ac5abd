"""What looks wrong in a fit, in plain words: inputs, dead units, step sizes, overfitting."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import numpy as np

from . import _backend
from ._validate import Array

if TYPE_CHECKING:
    from .layers import Op
    from .model.passes import Passes

_ROWS = 256  # looked at, at most
_SHARE = 0.005  # of the training time may be spent on looking
_LARGE_INPUT = 10.0
_UNLIKE_INPUTS = 100.0
_DEAD_SHARE = 0.4
_BIG_STEP, _SMALL_STEP = 0.2, 1e-6
_VANISHING = 1e-3
_VALIDATION_RISE = 0.2

# An output of a unit that says: no gradient comes through here.
_SILENT = {
    "relu": lambda y: y == 0,
    "relu6": lambda y: (y == 0) | (y == 6),
    "hardtanh": lambda y: np.abs(y) == 1,
    "hardsigmoid": lambda y: (y == 0) | (y == 1),
    "sigmoid": lambda y: (y < 0.001) | (y > 0.999),
    "tanh": lambda y: np.abs(y) > 0.999,
}


class Doctor:
    """Keeps a few rows of the data and a few measurements; gives advice when asked.

    Parameters
    ----------
    x : numpy.ndarray, shape (n, in_features)
        The training rows; at most 256, evenly spaced, are kept.
    ignore_gap : bool
        Whether the best weights are restored anyway, so that overfitting at the end is no news.
    """

    def __init__(self, x: Array, ignore_gap: bool = False) -> None:
        count = max(8, min(_ROWS, 2**16 // x.shape[1]))
        rows = np.linspace(0, len(x) - 1, min(count, len(x))).astype(int)
        self.x = np.asarray(x[rows], dtype=np.float32)
        self.ignore_gap = ignore_gap
        self.dead: list[tuple[str, int, int]] = []  # layer, silent units, all units
        self.moves: list[float] = []  # per step, relative to the weights, one per weight matrix
        self.moved_at = -1
        # Before the first look, a guess.
        self._cost, self._spent = 1e-4 + 1e-9 * self.x.size, 0.0

    def due(self, epoch: int, elapsed: float) -> bool:
        """Whether to look after this epoch: the 1st, 2nd, 4th, 8th ..., if time allows it."""
        power_of_two = (epoch + 1) & epoch == 0
        return power_of_two and self._spent + self._cost <= _SHARE * elapsed

    def examine(self, model: Passes, before: Array, epoch: int, steps: int) -> None:
        """Measure the model after an epoch of `steps` steps that began with theta `before`."""
        start = time.perf_counter()
        self.moves, self.moved_at = _moves(model, before, steps), epoch
        self.dead = self._silent_units(model)
        self._cost = time.perf_counter() - start
        self._spent += self._cost

    def _silent_units(self, model: Passes) -> list[tuple[str, int, int]]:
        """Count the units of each layer that say the same to all rows."""
        found = []
        x = self.x.astype(model.dtype)
        ops: list[Op] = []
        width = x.shape[1]
        for i, layer in enumerate(model.layers):
            built = layer.build(width)
            width, ops = built.out_features, ops + built.ops
            name = built.ops[-1][2] if built.ops[-1][0] in ("dense", "activation") else ""
            # The last layer's outputs may well be 0 for good reasons.
            if name not in _SILENT or i == len(model.layers) - 1:
                continue
            # The first layers alone are a network whose parameters come first in theta.
            y = np.empty((len(x), width), model.dtype)
            first = _backend.core.network(model.dtype, x.shape[1], ops)
            first.predict(model.theta, model.buffers, x, y, 1)
            silent = int(_SILENT[name](y).all(axis=0).sum())
            found.append((f"layers[{i}] {layer.label()}", silent, width))
        return found

    def advice(self, history: dict[str, list[float]]) -> list[str]:
        """Return at most four sentences about what was seen and the curves of the fit."""
        found = [
            *self._about_inputs(),
            *self._about_dead_units(),
            *self._about_steps(history.get("loss", [])),
            *self._about_validation(history),
        ]
        return found[:4]

    def _about_inputs(self) -> list[str]:
        x = self.x.astype(np.float64)
        if len(x) < 2:
            return []
        size = np.sqrt((x**2).mean(axis=0))
        spread = x.std(axis=0)
        varies = spread > 0
        fix = "scale each column, for example (X - X.mean(axis=0)) / X.std(axis=0)"
        if size.max() > _LARGE_INPUT:
            return [
                f"The inputs are large (column {size.argmax()}: about {size.max():.3g}): {fix}."
            ]
        if not varies.any():
            return []
        low, high = spread[varies].min(), spread.max()
        if high < 1 / _UNLIKE_INPUTS:
            return [f"The inputs hardly vary (by {high:.2g} at most): {fix}."]
        if low < high / _UNLIKE_INPUTS and np.median(spread[varies]) < high / 10:
            return [f"The columns of X vary unlike each other (by {low:.2g} to {high:.2g}): {fix}."]
        return []

    def _about_dead_units(self) -> list[str]:
        bad = [item for item in self.dead if item[1] >= _DEAD_SHARE * item[2]]
        if not bad:
            return []
        layer, silent, units = max(bad, key=lambda item: item[1] / item[2])
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
        if stuck and self.moved_at > 0 and max(moves) > _BIG_STEP:
            return [
                f"A step changes the weights by about {max(moves):.0%} and the loss does not fall: "
                "use a smaller learning rate or clip_grad_norm."
            ]
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


def _moves(model: Passes, before: Array, steps: int) -> list[float]:
    """Return how far each weight matrix went per step, relative to its size.

    From at most 4096 of its elements; steps are taken as independent of each other.
    """
    moves = []
    for begin, end in model.decay_ranges:
        part = slice(begin, end, max(1, (end - begin) // 4096))
        old = before[part].astype(np.float64)
        size = float(np.sqrt(old @ old))
        change = model.theta[part] - old
        moves.append(
            float(np.sqrt(change @ change / max(steps, 1))) / size if size else float("inf")
        )
    return moves
