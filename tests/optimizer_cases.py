"""What the tests of the optimizers share: every branch of every kernel, and a bare model."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from fusedmlp import optim
from fusedmlp.core.catalogue import OPTIMIZERS
from fusedmlp.core.records import Segment
from support import tol

# Every branch of every kernel: class name, options.
VARIANTS = [
    ("SGD", {}),
    ("SGD", {"momentum": 0.9}),
    ("SGD", {"momentum": 0.9, "dampening": 0.3, "weight_decay": 0.01}),
    ("SGD", {"momentum": 0.8, "nesterov": True, "weight_decay": 0.01}),
    ("SGD", {"momentum": 0.9, "dampening": 0.3, "lr_in_velocity": True}),
    ("SGD", {"momentum": 0.8, "nesterov": True, "lr_in_velocity": True, "weight_decay": 0.01}),
    ("Adagrad", {}),
    ("Adagrad", {"lr_decay": 0.01, "weight_decay": 0.1, "initial_accumulator_value": 0.5}),
    ("Adadelta", {}),
    ("Adadelta", {"rho": 0.8, "weight_decay": 0.1, "lr": 0.5}),
    ("RMSprop", {}),
    ("RMSprop", {"momentum": 0.9, "lr": 0.001}),
    ("RMSprop", {"centered": True, "weight_decay": 0.1, "alpha": 0.9}),
    ("RMSprop", {"centered": True, "momentum": 0.5}),
    ("Adam", {}),
    ("Adam", {"weight_decay": 0.1, "betas": (0.8, 0.9)}),
    ("Adam", {"amsgrad": True, "eps": 1e-3}),
    ("Adam", {"epsilon_hat": True, "eps": 1e-3, "weight_decay": 0.1}),
    ("AdamW", {"weight_decay": 0.1}),
    ("AdamW", {"weight_decay": 0.1, "amsgrad": True}),
    ("AdamW", {"amsgrad": True, "epsilon_hat": True, "eps": 1e-3}),
    ("Adamax", {"weight_decay": 0.1}),
    ("NAdam", {"weight_decay": 0.1}),
    ("NAdam", {"weight_decay": 0.1, "decoupled_weight_decay": True, "momentum_decay": 0.02}),
    ("RAdam", {}),
    ("RAdam", {"weight_decay": 0.1, "betas": (0.9, 0.99)}),
    ("RAdam", {"weight_decay": 0.1, "decoupled_weight_decay": True}),
    ("Lion", {"weight_decay": 0.1}),
    ("Rprop", {}),
    ("Rprop", {"etas": (0.4, 1.5), "step_sizes": (1e-3, 0.1)}),
]


# Optimizers without a line of their own come with their defaults.
VARIANTS += [
    (row.title, {"weight_decay": 0.1} if "weight_decay" in row.options else {})
    for row in OPTIMIZERS.values()
    if row.title not in {name for name, _ in VARIANTS}
]
every_variant = pytest.mark.parametrize("name, options", VARIANTS)


def segments(decay_ranges, n):
    """Segments over n parameters of which those in the ranges decay."""
    cuts = sorted({0, n, *(at for r in decay_ranges for at in r)})
    return [
        Segment(a, b, 1.0, float(any(begin <= a < end for begin, end in decay_ranges)))
        for a, b in itertools.pairwise(cuts)
    ]


class Model:
    """The part of a model that optimizers see."""

    def __init__(self, theta, decay_ranges=None):
        self.theta = np.array(theta)
        self.grad = np.zeros_like(self.theta)
        n = self.theta.size
        self.segments = segments([(0, n)] if decay_ranges is None else decay_ranges, n)


def make(name, options):
    return getattr(optim, name)(**options)


def run(optimizer, theta, grads, decay_ranges=None):
    model = Model(theta, decay_ranges)
    for g in grads:
        model.grad[:] = g
        optimizer.step(model)
    return model.theta


def walk(optimizer, theta, noise):
    """Steps on |theta|^2 / 4 with noise in the gradient, which depends on where the run stands."""
    model = Model(theta)
    for shake in noise:
        model.grad[:] = 0.5 * model.theta + shake
        optimizer.step(model)
    return model.theta


def close(actual, wanted, dtype, k=1.0):
    np.testing.assert_allclose(actual, wanted, rtol=tol(dtype, k), atol=tol(dtype, k))
