"""A loss curve of bounded length: when it is full, every second point goes."""

from __future__ import annotations

import math
from collections.abc import Sequence

from .limits import CURVE


class Curve:
    """Epochs with the losses of training and test rows.

    Examples
    --------
    >>> from fusedmlp.playground.curve import Curve
    >>> curve = Curve()
    >>> for epoch in range(5000):
    ...     curve.add(epoch, 1.0, 2.0)
    >>> len(curve.epochs) <= 1000, curve.last
    (True, (4999, 1.0, 2.0))
    """

    def __init__(self) -> None:
        self.epochs: list[int] = []
        self.losses: list[float] = []
        self.test_losses: list[float] = []
        self.last = (0, math.nan, math.nan)
        self.thinned = 0  # how often: whoever drew it must draw it anew

    def add(self, epoch: int, loss: float, test_loss: float) -> None:
        """Take a point; one of the same epoch is replaced."""
        self.last = (epoch, loss, test_loss)
        if self.epochs and self.epochs[-1] == epoch:
            for column in (self.epochs, self.losses, self.test_losses):
                column.pop()
        self.epochs.append(epoch)
        self.losses.append(loss)
        self.test_losses.append(test_loss)
        if len(self.epochs) >= CURVE:
            # The first and the last stay.
            self.epochs = [*self.epochs[:-1:2], epoch]
            self.losses = [*self.losses[:-1:2], loss]
            self.test_losses = [*self.test_losses[:-1:2], test_loss]
            self.thinned += 1

    def to_dict(self) -> dict[str, Sequence[float]]:
        """Return the columns, for JSON."""
        return {"epochs": list(self.epochs), "loss": self.losses[:], "test": self.test_losses[:]}
