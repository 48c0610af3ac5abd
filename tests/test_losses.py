"""Losses: hand-worked numbers, the float64 twin, central differences, torch, bad input."""

from __future__ import annotations

import copy
import inspect
import math
import pickle

import numpy as np
import pytest

import fusedmlp as fm
import fusedmlp.core.reference.losses as twin
from fusedmlp import functional as F
from fusedmlp import losses
from fusedmlp.core import backend
from support import SIZES, assert_close, central_difference, same_bits, tol

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
PAIRS = [(name, f"{name}_value_and_grad") for name in F.LOSSES]


def value_and_grad(name, *args, **kwargs):
    return getattr(F, f"{name}_value_and_grad")(*args, **kwargs)


def make(name, rows, columns, rng, dtype=np.float64, spread=2.0, probabilities=False, **params):
    """Return a prediction, a target that suits the loss, and the loss's own parameters."""
    pred = (spread * rng.standard_normal((rows, columns))).astype(dtype)
    if name == "cross_entropy":
        if probabilities:
            target = rng.dirichlet(np.ones(columns), size=rows).astype(dtype)
        else:
            target = rng.integers(0, columns, rows)
    elif name == "binary_cross_entropy":
        target = rng.choice([0.0, 0.3, 1.0], (rows, columns)).astype(dtype)
    elif name == "hinge":
        target = rng.choice([-1.0, 1.0], (rows, columns)).astype(dtype)
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


LOG2 = math.log(2)
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
    return torch.relu(1 - t * x).mean()


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


# Extreme numbers


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


# Reductions, weights, shapes


@pytest.mark.parametrize(("name", "params"), VARIANTS)
def test_reductions_and_weights(core, dtype, rng, name, params):
    pred, target, own = make(name, 9, 4, rng, dtype, **params)
    w = rng.uniform(0.0, 2.0, 9)
    each, each_grad = value_and_grad(name, pred, target, reduction="none", **own)
    rows = each.astype(np.float64)
    assert each.shape == (9,)
    cases = {
        ("mean", None): (rows.mean(), each_grad / 9),
        ("sum", None): (rows.sum(), each_grad),
        ("mean", 1): (w @ rows / w.sum(), w[:, None] / w.sum() * each_grad),
        ("sum", 1): (w @ rows, w[:, None] * each_grad),
        ("none", 1): (w * rows, w[:, None] * each_grad),
    }
    for (reduction, weighted), (wanted, gradient) in cases.items():
        kwargs = {"reduction": reduction, "sample_weight": w if weighted else None, **own}
        value, dpred = value_and_grad(name, pred, target, **kwargs)
        assert isinstance(value, np.ndarray if reduction == "none" else float)
        np.testing.assert_allclose(value, wanted, rtol=tol(dtype, 2))
        np.testing.assert_allclose(dpred, gradient, rtol=tol(dtype, 2), atol=tol(dtype) / 10)
        assert np.array_equal(value, getattr(F, name)(pred, target, **kwargs))


def test_class_weights_weigh_rows(core, rng):
    pred, target, _ = make("cross_entropy", 12, 3, rng)
    w = np.array([1.0, 5.0, 0.5])
    sample = rng.uniform(0.5, 1.5, 12)
    wanted = F.cross_entropy(pred, target, sample_weight=sample * w[target])
    assert F.cross_entropy(pred, target, sample_weight=sample, class_weight=w) == wanted
    assert (
        F.cross_entropy(pred, target, sample_weight=sample, class_weight={1: 5, 2: 0.5}) == wanted
    )
    loss = fm.Loss("cross_entropy", class_weight={1: 5, 2: 0.5})
    assert loss(pred, target, sample)[0] == wanted
    p = rng.dirichlet(np.ones(3), 12)
    wanted = F.cross_entropy(pred, p, sample_weight=p @ w)
    assert F.cross_entropy(pred, p, class_weight=w) == pytest.approx(wanted, rel=1e-14)
    one_hot = np.eye(3)[target]
    assert F.cross_entropy(pred, one_hot, class_weight=w) == pytest.approx(
        F.cross_entropy(pred, target, class_weight=w), rel=1e-14
    )


def test_one_output_may_be_flat(core, dtype):
    x, t = np.array([1.0, 2.0, 4.0], dtype), np.array([0.0, 0.0, 1.0], dtype)
    for pred in (x, x[:, None]):
        for target in (t, t[:, None]):
            value, dpred = F.mse_value_and_grad(pred, target)
            assert value == pytest.approx(14 / 3)
            assert dpred.shape == pred.shape
            np.testing.assert_allclose(dpred.ravel(), [2 / 3, 4 / 3, 2])


def test_any_layout_and_dtype_is_read_by_value(core, rng):
    pred, target, _ = make("mse", 6, 4, rng)
    wanted, gradient = F.mse_value_and_grad(pred, target)
    forms = [np.asfortranarray, lambda a: np.repeat(a, 2, axis=1)[:, ::2], lambda a: a[::-1][::-1],
             lambda a: a.astype(">f8")]  # fmt: skip
    for form in forms:
        kept = form(pred)
        value, dpred = F.mse_value_and_grad(kept, form(target))
        assert value == wanted
        assert same_bits(dpred, gradient)
        assert np.array_equal(kept, pred)
    assert F.binary_cross_entropy([0.0, 0.0], np.array([True, False])) == pytest.approx(LOG2)
    for kind in (np.int8, np.uint8, np.int32, np.uint64, ">i4"):
        assert F.cross_entropy([[0.0, 0.0]], np.array([1], kind)) == pytest.approx(LOG2)
    assert F.cross_entropy([[0.0, 0.0]], np.array([[1]])) == pytest.approx(LOG2)
    assert F.mse([1], [2]) == 1.0


def test_no_rows(core, dtype):
    empty = np.empty((0, 3), dtype)
    for name, target in (("mse", empty), ("cross_entropy", np.empty(0, int))):
        value, dpred = value_and_grad(name, empty, target, reduction="sum")
        assert value == 0.0
        assert dpred.shape == (0, 3)
        assert getattr(F, name)(empty, target, reduction="none").shape == (0,)
        with pytest.raises(ValueError, match=f"{name}: pred must not be empty"):
            getattr(F, name)(empty, target)


# Bad input

X = [[1.0, 2.0], [3.0, 4.0]]
BAD = [
    ("mse", (X, [[1.0, 2.0]]), {}, ValueError, r"target must have shape \(2, 2\).*got \(1, 2\)"),
    ("mse", (X, [1.0, 2.0]), {}, ValueError, r"target must have shape \(2, 2\).*got \(2,\)"),
    ("mse", ([1.0, 2.0], [[1.0, 2.0]]), {}, ValueError, r"shape \(2,\) or \(2, 1\).*got \(1, 2\)"),
    ("mse", ([[[1.0]]], [1.0]), {}, ValueError, r"pred must have shape"),
    ("mse", (np.empty((3, 0)), np.empty((3, 0))), {}, ValueError, "must not be empty"),
    ("mse", (1.0, 1.0), {}, ValueError, "pred must have shape"),
    ("mse", (["a"], [1.0]), {}, TypeError, "pred must hold real numbers"),
    ("mse", (X, X), {"reduction": "avg"}, ValueError, "reduction must be one of mean, sum, none"),
    ("mse", (X, X), {"delta": 1.0}, TypeError, "mse has no parameter 'delta'"),
    ("mse", (X, X), {"sample_weight": [1.0]}, ValueError, r"shape \(2,\).*got \(1,\)"),
    ("mse", (X, X), {"sample_weight": [1.0, -1.0]}, ValueError, "got -1 at row 1"),
    ("mse", (X, X), {"sample_weight": [0.0, 0.0]}, ValueError, "must not be all zero"),
    ("mse", (X, X), {"sample_weight": [1.0, np.nan]}, ValueError, "sample_weight must be finite"),
    ("mse", (X, X), {"sample_weight": [1.0, np.inf]}, ValueError, "sample_weight must be finite"),
    ("huber", (X, X), {"delta": 0.0}, ValueError, r"delta must be in \(0, inf\), got 0"),
    ("huber", (X, X), {"delta": "1"}, TypeError, "delta must be a number"),
    ("quantile", (X, X), {"q": 1.0}, ValueError, r"q must be in \(0, 1\), got 1"),
    ("quantile", (X, X), {"q": [0.1, 0.5, 0.9]}, ValueError, r"one per output \(2\), got 3"),
    ("quantile", (X, X), {"q": [0.1, 1.5]}, ValueError, r"q must be in \(0, 1\)"),
    ("binary_cross_entropy", (X, [[0, 1], [2, 0]]), {}, ValueError, "got 2 at row 1, column 0"),
    ("binary_cross_entropy", ([1.0], [-0.5]), {}, ValueError, r"be in \[0, 1\], got -0.5 at row 0"),
    ("hinge", (X, [[1, -1], [0, 1]]), {}, ValueError, r"be -1 or \+1, got 0 at row 1, column 0"),
    ("cross_entropy", (X, [0, 2]), {}, ValueError, r"indices in \[0, 1\], got 2 at row 1"),
    ("cross_entropy", (X, [-1, 0]), {}, ValueError, r"indices in \[0, 1\], got -1 at row 0"),
    ("cross_entropy", (X, np.array([0, 2**64 - 1], np.uint64)), {}, ValueError, "at row 1"),
    ("cross_entropy", (X, [0.0, 1.0]), {}, ValueError, "integer class indices, got dtype float64"),
    ("cross_entropy", (X, [0, 1, 1]), {}, ValueError, r"must have 2 rows.*\(3,\)"),
    ("cross_entropy", (X, [[0.5, 0.25, 0.25]] * 2), {}, ValueError, r"\(2, 2\) for probabilities"),
    ("cross_entropy", (X, [[0.5, 0.5], [1.5, -0.5]]), {}, ValueError, "negative numbers, got -0.5"),
    ("cross_entropy", ([1.0, 2.0], [0, 1]), {}, ValueError, r"\(batch, classes\), got \(2,\)"),
    ("cross_entropy", (X, [0, 1]), {"label_smoothing": 1.5}, ValueError, r"in \[0, 1\], got 1.5"),
    ("cross_entropy", (X, [0, 1]), {"class_weight": [1.0]}, ValueError, r"shape \(2,\)"),
    ("cross_entropy", (X, [0, 1]), {"class_weight": [1.0, -1.0]}, ValueError, "class_weight"),
    ("cross_entropy", (X, [0, 1]), {"class_weight": {2: 1.0}}, ValueError, "the key 2"),
    ("cross_entropy", (X, [0, 1]), {"class_weight": {"a": 1.0}}, TypeError, "class indices"),
    ("cross_entropy", (X, [0, 1]), {"class_weight": "balanced"}, TypeError, "class_weight must be"),
    ("cross_entropy", (X, [0, 0]), {"class_weight": [0.0, 1.0]}, ValueError, "weight zero"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "args", "kwargs", "error", "message"), BAD)
def test_bad_input_is_named(core, name, args, kwargs, error, message):
    for function in (name, f"{name}_value_and_grad"):
        with pytest.raises(error, match=rf"{function}: .*{message}|{function}: {message}"):
            getattr(F, function)(*args, **kwargs)


def test_bad_values_are_found_before_the_kernel_runs(monkeypatch):
    class Trap:
        def loss_forward_backward(self, *args):
            raise AssertionError("the kernel was called")

    monkeypatch.setattr(backend, "core", Trap())
    for name, args, kwargs, error, _ in BAD:
        with pytest.raises(error):
            getattr(F, name)(*args, **kwargs)


# The functions and objects themselves


@pytest.mark.parametrize(("name", "both"), PAIRS)
def test_functions_have_names_signatures_and_docs(name, both):
    for title in (name, both):
        function = getattr(F, title)
        assert function.__name__ == title
        parameters = inspect.signature(function).parameters
        assert list(parameters)[:4] == ["pred", "target", "sample_weight", "reduction"]
        assert parameters["reduction"].kind is inspect.Parameter.KEYWORD_ONLY
        assert set(fm.Loss(name).params) == set(list(parameters)[4:])
        for section in ("Parameters", "Returns", "Raises", "Notes", "Examples", "l_i ="):
            assert section in function.__doc__


def test_loss_is_a_checked_immutable_value():
    loss = fm.Loss("cross_entropy", label_smoothing=0.1, class_weight={0: 2})
    assert repr(loss) == "Loss('cross_entropy', label_smoothing=0.1, class_weight={0: 2.0})"
    assert loss.params == {"label_smoothing": 0.1, "class_weight": {0: 2.0}}
    for twin_loss in (
        pickle.loads(pickle.dumps(loss)),
        copy.deepcopy(loss),
        eval(repr(loss), {"Loss": fm.Loss}),
    ):
        assert twin_loss == loss
        assert hash(twin_loss) == hash(loss)
    assert loss != fm.Loss("cross_entropy")
    assert loss != "cross_entropy"
    for change in ("name", "params", "_params", "new"):
        with pytest.raises(AttributeError, match="cannot be changed"):
            setattr(loss, change, 1)
    with pytest.raises(AttributeError, match="cannot be changed"):
        del loss.name
    with pytest.raises(ValueError, match="Loss: name must be one of mse, mae"):
        fm.Loss("rmse")
    with pytest.raises(TypeError, match=r"Loss: huber has no parameter 'beta' \(it has: delta\)"):
        fm.Loss("huber", beta=1.0)


def test_kernel_params():
    assert fm.Loss("mse").kernel_params(3) == ()
    assert fm.Loss("huber").kernel_params(3) == (1.0,)
    assert fm.Loss("quantile", q=0.9).kernel_params(3) == (0.9, 0.9, 0.9)
    assert fm.Loss("quantile", q=[0.1, 0.9]).kernel_params(2) == (0.1, 0.9)
    assert fm.Loss("cross_entropy", class_weight=[1, 2]).kernel_params(2) == (0.0,)


def test_loss_object_calls_the_kernel(core, dtype, rng):
    pred, target, _ = make("huber", 5, 3, rng, dtype)
    w = rng.uniform(1, 2, 5)
    value, dpred = fm.Loss("huber", delta=0.5)(pred, target, w)
    wanted, gradient = F.huber_value_and_grad(pred, target, sample_weight=w, delta=0.5)
    assert value == wanted
    assert same_bits(dpred, gradient)


def test_get():
    loss = fm.Loss("mse")
    assert losses.get(loss) is loss
    assert losses.get("mse") == loss

    def own(pred, target, sample_weight):
        return 0.0, pred

    assert losses.get(own) is own
    with pytest.raises(ValueError, match="fit: loss must be one of mse"):
        losses.get("nll", "fit")
    for bad in (None, 3, fm.Loss):
        with pytest.raises(TypeError, match=r"loss must be a name, fm\.Loss"):
            losses.get(bad)
