"""Options that many optimizers have."""

from __future__ import annotations

from .parameters import Number, Pair


def betas(beta1: float, beta2: float) -> Pair:
    """Rates of two moving averages."""
    return Pair(("beta1", "beta2"), _rate(beta1), _rate(beta2))


def _rate(default: float) -> Number:
    return Number(default, low=0.0, high=1.0, open_high=True)


def eps(default: float) -> Number:
    """What a root or quotient is kept away from zero by."""
    return Number(default, low=0.0)


def weight_decay(default: float = 0.0) -> Number:
    """The factor of weight decay, which the kernels receive apart from the other numbers."""
    return Number(default, low=0.0, kernel=False)
