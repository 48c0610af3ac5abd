"""An exponential moving average of the weights."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...checks.arrays import Array
from ...checks.numbers import flag, number
from ...core.memory import aligned_zeros
from .base import Callback


class EMA(Callback):
    """Average the weights over the last steps, and use the average.

    After every step ``average = d average + (1 - d) theta``, within the native loop. What is
    evaluated after an epoch, seen by callbacks, and left in the model at the end, is the average;
    training goes on with its own weights.

    Parameters
    ----------
    decay : float
        d, in [0, 1). 0.999 remembers about the last 1000 steps.
    warmup : bool, default True
        Take ``min(decay, (1 + t) / (10 + t))`` in step t, from 0: a short fit is then not stuck
        with its first weights. From TensorFlow's ``ExponentialMovingAverage``.

    Attributes
    ----------
    steps : int
        Steps averaged so far.

    Raises
    ------
    ValueError
        If `decay` is not in [0, 1), or two EMA are in one fit.

    Notes
    -----
    "loss" is still the training loss of the training weights, "val_loss" and all metrics are those
    of the average. EarlyStopping, too, compares and restores averages, and a Checkpoint loads as
    the averaged model. Running statistics (batch norm) are not averaged again. timm also evaluates
    the average; Keras (``use_ema``) puts it in place at the end only.

    Examples
    --------
    >>> import numpy as np, fusedmlp as fm
    >>> rng = np.random.default_rng(0)
    >>> X = rng.standard_normal((100, 3))
    >>> model = fm.MLP([3, 1], seed=0)
    >>> history = model.fit(X, X @ [1, 2, 3], loss="mse", epochs=3,
    ...                     callbacks=[fm.callbacks.EMA(0.99)])
    """

    averages = True

    def __init__(self, decay: float, *, warmup: bool = True) -> None:
        self.decay: float = number(decay, "EMA", "decay", low=0.0, high=1.0, open_high=True)
        self.warmup: bool = flag(warmup, "EMA", "warmup")
        self.steps = 0
        # While the average is in use, `other` holds the training weights, and the other way round.
        self._other: Array | None = None
        self._in_use = False

    def on_train_begin(self, logs: dict[str, Any]) -> None:
        """Start from the model's weights."""
        self.steps, self._in_use = 0, False
        self._other = aligned_zeros(self.model.theta.size, self.model.theta.dtype)
        self._other[:] = self.model.theta

    def on_train_end(self, logs: dict[str, Any]) -> None:
        """Let go of the training weights."""
        self._other = None

    @property
    def average(self) -> Array:
        """The array that the training loop moves."""
        assert self._other is not None and not self._in_use
        return self._other

    def rates(self, count: int) -> NDArray[np.float64]:
        """Return 1 - d for the next `count` steps."""
        if not self.warmup or (1 + self.steps) / (10 + self.steps) >= self.decay:
            return np.full(count, 1.0 - self.decay)
        t = np.arange(self.steps, self.steps + count, dtype=np.float64)
        return 1.0 - np.minimum(self.decay, (1 + t) / (10 + t))

    def advance(self, count: int) -> None:
        """Count the steps that were made."""
        self.steps += count

    def use(self, average: bool) -> None:
        """Put the average, or the training weights, into the model."""
        if average == self._in_use or self._other is None:
            return
        theta = self.model.theta
        kept = theta.copy()
        theta[:], self._other[:] = self._other, kept
        self._in_use = average

    def state_dict(self) -> dict[str, Any]:
        """Return the weights that the model does not hold, and which ones they are."""
        return {"steps": self.steps, "in_use": self._in_use, "other": self._other}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Take over what :meth:`state_dict` returned."""
        assert self._other is not None
        if state["other"].shape != self._other.shape:
            raise ValueError(f"other must have shape {self._other.shape}")
        self._other[:] = state["other"]
        self.steps, self._in_use = int(state["steps"]), bool(state["in_use"])
