"""The head of a classification: calibrated probabilities of classes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from ..checks.arrays import Array
from ..functional import log_softmax
from ..losses import Loss

Doubles = NDArray[np.float64]
# Temperatures that are tried: beyond these a validation set is too small to say anything.
_TEMPERATURES = np.exp(np.linspace(math.log(0.25), math.log(8.0), 81))


class ClassHead:
    """Logits of `count` classes; `temperature` divides them, so that probabilities can be used."""

    kind: ClassVar[str] = "classes"
    learning_rate: ClassVar[float] = 0.04  # what training begins with

    def __init__(self, count: int, temperature: float = 1.0) -> None:
        self.count, self.temperature = count, temperature

    @property
    def outputs(self) -> int:
        return self.count

    def loss(self, label_smoothing: float) -> Loss:
        """Return what the nets are trained with."""
        return Loss("cross_entropy", label_smoothing=label_smoothing)

    def encode(self, y: Array) -> Array:
        """Return targets as the nets are trained on them."""
        return y

    def probabilities(self, outputs: Array) -> Doubles:
        """Return the mean over the members of (members, rows, classes) logits."""
        logits = outputs.astype(np.float64)
        logits /= self.temperature
        total = np.zeros(logits.shape[1:])
        for member in logits:
            total += np.exp(log_softmax(member))
        total /= len(logits)
        # Of float64 sums, so that a row's probabilities add up to 1 to the last digits.
        return np.asarray(total / total.sum(axis=1, keepdims=True))

    def calibrate(
        self, outputs: Sequence[Array], targets: Sequence[Array], weights: Sequence[Array]
    ) -> None:
        """Choose the temperature by the members' held-out rows: least log-loss."""
        best = math.inf
        for temperature in _TEMPERATURES.tolist():
            total = 0.0
            for logits, y, w in zip(outputs, targets, weights, strict=True):
                logs = log_softmax(logits.astype(np.float64) / temperature)
                total -= float(w @ logs[np.arange(len(y)), y])
            if total < best:
                best, self.temperature = total, temperature

    def measure(self, outputs: Array, y: Array) -> float:
        """Return the log-loss of outputs for classes y."""
        chosen = self.probabilities(outputs)[np.arange(len(y)), y]
        return float(-np.log(np.maximum(chosen, np.finfo(np.float64).tiny)).mean())

    def to_dict(self) -> dict[str, Any]:
        """Return the head as JSON can hold it."""
        return {"kind": self.kind, "count": self.count, "temperature": self.temperature}
