"""Stopping when nothing gets better, and going back to the best weights."""

from __future__ import annotations

from typing import Any

from ...checks.numbers import flag, integer
from .base import Callback
from .monitor import Monitor
from .snapshot import Snapshot


class EarlyStopping(Callback):
    """Stop after `patience` epochs without a better value, and restore the best weights.

    Parameters
    ----------
    monitor : str, default "val_loss"
        A name in the logs: "loss", "val_loss", a metric, or "val_" and a metric.
    mode : {"auto", "min", "max"}, default "auto"
        Which way is better. "auto" knows the losses and ``fm.metrics``; for a metric of your own
        say it.
    patience : int, default 10
        Epochs without a better value after which the fit stops.
    min_delta : float, default 0.0
        A value must be better than the best by more than this to count.
    restore_best : bool, default True
        Whether weights and running statistics go back to the best epoch when the fit ends,
        however it ends: stopped here, all epochs run, out of time, Ctrl-C, diverged.

    Attributes
    ----------
    best : float
        The best value seen.
    best_epoch : int or None
        Its epoch.
    stopped : bool
        Whether this callback stopped the fit.

    Raises
    ------
    ValueError
        If `monitor` is not in the logs or is NaN after the first epoch, or which way is better is
        not known.

    Notes
    -----
    Keras restores the weights only when it stopped the fit itself, and not by default.

    Examples
    --------
    >>> import numpy as np, fusedmlp as fm
    >>> rng = np.random.default_rng(0)
    >>> X, y = rng.standard_normal((60, 4)), rng.integers(0, 2, 60)
    >>> stop = fm.callbacks.EarlyStopping(patience=3)
    >>> history = fm.MLP([4, 32, 2], seed=0).fit(X, y, loss="cross_entropy", epochs=500,
    ...                                          validation_split=0.3, callbacks=[stop])
    >>> history.stopped_by, history.epochs[-1] - stop.best_epoch
    ('callback', 3)
    """

    def __init__(
        self,
        monitor: str = "val_loss",
        mode: str = "auto",
        patience: int = 10,
        min_delta: float = 0.0,
        restore_best: bool = True,
    ) -> None:
        what = "EarlyStopping"
        self._monitor = Monitor(monitor, mode, min_delta, what)
        self.patience: int = integer(patience, what, "patience", low=0)
        self.restore_best: bool = flag(restore_best, what, "restore_best")
        self.restores_best = self.restore_best
        self._forget()

    def _forget(self) -> None:
        self._monitor.forget()
        self.best_epoch: int | None = None
        self.waited = 0
        self.stopped = False
        self._best_weights = Snapshot()

    @property
    def best(self) -> float:
        """The best value seen."""
        return self._monitor.best

    def on_train_begin(self, logs: dict[str, Any]) -> None:
        """Forget the last fit."""
        self._forget()
        if self.run is not None:
            self._monitor.check(self.run.has_validation)

    def on_epoch_end(self, epoch: int, logs: dict[str, Any]) -> bool:
        """Remember the best weights; True when patience has run out."""
        if self._monitor.improved(self._monitor.value(logs)):
            self.best_epoch, self.waited = epoch, 0
            if self.restore_best:
                self._best_weights.take(self.model)
            return False
        self.waited += 1
        self.stopped = self.waited >= self.patience
        return self.stopped

    def on_train_end(self, logs: dict[str, Any]) -> None:
        """Bring the best weights back."""
        self._best_weights.give_back(self.model)

    def state_dict(self) -> dict[str, Any]:
        """Return counters and the best weights."""
        state: dict[str, Any] = {
            "best": self.best,
            "best_epoch": self.best_epoch,
            "waited": self.waited,
            "stopped": self.stopped,
        }
        if self._best_weights.arrays is not None:
            state["theta"], state["buffers"] = self._best_weights.arrays
        return state

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Take over what :meth:`state_dict` returned."""
        if "theta" in state and state["theta"].shape != self.model.theta.shape:
            raise ValueError(f"theta must have shape {self.model.theta.shape}")
        self._monitor.resume(float(state["best"]))
        self.best_epoch, self.waited = state["best_epoch"], int(state["waited"])
        self.stopped = bool(state["stopped"])
        if self.restore_best and "theta" in state:
            self._best_weights.arrays = state["theta"].copy(), state["buffers"].copy()
