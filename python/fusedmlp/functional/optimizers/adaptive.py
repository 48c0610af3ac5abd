"""Adagrad, Adadelta and RMSprop: every parameter divides by the size of its own gradients."""

from __future__ import annotations

from numpy.typing import ArrayLike

from ...checks.optimizers import adadelta_hyper, adagrad_hyper, rmsprop_hyper
from ._run import Array, run_step


def adagrad_step(
    p: Array,
    g: ArrayLike,
    sum: Array,
    *,
    step: int,
    lr: float = 1e-2,
    lr_decay: float = 0.0,
    weight_decay: float = 0.0,
    eps: float = 1e-10,
) -> None:
    """Adagrad: ``sum += g^2; p -= lr / (1 + (step - 1) lr_decay) g / (sqrt(sum) + eps)``.

    Duchi, Hazan & Singer 2011. ``step`` counts from 1.

    Examples
    --------
    >>> import numpy as np
    >>> import fusedmlp.functional as F
    >>> p, total = np.array([1.0]), np.zeros(1)
    >>> F.adagrad_step(p, [2.0], total, step=1, lr=0.5)
    >>> p, total
    (array([0.5]), array([4.]))
    """
    hyper = adagrad_hyper("adagrad_step", lr_decay, eps)
    run_step("adagrad", p, g, (sum,), hyper, lr=lr, step=step, weight_decay=weight_decay)


def adadelta_step(
    p: Array,
    g: ArrayLike,
    square_avg: Array,
    acc_delta: Array,
    *,
    step: int = 1,
    lr: float = 1.0,
    rho: float = 0.9,
    eps: float = 1e-6,
    weight_decay: float = 0.0,
) -> None:
    """Adadelta: steps in the units of the parameters.

    ``delta = sqrt(acc_delta + eps) / sqrt(square_avg + eps) g; p -= lr delta``.
    ``square_avg`` and ``acc_delta`` are moving averages (rate ``rho``) of g^2, updated before, and
    delta^2, updated after. ``step`` is not used. Zeiler 2012.

    Examples
    --------
    >>> import numpy as np
    >>> import fusedmlp.functional as F
    >>> p, square, delta = np.array([1.0]), np.zeros(1), np.zeros(1)
    >>> F.adadelta_step(p, [3.0], square, delta, rho=0.5)
    >>> p.round(6), square
    (array([0.998586]), array([4.5]))
    """
    hyper = adadelta_hyper("adadelta_step", rho, eps)
    state = (square_avg, acc_delta)
    run_step("adadelta", p, g, state, hyper, lr=lr, step=step, weight_decay=weight_decay)


def rmsprop_step(
    p: Array,
    g: ArrayLike,
    square_avg: Array,
    velocity: Array | None = None,
    grad_avg: Array | None = None,
    *,
    step: int = 1,
    lr: float = 1e-2,
    alpha: float = 0.99,
    eps: float = 1e-8,
    weight_decay: float = 0.0,
    momentum: float = 0.0,
    centered: bool = False,
) -> None:
    """RMSprop: ``s = alpha s + (1 - alpha) g^2; p -= lr g / (sqrt(s) + eps)``.

    ``centered`` takes ``sqrt(s - grad_avg^2)``, ``momentum`` steps by
    ``velocity = momentum velocity + g / (...)``; each needs its array. ``step`` is not used. eps
    stands outside the root (TensorFlow 1 had it inside). Hinton 2012; Graves 2013.

    Examples
    --------
    >>> import numpy as np
    >>> import fusedmlp.functional as F
    >>> p, square = np.array([1.0]), np.zeros(1)
    >>> F.rmsprop_step(p, [2.0], square, lr=0.1, alpha=0.75)
    >>> p.round(6), square
    (array([0.8]), array([1.]))
    """
    hyper = rmsprop_hyper("rmsprop_step", alpha, eps, momentum, centered)
    state = (square_avg, velocity, grad_avg)
    run_step("rmsprop", p, g, state, hyper, lr=lr, step=step, weight_decay=weight_decay)
