"""Errors of our own; everything else is a ValueError, TypeError or MemoryError."""

from __future__ import annotations

from typing import Any


class CheckpointError(ValueError):
    """A model file is damaged, of another version, or no model file at all."""


class DivergedError(FloatingPointError, ValueError):
    """The loss became NaN or infinite. The weights are those after the last good epoch.

    Attributes
    ----------
    epoch, step : int
        Where it happened, from 0; `step` counts within the epoch.
    loss : float
        The loss of that batch.
    history : fm.History
        What had been recorded until then.
    """

    def __init__(self, message: str, epoch: int = 0, step: int = 0, loss: float = float("nan")):
        super().__init__(message)
        self.epoch: int = epoch
        self.step: int = step
        self.loss: float = loss
        self.history: Any = None


class BusyError(RuntimeError):
    """Two threads want to train one model at the same time."""
