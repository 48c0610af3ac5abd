"""Solvers that go step by step: an optimizer with scikit-learn's course of the learning rate."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .. import optim
from ..optim import Optimizer

# Weight decay of these shrinks the weights directly, and is no part of the loss.
DECOUPLED = ("adamw", "lion")
# These take beta_1, beta_2 and epsilon; the others have values of their own.
ADAM_FAMILY = ("adam", "adamw", "adamax", "nadam", "radam")


class Solver:
    """An optimizer, and the learning rate of its next steps.

    Attributes
    ----------
    optimizer : fm.optim object
    learning_rate_init, learning_rate : float
    """

    def __init__(self, estimator: Any) -> None:
        self.name: str = estimator.solver
        self.optimizer = _optimizer(self.name, estimator)
        self.learning_rate_init = float(estimator.learning_rate_init)
        self.learning_rate = self.learning_rate_init
        # scikit-learn's Adam knows no schedule.
        self._schedule = "constant" if self.name == "adam" else estimator.learning_rate
        self._power_t = float(estimator.power_t)

    @property
    def decoupled(self) -> bool:
        """Whether alpha is a weight decay of its own, and no part of the loss."""
        return self.name in DECOUPLED

    def decays(self, alpha: float, weights: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the weight decay of each step; `weights` are the sums of the batches' weights."""
        if self.decoupled:
            return np.full(len(weights), float(alpha))
        # A batch whose rows all weigh nothing changes nothing.
        return np.divide(alpha, weights, out=np.zeros(len(weights)), where=weights > 0)

    def epoch_ends(self, rows_seen: int) -> None:
        """Move the learning rate after an epoch."""
        if self._schedule == "invscaling":
            self.learning_rate = self.learning_rate_init / (rows_seen + 1) ** self._power_t

    def gives_up(self, message: str, verbose: Any) -> bool:
        """Whether to stop where the loss stands still; otherwise the learning rate is lowered."""
        outcome = "Stopping."
        lowered = self._schedule == "adaptive" and self.learning_rate > 1e-6
        if lowered:
            self.learning_rate /= 5.0
            outcome = f"Setting learning rate to {self.learning_rate:f}"
        elif self._schedule == "adaptive":
            outcome = "Learning rate too small. Stopping."
        if verbose:
            print(f"{message} {outcome}")
        return not lowered

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "optimizer": self.optimizer.state_dict()}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        saved = state["optimizer"]
        self.optimizer = type(optim.get(self.name))(**saved["options"])
        self.optimizer.load_state_dict(saved)


def _optimizer(name: str, estimator: Any) -> Optimizer:
    """Return the optimizer in scikit-learn's form where it has one, else in its own."""
    lr = float(estimator.learning_rate_init)
    if name == "sgd":
        momentum = float(estimator.momentum)
        nesterov = bool(estimator.nesterovs_momentum) and momentum > 0
        return optim.SGD(lr, momentum, nesterov=nesterov, lr_in_velocity=True)
    options: dict[str, Any] = {"lr": lr}
    if name in ADAM_FAMILY:
        options["betas"] = float(estimator.beta_1), float(estimator.beta_2)
    if name in (*ADAM_FAMILY, "rmsprop"):
        options["eps"] = float(estimator.epsilon)
    if name == "adam":
        options["epsilon_hat"] = True
    return type(optim.get(name))(**options)
