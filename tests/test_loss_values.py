"""Values and gradients of the losses: hand-worked numbers, the float64 twin, differences, torch."""

from __future__ import annotations

import math

import numpy as np
import pytest

import fusedmlp as fm
from fusedmlp import functional as F
from loss_cases import LOG2, VARIANTS, make, twin_in_double, value_and_grad
from support import SIZES, assert_close, central_difference, same_bits, tol

HAND = [
    ("mse", {}, [[1.0, 2.0], [3.0, 0.0]], [[0.0, 4.0], [3.0, 1.0]], [2.5, 0.5],
     [[1.0, -2.0], [0.0, -1.0]]),
    ("mae", {}, [[1.0, 2.0], [3.0, 0.0]], [[0.0, 4.0], [3.0, 1.0]], [1.5, 0.5],
     [[0.5, -0.5], [0.0, -0.5]]),
    ("huber", {"delta": 2.0}, [[1.0], [2.0], [5.0], [-5.0]], [[0.0]] * 4, [0.5, 2.0, 8.0, 8.0],
     [[1.0], [2.0], [2.0], [-2.0]]),
    ("log_cosh", {}, [[0.0], [1.0], [-1.0]], [[0.0]] * 3,
     [0.0, math.log(math.cosh(1)), math.log(math.cosh(1))],
     [[0.0], [math.tanh(1)], [-math.tanh(1)]]),
    ("quantile", {"q": 0.75}, [[1.0], [1.0], [1.0]], [[3.0], [0.0], [1.0]], [1.5, 0.25, 0.0],
     [[-0.75], [0.25], [0.0]]),
    ("quantile", {"q": [0.25, 0.75]}, [[0.0, 0.0]], [[4.0, 4.0]], [2.0], [[-0.125, -0.375]]),
    ("poisson_nll", {}, [[0.0], [1.0]], [[3.0], [2.0]], [1.0, math.e - 2], [[-2.0], [math.e - 2]]),
    ("binary_cross_entropy", {}, [[0.0], [math.log(3)], [math.log(3)]], [[1.0], [1.0], [0.0]],
     [LOG2, math.log(4 / 3), math.log(4)], [[-0.5], [-0.25], [0.75]]),
    ("binary_cross_entropy", {}, [[0.0, math.log(3)]], [[0.5, 0.75]],
     [(LOG2 + math.log(4) - 0.75 * math.log(3)) / 2], [[0.0, 0.0]]),
    ("cross_entropy", {}, [[0.0, math.log(3)], [0.0, math.log(3)]], [1, 0],
     [math.log(4 / 3), math.log(4)], [[0.25, -0.25], [-0.75, 0.75]]),
    ("cross_entropy", {}, [[0.0, math.log(3)]], [[0.25, 0.75]],
     [0.25 * math.log(4) + 0.75 * math.log(4 / 3)], [[0.0, 0.0]]),
    ("cross_entropy", {"label_smoothing": 0.5}, [[0.0, math.log(3)]], [1],
     [0.25 * math.log(4) + 0.75 * math.log(4 / 3)], [[0.0, 0.0]]),
    ("hinge", {}, [[0.5], [3.0], [2.0], [1.0]], [[1.0], [-1.0], [1.0], [1.0]],
     [0.5, 4.0, 0.0, 0.0], [[-1.0], [1.0], [0.0], [0.0]]),
]  # fmt: skip


@pytest.mark.parametrize(("name", "params", "pred", "target", "loss", "grad"), HAND)
def test_hand_worked_numbers(core, dtype, name, params, pred, target, loss, grad):
    pred = np.array(pred, dtype)
    got, dpred = value_and_grad(name, pred, target, reduction="none", **params)
    assert got.dtype == dpred.dtype == dtype
    np.testing.assert_allclose(got, loss, rtol=tol(dtype), atol=tol(dtype))
    np.testing.assert_allclose(dpred, grad, rtol=tol(dtype), atol=tol(dtype))


@pytest.mark.parametrize(("name", "params"), VARIANTS)
@pytest.mark.parametrize("columns", [*SIZES[1:], 511, 512, 513, 1030])
def test_agrees_with_the_float64_twin(core, dtype, rng, name, params, columns):
    for rows in (1, 2, 7, 65):
        pred, target, own = make(name, rows, columns, rng, dtype, **params)
        scale = rng.uniform(0.5, 2.0, rows)
        wanted, gradient = twin_in_double(name, pred, target, scale, **own)
        row_loss, dpred = np.empty(rows), np.empty_like(pred)
        numbers = fm.Loss(name, **own).kernel_params(columns)
        core.loss_forward_backward(name, numbers, pred, target, scale, row_loss, dpred)
        assert_close(row_loss, wanted, dtype, 4)
        assert_close(dpred, gradient, dtype, 4)


@pytest.mark.parametrize(("name", "params"), VARIANTS)
@pytest.mark.parametrize("columns", [1, 2, 10, 17, 600])
def test_a_row_does_not_depend_on_its_place(core, dtype, rng, name, params, columns):
    pred, target, own = make(name, 70, columns, rng, dtype, **params)
    loss, grad = value_and_grad(name, pred, target, reduction="none", **own)
    values = getattr(F, name)(pred, target, reduction="none", **own)
    assert same_bits(values, loss)
    for part in (slice(0, 1), slice(1, 20), slice(33, 70), slice(69, 70)):
        some, some_grad = value_and_grad(name, pred[part], target[part], reduction="none", **own)
        assert same_bits(some, loss[part])
        assert same_bits(some_grad, grad[part])


@pytest.mark.parametrize(("name", "params"), VARIANTS)
@pytest.mark.parametrize("columns", [1, 3])
def test_gradient_by_central_differences(core, rng, name, params, columns):
    pred, target, own = make(name, 6, columns, rng, **params)
    weight = rng.uniform(0.5, 2.0, 6)
    _, dpred = value_and_grad(name, pred, target, sample_weight=weight, **own)
    numeric = central_difference(
        lambda x: getattr(F, name)(x, target, sample_weight=weight, **own), pred
    )
    np.testing.assert_allclose(dpred, numeric, rtol=1e-6, atol=1e-8)


def _torch_loss(torch, name, x, t, params):
    f = torch.nn.functional
    if name == "mse":
        return f.mse_loss(x, t)
    if name == "mae":
        return f.l1_loss(x, t)
    if name == "huber":
        return f.huber_loss(x, t, delta=params.get("delta", 1.0))
    if name == "log_cosh":
        return torch.log(torch.cosh(x - t)).mean()
    if name == "quantile":
        q = params.get("q", 0.5)
        return torch.maximum(q * (t - x), (q - 1) * (t - x)).mean()
    if name == "poisson_nll":
        return f.poisson_nll_loss(x, t)
    if name == "binary_cross_entropy":
        return f.binary_cross_entropy_with_logits(x, t)
    if name == "cross_entropy":
        return f.cross_entropy(x, t, label_smoothing=params.get("label_smoothing", 0.0))
    if name == "hinge":
        return torch.relu(1 - t * x).mean()
    pytest.skip(f"no formula of {name} in PyTorch stands here")


@pytest.mark.peers
@pytest.mark.parametrize(("name", "params"), VARIANTS)
@pytest.mark.parametrize("columns", [1, 2, 10, 33])
def test_torch_gives_the_same(core, rng, name, params, columns):
    torch = pytest.importorskip(
        "torch", reason="PyTorch is not installed: the peer comparison is skipped"
    )
    pred, target, own = make(name, 40, columns, rng, spread=3.0, **params)
    x = torch.tensor(pred, requires_grad=True)
    wanted = _torch_loss(torch, name, x, torch.tensor(target), own)
    wanted.backward()
    value, dpred = value_and_grad(name, pred, target, **own)
    # Relative to sizes before cancellation: torch takes 1 - t and q - p after rounding.
    assert value == pytest.approx(wanted.item(), rel=1e-12, abs=1e-14)
    np.testing.assert_allclose(dpred, x.grad.numpy(), rtol=1e-12, atol=1e-16)


@pytest.mark.peers
def test_torch_gives_the_same_class_weights(core, rng):
    torch = pytest.importorskip(
        "torch", reason="PyTorch is not installed: the peer comparison is skipped"
    )
    pred, target, _ = make("cross_entropy", 30, 4, rng)
    weight = [0.5, 1.0, 2.0, 4.0]
    x = torch.tensor(pred, requires_grad=True)
    wanted = torch.nn.functional.cross_entropy(
        x, torch.tensor(target), weight=torch.tensor(weight, dtype=torch.float64)
    )
    wanted.backward()
    value, dpred = F.cross_entropy_value_and_grad(pred, target, class_weight=weight)
    assert value == pytest.approx(wanted.item(), rel=1e-13)
    np.testing.assert_allclose(dpred, x.grad.numpy(), rtol=1e-12, atol=1e-17)


@pytest.mark.parametrize("size", [200.0, 1e30])
def test_huge_logits_are_fine(core, dtype, size):
    size = float(dtype(size))
    x = np.array([[size], [-size]], dtype)
    for target, wanted, grad in ((1, [0, size], [0, -1]), (0, [size, 0], [1, 0])):
        loss, dpred = F.binary_cross_entropy_value_and_grad(x, [[target]] * 2, reduction="none")
        np.testing.assert_allclose(loss, wanted, rtol=tol(dtype), atol=1e-80)
        np.testing.assert_allclose(dpred[:, 0], grad, rtol=tol(dtype), atol=1e-80)
    x = np.array([[size, 0.0, -size]] * 3, dtype)
    loss, dpred = F.cross_entropy_value_and_grad(x, [0, 1, 2], reduction="none")
    np.testing.assert_allclose(loss, [0, size, 2 * size], rtol=tol(dtype), atol=1e-80)
    np.testing.assert_allclose(dpred, [[0, 0, 0], [1, -1, 0], [1, 0, -1]], atol=1e-80)
    x = np.array([[size], [-size]], dtype)
    for name in ("mae", "huber", "log_cosh", "quantile", "hinge"):
        loss, dpred = value_and_grad(name, x, [[1.0], [1.0]], reduction="none")
        assert np.isfinite(loss).all(), name
        assert np.isfinite(dpred).all(), name
    assert F.poisson_nll(np.array([-size], dtype), [2.0]) == pytest.approx(2 * size)


def test_infinite_logits_give_the_limit(core, dtype):
    x = np.array([[np.inf], [-np.inf]], dtype)
    loss, grad = F.binary_cross_entropy_value_and_grad(x, [[1], [0]], reduction="none")
    assert loss.tolist() == [0, 0]
    assert np.abs(grad).tolist() == [[0], [0]]
    assert F.binary_cross_entropy(x[:1], [[0.5]]) == np.inf
    x = np.array([[-np.inf, 0.0, 0.0]], dtype)  # a masked class
    loss, grad = F.cross_entropy_value_and_grad(x, [1])
    assert loss == pytest.approx(LOG2)
    np.testing.assert_allclose(grad, [[0, -0.5, 0.5]])
    assert F.cross_entropy(x, [[0.0, 1.0, 0.0]]) == pytest.approx(LOG2)
    assert F.cross_entropy(x, [0]) == np.inf


@pytest.mark.parametrize(("name", "params"), VARIANTS)
def test_nan_stays_nan(core, dtype, rng, name, params):
    for place in (0, 2, 20):
        pred, target, own = make(name, 3, 21, rng, dtype, **params)
        pred[1, place] = np.nan
        loss = getattr(F, name)(pred, target, reduction="none", **own)
        assert np.isnan(loss).tolist() == [False, True, False]


def test_small_losses_keep_their_digits(core, dtype):
    x = np.array([20.0, 50.0, 80.0], dtype)
    small = np.exp(-x.astype(np.float64))
    wanted, slope = np.log1p(small), small / (1 + small)
    loss, grad = F.binary_cross_entropy_value_and_grad(x, [1, 1, 1], reduction="none")
    np.testing.assert_allclose(loss, wanted, rtol=tol(dtype))
    np.testing.assert_allclose(grad, -slope, rtol=tol(dtype))
    two = np.stack([x, np.zeros_like(x)], axis=1)
    loss, grad = F.cross_entropy_value_and_grad(two, [0, 0, 0], reduction="none")
    np.testing.assert_allclose(loss, wanted, rtol=tol(dtype))
    np.testing.assert_allclose(grad, np.stack([-slope, slope], axis=1), rtol=tol(dtype))
    d = np.array([1e-3, 1e-5, 1e-8], dtype)
    exact = d.astype(np.float64)
    loss, grad = F.log_cosh_value_and_grad(d, [0, 0, 0], reduction="none")
    np.testing.assert_allclose(
        loss, exact**2 / 2 - exact**4 / 12 + exact**6 / 45, rtol=2 * tol(dtype)
    )
    np.testing.assert_allclose(grad, np.tanh(exact), rtol=2 * tol(dtype))
