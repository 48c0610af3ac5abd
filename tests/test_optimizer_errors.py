"""Arguments of the optimizers and of their step functions: what is refused, and how."""

from __future__ import annotations

import numpy as np
import pytest

from fusedmlp import functional as F
from fusedmlp import optim
from fusedmlp.core.catalogue import OPTIMIZERS
from optimizer_cases import make


@pytest.mark.parametrize(
    "name, options, message",
    [
        ("SGD", {"lr": -1.0}, r"SGD: lr must be in \[0, inf\), got -1.0"),
        ("SGD", {"momentum": -0.1}, r"SGD: momentum must be in \[0, inf\)"),
        ("SGD", {"nesterov": True}, "SGD: nesterov needs momentum > 0 and dampening = 0"),
        ("Adam", {"betas": (1.0, 0.9)}, r"Adam: betas\[0\] must be in \[0, 1\), got 1.0"),
        ("AdamW", {"betas": (0.9, -1)}, r"AdamW: betas\[1\] must be in \[0, 1\), got -1"),
        ("Adam", {"eps": -1e-8}, "Adam: eps must be in"),
        ("Adam", {"lr": float("nan")}, "Adam: lr must be in"),
        ("Adadelta", {"rho": 1.5}, r"Adadelta: rho must be in \[0, 1\], got 1.5"),
        ("Adagrad", {"initial_accumulator_value": -1}, "initial_accumulator_value"),
        ("NAdam", {"weight_decay": -1}, r"NAdam: weight_decay must be in \[0, inf\), got -1"),
        ("Rprop", {"etas": (1.5, 1.2)}, r"Rprop: etas\[0\] must be in \(0, 1\), got 1.5"),
        ("Rprop", {"etas": (0.5, 1.0)}, r"Rprop: etas\[1\] must be in \(1, inf\), got 1.0"),
        ("Rprop", {"step_sizes": (1.0, 0.5)}, r"Rprop: step_sizes\[1\] must be in \[1, inf\)"),
    ],
)
def test_values_out_of_range(name, options, message):
    with pytest.raises(ValueError, match=message):
        make(name, options)


@pytest.mark.parametrize(
    "name, options, message",
    [
        ("SGD", {"lr": "fast"}, "SGD: lr must be a number, got 'fast'"),
        ("SGD", {"nesterov": 1}, "SGD: nesterov must be True or False, got 1"),
        ("Adam", {"betas": 0.9}, "Adam: betas must be two numbers, got 0.9"),
        ("Adam", {"amsgrad": "yes"}, "Adam: amsgrad must be True or False"),
    ],
)
def test_values_of_the_wrong_kind(name, options, message):
    with pytest.raises(TypeError, match=message):
        make(name, options)


def test_names():
    assert tuple(OPTIMIZERS) == F.OPTIMIZERS
    adam = optim.Adam()
    assert optim.get(adam) is adam
    with pytest.raises(ValueError, match=r"optimizer must be one of sgd, .*, rprop, got 'adm'"):
        optim.get("adm")
    with pytest.raises(TypeError, match=r"write Adam\(\)"):
        optim.get(optim.Adam)


def test_errors_of_the_step_functions_change_nothing(core, dtype):
    p, m, v = np.ones((2, 3), dtype), np.zeros((2, 3), dtype), np.zeros((2, 3), dtype)
    g = np.ones((2, 3))
    other = np.float32 if dtype == np.float64 else np.float64
    frozen = m.copy()
    frozen.flags.writeable = False
    bad = [
        (ValueError, "adam_step: g must have shape .2, 3. to match p", (p, g[0], m, v), {}),
        (ValueError, "adam_step: m must be float", (p, g, m.astype(other), v), {}),
        (ValueError, "adam_step: v must have shape", (p, g, m, v.reshape(3, 2)), {}),
        (ValueError, "adam_step: m is read-only", (p, g, frozen, v), {}),
        (ValueError, "adam_step: v must be C-contiguous", (p, g, m, np.asfortranarray(v)), {}),
        (ValueError, "adam_step: v must not overlap m", (p, g, m, m), {}),
        (ValueError, "adam_step: g must not overlap p", (p, p, m, v), {}),
        (ValueError, "adam_step: vmax is needed", (p, g, m, v), {"amsgrad": True}),
        (ValueError, r"adam_step: step must be in \[1", (p, g, m, v), {"step": 0}),
        (TypeError, "adam_step: p must be a NumPy array, got list", ([1.0], [1.0], m, v), {}),
        (TypeError, "adam_step: g must hold real numbers", (p, 1j * g, m, v), {}),
        (TypeError, "adam_step: step must be an integer, got 1.0", (p, g, m, v), {"step": 1.0}),
    ]
    for kind, message, arrays, options in bad:
        with pytest.raises(kind, match=message):
            F.adam_step(*arrays, **{"step": 1, **options})
    assert (p == 1).all() and (m == 0).all() and (v == 0).all()


def test_mu_product_must_be_one_double(core):
    p, m, v = np.ones(3, np.float32), np.zeros(3, np.float32), np.zeros(3, np.float32)
    with pytest.raises(ValueError, match="nadam_step: mu_product must be float64, got float32"):
        F.nadam_step(p, p + 1, m, v, np.ones(1, np.float32), step=1)


def test_any_layout_of_the_gradient_gives_the_same_bits(core, dtype):
    g = np.random.default_rng(0).normal(size=(6, 5)).astype(dtype)
    results = []
    for layout in (g, np.asfortranarray(g), np.repeat(g, 2, axis=1)[:, ::2], g[::-1].copy()[::-1]):
        p, m, v = np.ones((6, 5), dtype), np.zeros((6, 5), dtype), np.zeros((6, 5), dtype)
        F.adam_step(p, layout, m, v, step=1)
        results.append(p)
    assert all(np.array_equal(results[0], p) for p in results)
