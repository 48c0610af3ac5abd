"""Watching one number of the logs: which way is better, and whether it got better."""

from __future__ import annotations

import math
from typing import Any

from ...checks.names import hint
from ...checks.numbers import choice, number
from ...metrics import LOWER_IS_BETTER, METRICS, NAN_WHEN

MODES = ("auto", "min", "max")
_FALLING = ("loss", "gradient_norm", "seconds", "lr", *LOWER_IS_BETTER)


class Monitor:
    """The best value so far of ``logs[name]``.

    Parameters
    ----------
    name : str
    mode : {"auto", "min", "max"}
        "auto" knows the losses and the metrics of ``fm.metrics``.
    min_delta : float
        What a value must be better by to count.
    function : str
        The callback's name, for error messages.
    """

    def __init__(self, name: str, mode: str, min_delta: float, function: str) -> None:
        if not isinstance(name, str):
            raise TypeError(f"{function}: monitor must be a name, got {name!r}")
        self.name, self.function = name, function
        mode = choice(mode, function, "mode", MODES)
        self.min_delta: float = number(min_delta, function, "min_delta", low=0.0)
        bare = name.lower().removeprefix("val_")
        if mode == "auto":
            known = (*_FALLING, *METRICS)
            if bare not in known:
                raise ValueError(
                    f"{function}: give mode='min' or mode='max'; which way {name!r} is better is "
                    f"not known{hint(bare, known)}"
                )
            mode = "min" if bare in _FALLING else "max"
        self.mode = mode
        self.forget()

    def forget(self) -> None:
        """Begin a new fit."""
        self.best, self._seen = self.worst, False

    def resume(self, best: float) -> None:
        """Go on where a saved fit stood."""
        self.best, self._seen = best, True

    @property
    def worst(self) -> float:
        """The value that everything is better than."""
        return math.inf if self.mode == "min" else -math.inf

    def check(self, has_validation: bool) -> None:
        """Refuse before the fit what could never be found after an epoch."""
        if self.name.lower().startswith("val_") and not has_validation:
            raise ValueError(
                f"{self.function}: monitor={self.name!r} needs validation_data or "
                "validation_split in fit"
            )

    def value(self, logs: dict[str, Any]) -> float:
        """Return the watched number; refuse one that is NaN before any number was seen.

        Such a value hardly ever becomes a number later, and a callback that compares with it
        would stop, reduce or never save without a word.
        """
        name = choice(self.name, self.function, "monitor", tuple(logs))
        value = float(logs[name])
        if math.isnan(value) and not self._seen:
            why = NAN_WHEN.get(name.removeprefix("val_"), "the metric returned no number")
            raise ValueError(
                f"{self.function}: monitor={self.name!r} is nan after the first epoch, so there "
                f"is nothing to compare: {why}; watch another number"
                + (" or validate on more rows" if name.startswith("val_") else "")
            )
        self._seen = True
        return value

    def improved(self, value: float) -> bool:
        """Whether `value` is better than the best so far; remembers it if it is. NaN is not."""
        gain = self.best - value if self.mode == "min" else value - self.best
        if gain > self.min_delta:
            self.best = value
            return True
        return False
