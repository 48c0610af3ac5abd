"""How far a fit has come: by its steps, or by the time that is left for it."""

from __future__ import annotations

import time
from typing import Any

from ..schedules import coslog, flat_cosine
from ..schedules.base import Doubles, Schedule
from ..training.callbacks import Callback

_WHOLE = 1 << 20  # steps of a schedule that is asked for shares of a fit


class Clock(Callback):
    """The share of a fit that is done, for its schedules; ends the fit where time runs out.

    Without a limit the share is step / steps. With one, it is found anew before each epoch, so
    that the schedules come to their end when time does: a fit that is cut off in the middle of
    its learning rates gives weights that are worth little.

    Parameters
    ----------
    steps : int
        Of the whole fit.
    epochs : int
    deadline : callable or None
        Called when the fit begins: returns the `time.monotonic` at which it has to be over.
    """

    def __init__(self, steps: int, epochs: int, deadline: Any = None) -> None:
        self.steps, self.epochs, self._find = steps, epochs, deadline
        self._first, self._share, self._rate = 0, 0.0, 1.0 / steps
        self._deadline: float | None = None

    def on_train_begin(self, logs: dict[str, Any]) -> None:
        """Begin to count."""
        self._began = time.monotonic()
        if self._find is not None:
            self._deadline = self._find()

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any]) -> None:
        """Look how much of the time is gone."""
        if self._deadline is None or epoch == 0:
            return
        done, steps = self.optimizer.step_count, self.steps // self.epochs
        now = time.monotonic()
        each = (now - self._began) / epoch
        left = max(1, min(self.epochs - epoch, int((self._deadline - now) / each)))
        self._share, self._first = float(self.shares(done)), done
        self._rate = max(0.0, 1.0 - self._share) / (left * steps)

    def on_epoch_end(self, epoch: int, logs: dict[str, Any]) -> bool:
        """True where no time is left for another epoch."""
        if self._deadline is None:
            return False
        now = time.monotonic()
        self.stopped = now + (now - self._began) / (epoch + 1) > self._deadline
        return self.stopped

    def shares(self, step: Any) -> Any:
        """Return the share of the fit that is done at a step, or at each of several."""
        return self._share + (step - self._first) * self._rate


class Timed(Schedule):
    """A schedule over the share of a fit that its clock tells."""

    def __init__(self, clock: Clock, schedule: Schedule) -> None:
        self.clock, self.schedule = clock, schedule

    def values(self, t: Doubles) -> Doubles:
        return self.schedule.values(_WHOLE * self.clock.shares(t))


def schedules(
    clock: Clock, learning_rate: float, weight_decay: float
) -> tuple[Schedule, Schedule, Schedule]:
    """Return those of learning rate, weight decay, and the scale of dropout."""
    return (
        Timed(clock, coslog(learning_rate, _WHOLE)),
        Timed(clock, flat_cosine(weight_decay, _WHOLE)),
        Timed(clock, flat_cosine(1.0, _WHOLE)),
    )
