"""Heads of regressions: standardised targets in, values, deviations and quantiles out."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import NormalDist
from typing import Any, ClassVar

import numpy as np

from ..checks.arrays import Array
from ..losses import Loss
from .classes import Doubles

LOSSES = ("squared_error", "absolute_error", "quantile", "gaussian")
QUANTILES = (0.1, 0.5, 0.9)
_KEPT = 199  # quantiles of the residuals, for intervals of losses that know none
# Log-variances of a standardised target: below the first rounding is learned, and beyond the second
# a net that knows nothing would lie.
_NARROWEST, _WIDEST = -10.0, 3.0


def gaussian_nll(pred: Array, target: Array, sample_weight: Array | None) -> tuple[float, Array]:
    """Mean negative log-likelihood of (mean, log-variance) pairs, without its constant."""
    mean, log_variance = pred[:, 0], np.clip(pred[:, 1], _NARROWEST, _WIDEST)
    inverse, miss = np.exp(-log_variance), mean - target[:, 0]
    rows = 0.5 * (inverse * miss * miss + log_variance)
    w = np.ones(len(rows)) if sample_weight is None else sample_weight
    w = w / w.sum()
    inside = log_variance == pred[:, 1]
    slope = np.stack([inverse * miss, 0.5 * (1.0 - inverse * miss * miss) * inside], axis=1)
    return float(w @ rows), (slope * w[:, None]).astype(pred.dtype)


class ValueHead:
    """Values that were standardised for the nets.

    Attributes
    ----------
    loss_name : one of `LOSSES`
    quantiles : ascending, of loss "quantile"
    center, scale : of the targets
    low, high : their range
    residuals : quantiles of target - prediction on held-out rows
    deviation : root of the mean square of those residuals
    """

    kind: ClassVar[str] = "values"

    def __init__(self, loss_name: str, quantiles: Sequence[float] = QUANTILES) -> None:
        self.loss_name = loss_name
        self.quantiles = tuple(float(q) for q in quantiles)
        self.center, self.scale, self.low, self.high = 0.0, 1.0, 0.0, 0.0
        self.residuals: list[float] = []
        self.deviation = 0.0

    @property
    def learning_rate(self) -> float:
        """What training begins with; variances that change fast never settle."""
        return 0.05 if self.loss_name == "gaussian" else 0.2

    @property
    def outputs(self) -> int:
        return {"quantile": len(self.quantiles), "gaussian": 2}.get(self.loss_name, 1)

    def fit(self, y: Doubles, weights: Doubles | None) -> None:
        """Learn the location and the range of the targets."""
        self.center = float(np.average(y, weights=weights))
        self.scale = float(np.sqrt(np.average((y - self.center) ** 2, weights=weights))) or 1.0
        self.low, self.high = float(y.min()), float(y.max())

    def loss(self, label_smoothing: float) -> Any:
        """Return what the nets are trained with."""
        if self.loss_name == "gaussian":
            return gaussian_nll
        if self.loss_name == "quantile":
            return Loss("quantile", q=list(self.quantiles))
        return Loss("mse" if self.loss_name == "squared_error" else "mae")

    def encode(self, y: Array) -> Array:
        """Return targets as the nets are trained on them."""
        standard = ((y - self.center) / self.scale).astype(np.float32)[:, None]
        return np.repeat(standard, self.outputs, axis=1)

    def values(self, outputs: Array, clip: bool) -> Doubles:
        """Return one value for each row: the mean over the members."""
        if self.loss_name == "quantile":
            middle = int(np.argmin(np.abs(np.array(self.quantiles) - 0.5)))
            values = self._sorted(outputs)[:, middle]
        else:
            values = self._original(outputs[:, :, 0].astype(np.float64).mean(axis=0))
        return np.clip(values, self.low, self.high) if clip else values

    def deviations(self, outputs: Array) -> Doubles:
        """Return the standard deviation of each row's target: noise, and members that differ."""
        wide = outputs.astype(np.float64)
        between = wide[:, :, 0].var(axis=0) * self.scale**2
        if self.loss_name != "gaussian":
            return np.asarray(np.sqrt(between + self.deviation**2))
        logs = np.clip(wide[:, :, 1], _NARROWEST, _WIDEST)
        return np.asarray(np.sqrt(np.exp(logs).mean(axis=0) * self.scale**2 + between))

    def intervals(self, outputs: Array, clip: bool) -> Doubles:
        """Return the quantiles of each row, (rows, quantiles): ascending in every row."""
        if self.loss_name == "quantile":
            values = self._sorted(outputs)
        elif self.loss_name == "gaussian":
            z = np.array([NormalDist().inv_cdf(q) for q in self.quantiles])
            values = self.values(outputs, False)[:, None] + self.deviations(outputs)[:, None] * z
        else:
            shares = np.arange(1, _KEPT + 1) / (_KEPT + 1)
            moves = np.interp(self.quantiles, shares, self.residuals)
            values = self.values(outputs, False)[:, None] + moves
        return np.clip(values, self.low, self.high) if clip else values

    def calibrate(
        self, outputs: Sequence[Array], targets: Sequence[Array], weights: Sequence[Array]
    ) -> None:
        """Learn from the members' held-out rows how far predictions are off."""
        misses = [y - self.values(out[None], False)
                  for out, y in zip(outputs, targets, strict=True)]  # fmt: skip
        miss, w = np.concatenate(misses), np.concatenate(list(weights))
        self.deviation = float(np.sqrt(np.average(miss**2, weights=w)))
        order = np.argsort(miss)
        place = (np.cumsum(w[order]) - 0.5 * w[order]) / w.sum()
        shares = np.arange(1, _KEPT + 1) / (_KEPT + 1)
        self.residuals = np.interp(shares, place, miss[order]).tolist()

    def measure(self, outputs: Array, y: Array) -> float:
        """Return the mean squared error of outputs for targets y over the variance of targets."""
        return float(np.mean((y - self.values(outputs, False)) ** 2)) / self.scale**2

    def _sorted(self, outputs: Array) -> Doubles:
        # Each output alone may cross another where there are few rows.
        return np.sort(self._original(outputs.astype(np.float64).mean(axis=0)), axis=1)

    def _original(self, values: Doubles) -> Doubles:
        return values * self.scale + self.center

    def to_dict(self) -> dict[str, Any]:
        """Return the head as JSON can hold it."""
        names = ("center", "scale", "low", "high", "residuals", "deviation")
        state = {name: getattr(self, name) for name in names}
        return {"kind": self.kind, "loss": self.loss_name, "quantiles": self.quantiles, **state}
