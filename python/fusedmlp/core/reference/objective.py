"""What a network is trained for: a loss of the table, or one written by the user."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .losses import loss_forward_backward

Array = NDArray[Any]


class Objective:
    """A loss with its parameters. A row's outputs are `groups` groups of equal width with a target
    each; its loss is their mean."""

    def __init__(
        self, loss: str | Callable[..., tuple[float, Array]], params: Sequence[float], groups: int
    ) -> None:
        self.loss, self.params, self.groups = loss, params, groups

    def run(self, pred: Array, target: Array, weights: Array | None) -> tuple[float, float, Array]:
        """Return sum of w_i l_i, sum of w_i, and the gradient of their quotient."""
        w = np.ones(len(pred)) if weights is None else weights
        total = float(w.sum())
        if not isinstance(self.loss, str):
            value, dpred = self.loss(pred, target, weights)
            return value * total, total, dpred
        scale = w / total if total > 0 else np.zeros_like(w)
        row_loss, dpred = self._rows(pred, target, scale)
        return float(w @ row_loss), total, dpred

    def sum(self, pred: Array, target: Array, weights: Array | None) -> tuple[float, float]:
        """Return sum of w_i l_i (0 for a loss of the user's own) and sum of w_i."""
        w = np.ones(len(pred)) if weights is None else weights
        if not isinstance(self.loss, str):
            return 0.0, float(w.sum())
        return float(w @ self._rows(pred, target, w)[0]), float(w.sum())

    def _rows(self, pred: Array, target: Array, scale: Array) -> tuple[Array, Array]:
        """Return each row's loss, and scale times its gradient."""
        assert isinstance(self.loss, str)
        parts = pred.reshape(len(pred) * self.groups, -1)
        wanted = target.reshape(-1) if target.dtype == np.int64 else target.reshape(parts.shape)
        losses, dpred = np.empty(len(parts)), np.empty_like(parts)
        each = np.repeat(scale / self.groups, self.groups)
        loss_forward_backward(self.loss, self.params, parts, wanted, each, losses, dpred)
        return losses.reshape(len(pred), self.groups).mean(axis=1), dpred.reshape(pred.shape)


def objective(
    loss: str | Callable[..., tuple[float, Array]], params: Sequence[float], groups: int
) -> Objective:
    """Return a loss with its parameters."""
    return Objective(loss, params, groups)
