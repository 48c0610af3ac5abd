"""Gradient descent with momentum."""

from __future__ import annotations

from numpy.typing import ArrayLike

from ...checks.numbers import flag
from ...checks.optimizers import sgd_hyper
from ._run import Array, run_step


def sgd_step(
    p: Array,
    g: ArrayLike,
    velocity: Array | None = None,
    *,
    lr: float,
    momentum: float = 0.0,
    dampening: float = 0.0,
    nesterov: bool = False,
    weight_decay: float = 0.0,
    first: bool = False,
) -> None:
    """Gradient descent with momentum: ``v = mu v + (1 - dampening) g; p -= lr v``.

    ``nesterov`` steps by ``g + mu v`` instead of ``v``. ``first=True`` sets ``v = g``, whatever
    ``velocity`` held, as torch does at the first step. Without momentum ``velocity`` is not used.
    The velocity does not contain lr (in Keras and scikit-learn it does, which differs once lr
    changes). Polyak 1964; Sutskever et al. 2013.

    Examples
    --------
    >>> import numpy as np
    >>> import fusedmlp.functional as F
    >>> p, v = np.array([1.0, 2.0]), np.zeros(2)
    >>> F.sgd_step(p, [0.5, -0.5], v, lr=0.1, momentum=0.9, first=True)
    >>> p, v
    (array([0.95, 2.05]), array([ 0.5, -0.5]))
    """
    hyper = sgd_hyper("sgd_step", momentum, dampening, nesterov)
    step = 1 if flag(first, "sgd_step", "first") else 2
    run_step("sgd", p, g, (velocity,), hyper, lr=lr, step=step, weight_decay=weight_decay)
