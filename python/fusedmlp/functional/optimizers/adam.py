"""Adam and AdamW."""

from __future__ import annotations

from numpy.typing import ArrayLike

from ...checks.optimizers import adam_hyper
from ._run import Array, run_step


def adam_step(
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
    amsgrad: bool = False,
    vmax: Array | None = None,
) -> None:
    """Adam with bias correction, eps after it.

    ``m = beta1 m + (1 - beta1) g``, ``v = beta2 v + (1 - beta2) g^2``,
    ``p -= lr m / (1 - beta1^step) / (sqrt(v / (1 - beta2^step)) + eps)``. ``step`` counts from 1.
    ``amsgrad`` puts the largest v so far, kept in ``vmax``, in the place of v. ``weight_decay``
    adds ``weight_decay p`` to g. Keras and scikit-learn add eps before v is corrected ("epsilon
    hat"), which makes it larger in the first steps.
    Kingma & Ba 2015; Reddi et al. 2018.

    Examples
    --------
    >>> import numpy as np
    >>> import fusedmlp.functional as F
    >>> p, m, v = np.array([1.0, 1.0]), np.zeros(2), np.zeros(2)
    >>> F.adam_step(p, [0.5, -4.0], m, v, step=1, lr=0.1)
    >>> p.round(6)
    array([0.9, 1.1])
    """
    hyper = adam_hyper("adam_step", betas, eps, amsgrad)
    run_step("adam", p, g, (m, v, vmax), hyper, lr=lr, step=step, weight_decay=weight_decay)


def adamw_step(
    p: Array,
    g: ArrayLike,
    m: Array,
    v: Array,
    *,
    step: int,
    lr: float = 1e-3,
    betas: tuple[float, float] = (0.9, 0.999),
    eps: float = 1e-8,
    weight_decay: float = 1e-2,
    amsgrad: bool = False,
    vmax: Array | None = None,
) -> None:
    """Adam with decoupled weight decay: first ``p *= 1 - lr weight_decay``, then Adam's step.

    Loshchilov & Hutter 2019. Parameters as in :func:`adam_step`.

    Examples
    --------
    >>> import numpy as np
    >>> import fusedmlp.functional as F
    >>> p, m, v = np.array([1.0]), np.zeros(1), np.zeros(1)
    >>> F.adamw_step(p, [0.5], m, v, step=1, lr=0.1, weight_decay=0.5)
    >>> p.round(6)
    array([0.85])
    """
    hyper = adam_hyper("adamw_step", betas, eps, amsgrad)
    run_step("adamw", p, g, (m, v, vmax), hyper, lr=lr, step=step, weight_decay=weight_decay)
