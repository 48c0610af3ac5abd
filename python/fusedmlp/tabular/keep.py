"""The weights of the best epoch."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from ..checks.arrays import Array
from ..training.callbacks import Callback


class KeepBest(Callback):
    """Leave the weights of the best epoch in the model, however the fit ends; ties to the later.

    Parameters
    ----------
    score : callable or None
        ``score(model) -> float``, larger is better; None is the loss on the validation rows.
    first : int
        Epochs before this one are not looked at, so that they cost nothing.
    """

    restores_best = True

    def __init__(self, score: Callable[[Any], float] | None = None) -> None:
        self.score = score
        self.best, self.best_epoch = -math.inf, 0
        self.curve: list[float] = []
        self._weights: tuple[Array, Array] | None = None

    def on_epoch_end(self, epoch: int, logs: dict[str, Any]) -> None:
        """Compare this epoch with the best one."""
        value = -logs["val_loss"] if self.score is None else self.score(self.model)
        self.curve.append(value)
        if not value >= self.best:  # NaN is never better
            return
        self.best, self.best_epoch = value, epoch
        if self._weights is None:
            self._weights = self.model.theta.copy(), self.model.buffers.copy()
        else:
            self._weights[0][:], self._weights[1][:] = self.model.theta, self.model.buffers

    def on_train_end(self, logs: dict[str, Any]) -> None:
        """Bring the best weights back."""
        if self._weights is not None:
            self.model.theta[:], self.model.buffers[:] = self._weights
            self._weights = None
