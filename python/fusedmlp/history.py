"""What a fit recorded, epoch by epoch."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass
class History:
    """The record of a fit.

    Attributes
    ----------
    epochs : list of int
        Numbers of the finished epochs, from 0.
    history : dict of str to list of float
        One value per epoch: "loss" (mean over the epoch's rows, each at the moment it was used),
        "val_loss" with validation data, the metrics (with "val_" for validation data), "lr"
        (of the epoch's last step), "seconds" (of the epoch), and "gradient_norm" (the largest
        before clipping) where ``clip_grad_norm`` is used.
    best_epoch : int or None
        Epoch with the lowest "val_loss", or "loss" without validation data.
    seconds : float
        Wall time of the whole fit.
    stopped_by : str
        "epochs" (all were run), "callback", "max_seconds", "interrupt" or "diverged".

    Examples
    --------
    >>> import numpy as np, fusedmlp as fm
    >>> X = np.arange(8, dtype=np.float32).reshape(8, 1)
    >>> history = fm.MLP([1, 1], seed=0).fit(X, 2 * X, loss="mse", epochs=3)
    >>> history.epochs, sorted(history.history), history.stopped_by
    ([0, 1, 2], ['loss', 'lr', 'seconds'], 'epochs')
    """

    epochs: list[int] = field(default_factory=list)
    history: dict[str, list[float]] = field(default_factory=dict)
    seconds: float = 0.0
    stopped_by: str = "epochs"

    def append(self, epoch: int, logs: dict[str, float]) -> None:
        """Record one epoch."""
        self.epochs.append(epoch)
        for name, value in logs.items():
            self.history.setdefault(name, []).append(float(value))

    @property
    def best_epoch(self) -> int | None:
        """Epoch with the lowest validation loss (training loss without validation data)."""
        values = self.history.get("val_loss") or self.history.get("loss")
        if not values:
            return None
        return self.epochs[min(range(len(values)), key=values.__getitem__)]

    def plot(self, ax: Any = None) -> Any:
        """Draw training and validation loss over the epochs, the best epoch marked.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw; None makes a new figure.

        Returns
        -------
        matplotlib.axes.Axes

        Raises
        ------
        ImportError
            Without matplotlib: ``pip install fusedmlp[plot]``.
        """
        from .plotting import history_curves

        return history_curves(self, ax)

    def __repr__(self) -> str:
        if not self.epochs:
            return "<History: no epoch finished>"
        last = ", ".join(f"{k} {v[-1]:.4g}" for k, v in self.history.items() if k != "seconds")
        return (
            f"<History: {len(self.epochs)} epochs in {self.seconds:.2f} s, {last}, best epoch "
            f"{self.best_epoch}, stopped by {self.stopped_by}>"
        )
