"""Adamax, NAdam and RAdam."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...checks.optimizers import adamax_hyper, nadam_hyper, radam_hyper
from ._run import Array, run_step


def adamax_step(
    p: Array,
    g: ArrayLike,
    m: Array,
    u: Array,
    *,
    step: int,
    lr: float = 2e-3,
    betas: tuple[float, float] = (0.9, 0.999),
    eps: float = 1e-8,
    weight_decay: float = 0.0,
) -> None:
    """Adamax: ``u = max(beta2 u, |g| + eps); p -= lr / (1 - beta1^step) m / u``.

    Kingma & Ba 2015, section 7.1.

    Examples
    --------
    >>> import numpy as np
    >>> import fusedmlp.functional as F
    >>> p, m, u = np.array([1.0]), np.zeros(1), np.zeros(1)
    >>> F.adamax_step(p, [4.0], m, u, step=1, lr=0.1)
    >>> p.round(6), u.round(6)
    (array([0.9]), array([4.]))
    """
    hyper = adamax_hyper("adamax_step", betas, eps)
    run_step("adamax", p, g, (m, u), hyper, lr=lr, step=step, weight_decay=weight_decay)


def nadam_step(
    p: Array,
    g: ArrayLike,
    m: Array,
    v: Array,
    mu_product: NDArray[np.float64],
    *,
    step: int,
    lr: float = 2e-3,
    betas: tuple[float, float] = (0.9, 0.999),
    eps: float = 1e-8,
    weight_decay: float = 0.0,
    momentum_decay: float = 4e-3,
    decoupled_weight_decay: bool = False,
) -> None:
    """NAdam: Adam with Nesterov momentum of growing strength.

    ``mu_t = beta1 (1 - 0.96^(t momentum_decay) / 2)``, ``M = mu_1 ... mu_t``,
    ``p -= lr (a g + b m) / (sqrt(v / (1 - beta2^t)) + eps)`` with ``a = (1 - mu_t) / (1 - M)`` and
    ``b = mu_{t+1} / (1 - M mu_{t+1})``.
    ``mu_product`` holds M: float64, shape (1,), starts at 1. Dozat 2016.

    Examples
    --------
    >>> import numpy as np
    >>> import fusedmlp.functional as F
    >>> p, m, v, mu = np.array([1.0]), np.zeros(1), np.zeros(1), np.ones(1)
    >>> F.nadam_step(p, [2.0], m, v, mu, step=1, lr=0.1)
    >>> p.round(6), mu.round(6)
    (array([0.894355]), array([0.450073]))
    """
    hyper = nadam_hyper("nadam_step", betas, eps, momentum_decay, decoupled_weight_decay)
    state = (m, v, mu_product)
    run_step("nadam", p, g, state, hyper, lr=lr, step=step, weight_decay=weight_decay)


def radam_step(
    p: Array,
    g: ArrayLike,
    m: Array,
    v: Array,
    *,
    step: int,
    lr: float = 1e-3,
    betas: tuple[float, float] = (0.9, 0.999),
    eps: float = 1e-8,
    weight_decay: float = 0.0,
    decoupled_weight_decay: bool = False,
) -> None:
    """RAdam: plain momentum for the first steps, then Adam scaled by a rectification.

    ``p -= lr m^``, later ``p -= lr r_t m^ sqrt(1 - beta2^t) / (sqrt(v) + eps)``, with
    ``m^ = m / (1 - beta1^t)``; r_t makes up for the large variance of 1 / sqrt(v) in the first
    steps (with the default beta2 it is used from the sixth step on). Liu et al. 2020.

    Examples
    --------
    >>> import numpy as np
    >>> import fusedmlp.functional as F
    >>> p, m, v = np.array([1.0]), np.zeros(1), np.zeros(1)
    >>> F.radam_step(p, [2.0], m, v, step=1, lr=0.1)
    >>> p.round(6)
    array([0.8])
    """
    hyper = radam_hyper("radam_step", betas, eps, decoupled_weight_decay)
    run_step("radam", p, g, (m, v), hyper, lr=lr, step=step, weight_decay=weight_decay)
