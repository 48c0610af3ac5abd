"""What the tests of the losses share: every branch of every kernel, and data that suit it."""

from __future__ import annotations

import math

import numpy as np

import fusedmlp as fm
import fusedmlp.core.reference.losses as twin
from fusedmlp import functional as F
from fusedmlp.core.catalogue import LOSSES

LOG2 = math.log(2)


# Every branch of every kernel: name, parameters; "probabilities" is a kind of target.
VARIANTS = [
    ("mse", {}),
    ("mae", {}),
    ("huber", {}),
    ("huber", {"delta": 0.3}),
    ("log_cosh", {}),
    ("quantile", {}),
    ("quantile", {"q": 0.9}),
    ("poisson_nll", {}),
    ("binary_cross_entropy", {}),
    ("cross_entropy", {}),
    ("cross_entropy", {"label_smoothing": 0.1}),
    ("cross_entropy", {"probabilities": True}),
    ("cross_entropy", {"probabilities": True, "label_smoothing": 0.3}),
    ("hinge", {}),
]


# Losses without a line of their own come with their defaults.
VARIANTS += [(name, {}) for name in LOSSES if name not in {name for name, _ in VARIANTS}]
PAIRS = [(name, f"{name}_value_and_grad") for name in F.LOSSES]


def value_and_grad(name, *args, **kwargs):
    return getattr(F, f"{name}_value_and_grad")(*args, **kwargs)


def _allowed(domain):
    """Some targets of a domain; None where any number will do."""
    if domain is None:
        return None
    return domain.values or [domain.low, 0.7 * domain.low + 0.3 * domain.high, domain.high]


def make(name, rows, columns, rng, dtype=np.float64, spread=2.0, probabilities=False, **params):
    """Return a prediction, a target that suits the loss, and the loss's own parameters."""
    pred = (spread * rng.standard_normal((rows, columns))).astype(dtype)
    if LOSSES[name].classes:
        if probabilities:
            target = rng.dirichlet(np.ones(columns), size=rows).astype(dtype)
        else:
            target = rng.integers(0, columns, rows)
    elif (allowed := _allowed(LOSSES[name].target)) is not None:
        target = rng.choice(allowed, (rows, columns)).astype(dtype)
    elif name == "poisson_nll":
        target = rng.poisson(2.0, (rows, columns)).astype(dtype)
    else:
        target = rng.standard_normal((rows, columns)).astype(dtype)
    return pred, target, params


def twin_in_double(name, pred, target, scale, **params):
    x = pred.astype(np.float64)
    t = target if target.ndim == 1 else target.astype(np.float64)
    row_loss, dpred = np.empty(len(x)), np.empty_like(x)
    numbers = fm.Loss(name, **params).kernel_params(x.shape[1])
    twin.loss_forward_backward(name, numbers, x, t, scale, row_loss, dpred)
    return row_loss, dpred
