"""What a fit recorded, epoch by epoch."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

from ..plotting import history_curves


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
        before clipping) where ``clip_grad_norm`` is used; ``clip_grad_norm=math.inf`` records it
        without clipping.
    best_epoch : int or None
        Epoch with the lowest "val_loss", or "loss" without validation data.
    seconds : float
        Wall time of the whole fit (of all its parts, if it was resumed).
    stopped_by : str
        "epochs" (all were run), "callback", "max_seconds", "interrupt", "diverged" or "error".
    advice : list of str
        What looks wrong and what usually helps, in plain words; often nothing, at most four
        sentences. Written when the fit ends. From
        ``fit(doctor=True)``, the default.

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
    advice: list[str] = field(default_factory=list, compare=False)

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
        # NaN would win or lose by its place.
        order = [v if v == v else math.inf for v in values]
        return self.epochs[min(range(len(values)), key=order.__getitem__)]

    def to_dict(self) -> dict[str, Any]:
        """Return the record as plain values, for JSON.

        Examples
        --------
        >>> import fusedmlp as fm
        >>> fm.History([0], {"loss": [0.5]}, 1.5).to_dict()
        {'epochs': [0], 'history': {'loss': [0.5]}, 'seconds': 1.5, 'stopped_by': 'epochs'}
        """
        return {
            "epochs": list(self.epochs),
            "history": {name: list(values) for name, values in self.history.items()},
            "seconds": self.seconds,
            "stopped_by": self.stopped_by,
        }

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> History:
        """Return the record that :meth:`to_dict` gave."""
        return cls(
            [int(epoch) for epoch in values["epochs"]],
            {str(k): [float(v) for v in column] for k, column in values["history"].items()},
            float(values["seconds"]),
            str(values["stopped_by"]),
        )

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
        return history_curves(self, ax)

    def __repr__(self) -> str:
        if not self.epochs:
            return "<History: no epoch finished>"
        last = ", ".join(f"{k} {v[-1]:.4g}" for k, v in self.history.items() if k != "seconds")
        count = f"{len(self.epochs)} epoch{'s' * (len(self.epochs) != 1)}"
        text = (
            f"<History: {count} in {self.seconds:.2f} s, {last}, best epoch {self.best_epoch}, "
            f"stopped by {self.stopped_by}>"
        )
        return "\n".join([text, *(f"  advice: {line}" for line in self.advice)])
