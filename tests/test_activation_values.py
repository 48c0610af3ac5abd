"""Values of the activations: by hand, limits, accuracy in ulps, gradients, PyTorch."""

from __future__ import annotations

import math

import numpy as np
import pytest

from activation_cases import (
    CASES,
    IDS,
    NAMES,
    backward_of,
    forward_of,
    points,
    twin_forward,
    twin_slope,
)
from fusedmlp import functional as F
from fusedmlp.core.catalogue import ACTIVATIONS
from support import tol

# Worked by hand (or with a pocket calculator): (x, f(x), f'(x)).
BY_HAND = {
    "identity": [(-2, -2, 1), (3, 3, 1)],
    "sigmoid": [(0, 0.5, 0.25), (math.log(3), 0.75, 0.1875), (-math.log(3), 0.25, 0.1875)],
    "tanh": [(0, 0, 1), (math.log(2), 0.6, 0.64), (-math.log(3), -0.8, 0.36)],
    "relu": [(-2, 0, 0), (0, 0, 0), (3, 3, 1)],
    "leaky_relu": [(-2, -0.02, 0.01), (0, 0, 0.01), (3, 3, 1)],
    "elu": [(-math.log(2), -0.5, 0.5), (0, 0, 1), (3, 3, 1)],
    "selu": [
        (-math.log(2), -0.87904967042368843, 0.87904967042368843),
        (2, 2.1014019747109610, 1.0507009873554805),
    ],
    "celu": [(-math.log(4), -0.75, 0.25), (0, 0, 1), (3, 3, 1)],
    "softplus": [(0, math.log(2), 0.5), (math.log(3), math.log(4), 0.75)],
    "softsign": [(-1, -0.5, 0.25), (0, 0, 1), (3, 0.75, 0.0625)],
    "gelu": [(0, 0, 0.5), (1, 0.84134474606854293, 1.0833154705876864)],
    "gelu_tanh": [(0, 0, 0.5), (1, 0.84119199060827676, 1.0829640838457826)],
    "silu": [(0, 0, 0.5), (math.log(3), 0.75 * math.log(3), 0.75 + 0.1875 * math.log(3))],
    "mish": [(0, 0, 0.6), (math.log(2), 0.8 * math.log(2), 0.8 + 0.24 * math.log(2))],
    "hardtanh": [(-2, -1, 0), (-1, -1, 0), (0.5, 0.5, 1), (1, 1, 0), (3, 1, 0)],
    "relu6": [(-1, 0, 0), (0, 0, 0), (3, 3, 1), (6, 6, 0), (7, 6, 0)],
    "hardsigmoid": [(-4, 0, 0), (-3, 0, 0), (0, 0.5, 1 / 6), (1.5, 0.75, 1 / 6), (3, 1, 0)],
    "hardswish": [(-4, 0, 0), (-3, 0, 0), (-1.5, -0.375, 0), (1, 2 / 3, 5 / 6), (3, 3, 1)],
}


def test_the_values_of_the_rows():
    """The numbers of the docstrings, for all; to four decimals."""
    x = [-1.0, 0.0, 2.0]
    for name, row in ACTIVATIONS.items():
        np.testing.assert_allclose(forward_of[name](x), row.values, atol=5.1e-5, err_msg=name)
        slope = backward_of[name](np.ones(3), x)
        np.testing.assert_allclose(slope, row.slopes, atol=5.1e-5, err_msg=name)


@pytest.mark.parametrize("name", BY_HAND)
def test_values_by_hand(core, dtype, name):
    x, f, slope = (np.array(column, dtype) for column in zip(*BY_HAND[name], strict=True))
    y = forward_of[name](x)
    assert y.dtype == dtype
    np.testing.assert_allclose(y, f, rtol=tol(dtype), atol=tol(dtype))
    dy = np.full_like(x, 2)
    dx = backward_of[name](dy, x)
    assert dx.dtype == dtype
    np.testing.assert_allclose(dx, 2 * slope, rtol=tol(dtype), atol=tol(dtype))
    np.testing.assert_allclose(backward_of[name](dy, x, y), dx, rtol=tol(dtype), atol=tol(dtype))


@pytest.mark.parametrize(("name", "params"), CASES, ids=IDS)
def test_forward_and_backward_agree_with_the_float64_twin(core, dtype, name, params):
    x = points().astype(dtype)
    exact_x = x.astype(np.float64)
    y = forward_of[name](x, **params)
    exact = twin_forward(name, params, exact_x)
    # In float64 the twin's own error shows: exp magnifies the rounding of its argument.
    rtol = tol(dtype) if dtype is np.float32 else 1e-12
    np.testing.assert_allclose(y, exact, rtol=rtol, atol=1e-30)
    dx = backward_of[name](np.ones_like(x), x, **params)
    np.testing.assert_allclose(
        dx, twin_slope(name, params, exact_x), rtol=tol(dtype, 2), atol=tol(dtype)
    )
    from_y = backward_of[name](np.ones_like(x), x, y, **params)
    np.testing.assert_allclose(from_y, dx, rtol=0, atol=tol(dtype, 2))


@pytest.mark.parametrize(("name", "params"), CASES, ids=IDS)
def test_backward_is_the_central_difference(core, name, params):
    x = np.linspace(-4.9, 7.03, 97)
    corners = {"hardtanh": params.get("max_val", 1.0), "relu6": 6.0, "hardsigmoid": 3.0}
    x = x[(np.abs(np.abs(x) - corners.get(name, 3.0)) > 1e-3) & (np.abs(x) > 1e-3)]
    x = x[np.abs(x - params.get("min_val", 100.0)) > 1e-3]
    h = 1e-5
    f = forward_of[name]
    # A point on a corner has no derivative: the slopes to both sides differ.
    bend = np.abs(f(x + h, **params) - 2 * f(x, **params) + f(x - h, **params)) / h
    assert np.count_nonzero(bend > 1e-3) <= (0 if name in BY_HAND else 2)
    x = x[bend <= 1e-3]
    numeric = (f(x + h, **params) - f(x - h, **params)) / (2 * h)
    dx = backward_of[name](np.ones_like(x), x, **params)
    np.testing.assert_allclose(dx, numeric, rtol=1e-7, atol=1e-9)


LIMITS = {  # f(-inf), f(inf)
    "sigmoid": (0, 1),
    "tanh": (-1, 1),
    "relu": (0, math.inf),
    "elu": (-1, math.inf),
    "selu": (-1.7580993408473766, math.inf),
    "celu": (-1, math.inf),
    "softplus": (0, math.inf),
    "softsign": (-1, 1),
    "gelu": (0, math.inf),
    "gelu_tanh": (0, math.inf),
    "silu": (0, math.inf),
    "mish": (0, math.inf),
    "hardtanh": (-1, 1),
    "relu6": (0, 6),
    "hardsigmoid": (0, 1),
    "hardswish": (0, math.inf),
}


@pytest.mark.parametrize("name", NAMES)
def test_infinities_give_the_limit_and_nan_stays(core, dtype, name):
    x = np.array([-np.inf, np.inf, np.nan], dtype)
    low, high = ACTIVATIONS[name].limits
    assert (low, high) == LIMITS.get(name, (low, high))
    np.testing.assert_allclose(
        forward_of[name](x), np.array([low, high, np.nan], dtype), rtol=tol(dtype), atol=0
    )
    slope = backward_of[name](np.ones(2, dtype), x[:2])
    flat = {"leaky_relu": 0.01}.get(name, float(math.isinf(low)))
    steep = {"selu": 1.0507009873554805}.get(name, float(math.isinf(high)))
    np.testing.assert_allclose(slope, np.array([flat, steep], dtype), rtol=tol(dtype), atol=0)


def test_a_leaky_relu_without_slope_ends_at_zero(core, dtype):
    assert F.leaky_relu(np.array([-np.inf], dtype), negative_slope=0.0) == 0


@pytest.mark.parametrize("name", NAMES)
def test_no_finite_input_overflows(core, dtype, name):
    end = np.finfo(dtype).max / 2
    x = np.array([-end, -1e30, -1e3, -0.0, 0.0, 1e3, 1e30, end], dtype)
    y = forward_of[name](x)
    assert np.isfinite(y).all()
    assert np.isfinite(backward_of[name](np.ones_like(x), x)).all()
    assert np.isfinite(backward_of[name](np.ones_like(x), x, y)).all()


def test_nothing_cancels(core, dtype):
    x = np.array([-100.0, -60.0, -30.0], dtype)
    wide = x.astype(np.float64)
    e = np.exp(wide)
    np.testing.assert_allclose(F.softplus(x), np.log1p(e), rtol=tol(dtype), atol=1e-45)
    np.testing.assert_allclose(F.sigmoid(x), e / (1 + e), rtol=tol(dtype), atol=1e-45)
    assert F.sigmoid(x)[0] > 0
    small = np.array([1e-30, -1e-12, 1e-8, 1e-310 if dtype is np.float64 else 1e-42], dtype)
    for name in ("tanh", "softsign", "elu"):
        np.testing.assert_allclose(forward_of[name](small), small, rtol=1e-7)
    assert F.tanh(np.array([-0.0], dtype)).tobytes() == np.array([-0.0], dtype).tobytes()
    # The reference's own 30 / sqrt(2) is rounded.
    for at, rtol in ((-10.0, max(tol(dtype), 1e-13)), (-30.0, 1e-12)):
        tail = 0.5 * at * math.erfc(-at / math.sqrt(2))
        np.testing.assert_allclose(F.gelu(np.array([at], dtype)), tail, rtol=rtol, atol=1e-45)


# Largest error in ulps against 80-bit or multiple precision; see bench/accuracy.py.
@pytest.mark.parametrize("name", NAMES)
def test_forward_is_accurate_to_4_ulp(core, name):
    if core.level == "numpy":
        pytest.skip("the twin trades ulps for readability")
    error, at = _accuracy().measure(core, name, _accuracy().points(np.float32, 40_000))
    assert error <= 4, f"{error} ulp at {at}"


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_forward_is_accurate_to_4_ulp_on_a_dense_grid(core, name):
    if core.level == "numpy":
        pytest.skip("the twin trades ulps for readability")
    for seed in range(8):
        x = _accuracy().points(np.float32, 4_000_000, seed)
        error, at = _accuracy().measure(core, name, x)
        assert error <= 4, f"{error} ulp at {at}"


def _accuracy():
    """bench/accuracy.py, which holds the references in extended precision."""
    import importlib.util
    import sys
    from pathlib import Path

    if np.finfo(np.longdouble).nmant < 63:
        pytest.skip("long double is no wider than double here")
    if "accuracy" not in sys.modules:
        path = Path(__file__).resolve().parents[1] / "bench" / "accuracy.py"
        spec = importlib.util.spec_from_file_location("accuracy", path)
        assert spec is not None and spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules["accuracy"] = module
        spec.loader.exec_module(module)
    return sys.modules["accuracy"]


@pytest.mark.parametrize("name", NAMES)
def test_float64_is_accurate_to_1e_12(core, name):
    pytest.importorskip("mpmath", reason="mpmath is not installed: no reference for float64")
    x = _accuracy().points(np.float64, 20_000)
    x = x[:: 20 if name == "gelu" else 1]
    # Half an ulp is 1.1e-16 relative.
    assert _accuracy().measure(core, name, np.ascontiguousarray(x))[0] * 2.3e-16 < 1e-12


@pytest.mark.peers
@pytest.mark.parametrize(("name", "params"), CASES, ids=IDS)
def test_pytorch_agrees(core, name, params):
    torch = pytest.importorskip(
        "torch", reason="PyTorch is not installed: the peer comparison is skipped"
    )
    if params.get("negative_slope") == 0.0:
        pytest.skip("the same as relu")
    # The corners of all pieces are among the points.
    x = np.concatenate([np.linspace(-30, 30, 601), [-0.2, 2.5, -1, 0, 1, 3, -3, 6]])
    leaf = torch.tensor(x, requires_grad=True)
    function = {"identity": lambda v: v * 1.0, "tanh": torch.tanh, "sigmoid": torch.sigmoid}
    call = function.get(name) or getattr(torch.nn.functional, name.removesuffix("_tanh"), None)
    if call is None:
        assert name not in BY_HAND
        pytest.skip(f"torch.nn.functional has no {name}")
    extra = {"gelu_tanh": {"approximate": "tanh"}, "softplus": {"threshold": 1e4}}.get(name, {})
    value = call(leaf, **params, **extra)
    value.sum().backward()
    # 1 + erf and 1 + tanh cancel in PyTorch, and its hardsigmoid' is 1/6 in float32.
    cancels = 1e-14 if "gelu" in name else 1e-300
    np.testing.assert_allclose(
        forward_of[name](x, **params), value.detach().numpy(), rtol=1e-12, atol=cancels
    )
    rtol = 1e-7 if name == "hardsigmoid" else 1e-12
    np.testing.assert_allclose(
        backward_of[name](np.ones_like(x), x, **params), leaf.grad.numpy(), rtol=rtol, atol=1e-14
    )
