"""A smaller learning rate when nothing gets better."""

from __future__ import annotations

from typing import Any

from ...checks.numbers import integer, number
from .base import Callback
from .monitor import Monitor


class ReduceLROnPlateau(Callback):
    """Multiply the learning rate by `factor` after `patience` epochs without a better value.

    Parameters
    ----------
    monitor : str, default "val_loss"
        A name in the logs.
    factor : float, default 0.1
        In (0, 1).
    patience : int, default 10
        Epochs without a better value before the learning rate falls.
    mode : {"auto", "min", "max"}, default "auto"
        Which way is better.
    min_delta : float, default 1e-4
        A value must be better than the best by more than this to count.
    cooldown : int, default 0
        Epochs after a reduction that are not counted.
    min_lr : float, default 0.0
        The learning rate never falls below.

    Attributes
    ----------
    best : float
        The best value seen.

    Raises
    ------
    TypeError
        If the optimizer's ``lr`` is a schedule: there is no number to reduce.
    ValueError
        If `monitor` is not in the logs or is NaN after the first epoch, or a number is out of
        range.

    Notes
    -----
    Names, defaults and counting are those of Keras. ``torch.optim.lr_scheduler`` calls `min_delta`
    ``threshold``, takes it relative to the best value, and waits one epoch longer.

    Examples
    --------
    >>> import numpy as np, fusedmlp as fm
    >>> X = np.ones((8, 1), np.float32)
    >>> adam = fm.optim.Adam(lr=0.1)
    >>> slower = fm.callbacks.ReduceLROnPlateau(monitor="loss", factor=0.5, patience=2, min_delta=9)
    >>> fm.MLP([1, 1], seed=0).fit(X, X, loss="mse", optimizer=adam, epochs=5,
    ...                            callbacks=[slower]).history["lr"]
    [0.1, 0.1, 0.1, 0.05, 0.05]
    """

    def __init__(
        self,
        monitor: str = "val_loss",
        factor: float = 0.1,
        patience: int = 10,
        mode: str = "auto",
        min_delta: float = 1e-4,
        cooldown: int = 0,
        min_lr: float = 0.0,
    ) -> None:
        what = "ReduceLROnPlateau"
        self._monitor = Monitor(monitor, mode, min_delta, what)
        self.factor: float = number(
            factor, what, "factor", low=0.0, high=1.0, open_low=True, open_high=True
        )
        self.patience: int = integer(patience, what, "patience", low=0)
        self.cooldown: int = integer(cooldown, what, "cooldown", low=0)
        self.min_lr: float = number(min_lr, what, "min_lr", low=0.0)
        self._forget()

    def _forget(self) -> None:
        self._monitor.forget()
        self.waited = self.cooling = 0

    @property
    def best(self) -> float:
        """The best value seen."""
        return self._monitor.best

    def on_train_begin(self, logs: dict[str, Any]) -> None:
        """Forget the last fit."""
        self._forget()
        if callable(self.optimizer.lr):
            raise TypeError(
                "ReduceLROnPlateau: the optimizer's lr must be a number, got the schedule "
                f"{self.optimizer.lr!r}"
            )
        if self.run is not None:
            self._monitor.check(self.run.has_validation)

    def on_epoch_end(self, epoch: int, logs: dict[str, Any]) -> None:
        """Reduce the learning rate when patience has run out."""
        improved = self._monitor.improved(self._monitor.value(logs))
        if self.cooling:
            self.cooling -= 1
            self.waited = 0
        if improved:
            self.waited = 0
        elif not self.cooling:
            self.waited += 1
            if self.waited >= self.patience:
                self._reduce()

    def _reduce(self) -> None:
        lr = self.optimizer.lr
        assert not callable(lr)
        if lr > self.min_lr:
            self.optimizer.lr = max(lr * self.factor, self.min_lr)
        self.waited, self.cooling = 0, self.cooldown

    def state_dict(self) -> dict[str, Any]:
        """Return the counters; the learning rate is the optimizer's."""
        return {"best": self.best, "waited": self.waited, "cooling": self.cooling}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Take over what :meth:`state_dict` returned."""
        self._monitor.resume(float(state["best"]))
        self.waited, self.cooling = int(state["waited"]), int(state["cooling"])
