"""What the tests of the activations share: names, parameters, points."""

from __future__ import annotations

import numpy as np

from fusedmlp import functional as F
from fusedmlp.core.catalogue import ACTIVATIONS
from fusedmlp.core.reference import activations as twin

NAMES = tuple(ACTIVATIONS)


OTHER_PARAMS = {
    "leaky_relu": [{"negative_slope": 0.3}, {"negative_slope": 0.0}],
    "elu": [{"alpha": 0.7}],
    "celu": [{"alpha": 2.5}, {"alpha": 0.125}],
    "softplus": [{"beta": 3.0}, {"beta": 0.1}],
    "hardtanh": [{"min_val": -0.2, "max_val": 2.5}],
}


CASES = [(name, {}) for name in NAMES] + [(n, p) for n, ps in OTHER_PARAMS.items() for p in ps]


IDS = [n + "".join(f"-{v}" for v in p.values()) for n, p in CASES]


forward_of = {name: getattr(F, name) for name in NAMES}


backward_of = {name: getattr(F, f"{name}_backward") for name in NAMES}


def points():
    """Numbers over the curved part, the ends, and near 0."""
    grid = np.linspace(-30.0, 30.0, 1201)
    small = np.logspace(-20, 0, 41)
    return np.concatenate([grid, small, -small, [-80.0, -50.0, 50.0, 80.0, 1000.0]])


def twin_forward(name, params, x):
    y = np.empty_like(x)
    twin.activation_forward(name, list({**ACTIVATIONS[name].defaults, **params}.values()), x, y)
    return y


def twin_slope(name, params, x):
    dx = np.empty_like(x)
    numbers = list({**ACTIVATIONS[name].defaults, **params}.values())
    twin.activation_backward(name, numbers, np.ones_like(x), x, None, dx)
    return dx
