"""The weights of the best epoch."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from ..training.callbacks import Callback
from ..training.callbacks.snapshot import Snapshot


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
        self._best_weights = Snapshot()

    def on_epoch_end(self, epoch: int, logs: dict[str, Any]) -> None:
        """Compare this epoch with the best one."""
        value = -logs["val_loss"] if self.score is None else self.score(self.model)
        self.curve.append(value)
        if not value >= self.best:  # NaN is never better
            return
        self.best, self.best_epoch = value, epoch
        self._best_weights.take(self.model)

    def on_train_end(self, logs: dict[str, Any]) -> None:
        """Bring the best weights back."""
        self._best_weights.give_back(self.model)
