"""Softmax and log-softmax: hand-worked rows, the float64 twin, gradients, edges, PyTorch."""

from __future__ import annotations

import math

import numpy as np
import pytest

from fusedmlp import functional as F
from fusedmlp.core.reference import softmax as twin
from support import SIZES, same_bits, tol

WITH_LOG = pytest.mark.parametrize("log", [False, True], ids=["softmax", "log_softmax"])


def forward(log, x, **options):
    return (F.log_softmax if log else F.softmax)(x, **options)


def backward(log, dy, y, **options):
    return (F.log_softmax_backward if log else F.softmax_backward)(dy, y, **options)


def test_values_by_hand(core, dtype):
    x = np.array([[0.0, math.log(3)], [5.0, 5.0], [0.0, 1000.0]], dtype)
    expected = [[0.25, 0.75], [0.5, 0.5], [0.0, 1.0]]
    np.testing.assert_allclose(F.softmax(x), np.array(expected, dtype), rtol=tol(dtype))
    expected = [[-math.log(4), math.log(0.75)], [-math.log(2)] * 2, [-1000.0, 0.0]]
    np.testing.assert_allclose(F.log_softmax(x), np.array(expected, dtype), rtol=tol(dtype))


@WITH_LOG
@pytest.mark.parametrize("columns", [n for n in SIZES if n])
def test_forward_and_backward_agree_with_the_float64_twin(core, dtype, log, columns, rng):
    x = (5 * rng.standard_normal((7, columns))).astype(dtype)
    dy = rng.standard_normal((7, columns)).astype(dtype)
    wide_y, wide_dx = np.empty((2, 7, columns))
    twin.softmax_forward(log, x.astype(np.float64), wide_y)
    twin.softmax_backward(log, dy.astype(np.float64), wide_y, wide_dx)
    y = forward(log, x)
    atol = tol(dtype, 8) if log else 0
    np.testing.assert_allclose(y, wide_y, rtol=tol(dtype, 4), atol=atol)
    np.testing.assert_allclose(
        backward(log, dy, y), wide_dx, rtol=tol(dtype, 8), atol=tol(dtype, 8)
    )


@WITH_LOG
def test_backward_is_the_central_difference(core, log, rng):
    x, dy = rng.standard_normal((2, 3, 5))
    dx = backward(log, dy, forward(log, x))
    for i in np.ndindex(x.shape):
        step = np.zeros_like(x)
        step[i] = 1e-6
        numeric = np.sum(dy * (forward(log, x + step) - forward(log, x - step))) / 2e-6
        assert dx[i] == pytest.approx(numeric, rel=1e-7, abs=1e-9)


def test_a_nearly_certain_class_keeps_its_digits(core):
    y = F.log_softmax(np.array([0.0, 40.0, -3.0]))
    assert y[1] == pytest.approx(-math.exp(-40) * (1 + math.exp(-3)), rel=1e-14)
    y = F.log_softmax(np.array([0.0, 25.0], np.float32))
    assert y[1] == pytest.approx(-math.exp(-25), rel=1e-6)


@WITH_LOG
def test_edges(core, dtype, log):
    big = np.array([1e30, -1e30, 1e30], dtype)
    low = -2e30 if log else 0.0
    half = -math.log(2) if log else 0.5
    np.testing.assert_allclose(
        forward(log, big), np.array([half, low, half], dtype), rtol=tol(dtype)
    )
    inf = np.inf
    assert np.isnan(forward(log, np.array([[0, inf, 1], [0, np.nan, 1], [-inf] * 3], dtype))).all()
    masked = forward(log, np.array([0, -inf, 0], dtype))
    np.testing.assert_allclose(masked, np.array([half, -inf if log else 0, half], dtype))


@WITH_LOG
def test_a_long_row_sums_without_loss(core, log):
    x = np.zeros((1, 100_003), np.float32)
    value = -math.log(x.size) if log else 1 / x.size
    np.testing.assert_allclose(forward(log, x), value, rtol=tol(np.float32))


@WITH_LOG
def test_rows_are_independent_and_in_place_works(core, dtype, log, rng):
    x = rng.standard_normal((9, 13)).astype(dtype)
    dy = rng.standard_normal((9, 13)).astype(dtype)
    y = forward(log, x)
    dx = backward(log, dy, y)
    assert same_bits(forward(log, x[4]), y[4])
    assert same_bits(forward(log, x.reshape(3, 3, 13)), y.reshape(3, 3, 13))
    assert same_bits(forward(log, x.T.copy().T), y)
    assert same_bits(backward(log, dy[2], y[2]), dx[2])
    assert forward(log, x, out=x) is x
    assert same_bits(x, y)
    assert backward(log, dy, y, out=dy) is dy
    assert same_bits(dy, dx)


@WITH_LOG
@pytest.mark.parametrize("shape", [(0,), (0, 3), (3, 0), (2, 0, 4), (1,), (2, 1, 3)])
def test_any_shape(core, log, shape):
    x = np.zeros(shape, np.float32)
    y = forward(log, x)
    assert y.shape == shape
    assert backward(log, x, y).shape == shape


@WITH_LOG
def test_the_door(log):
    name = "log_softmax" if log else "softmax"
    with pytest.raises(ValueError, match=f"{name}: x must have at least 1 dimension"):
        forward(log, 1.0)
    with pytest.raises(TypeError, match=f"{name}: x must hold real numbers"):
        forward(log, ["a", "b"])
    with pytest.raises(ValueError, match=rf"{name}_backward: y must have the shape of dy, \(3,\)"):
        backward(log, np.zeros(3), np.zeros(4))
    shared = np.zeros(6)
    with pytest.raises(ValueError, match=f"{name}: out must not overlap an input in part"):
        forward(log, shared[:3], out=shared[1:4])


@pytest.mark.peers
@WITH_LOG
def test_pytorch_agrees(core, log, rng):
    torch = pytest.importorskip(
        "torch", reason="PyTorch is not installed: the peer comparison is skipped"
    )
    x, dy = 3 * rng.standard_normal((2, 11, 10))
    leaf = torch.tensor(x, requires_grad=True)
    value = (torch.log_softmax if log else torch.softmax)(leaf, -1)
    value.backward(torch.tensor(dy))
    y = forward(log, x)
    np.testing.assert_allclose(y, value.detach().numpy(), rtol=1e-12, atol=1e-15)
    np.testing.assert_allclose(backward(log, dy, y), leaf.grad.numpy(), rtol=1e-11, atol=1e-14)
