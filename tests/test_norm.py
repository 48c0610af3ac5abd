"""Layer norm and batch norm: hand numbers, the float64 twin, differences, PyTorch."""

from __future__ import annotations

import numpy as np
import pytest

import fusedmlp as fm
from fusedmlp import functional as F
from fusedmlp.core import reference
from support import SIZES, assert_close, central_difference, norm_operands, same_bits


def in_double(*arrays):
    return [a.astype(np.float64) for a in arrays]


def test_layer_norm_hand_worked(core, dtype):
    x = np.array([[1, 3], [5, 5]], dtype)
    # Row 0: mean 2, variance 1; eps 3 makes the deviation 2.
    y = F.layer_norm(x, np.array([2, 4], dtype), np.array([0, 1], dtype), eps=3.0)
    assert y.tolist() == [[-1, 3], [0, 1]] and y.dtype == dtype
    dx, dgamma, dbeta = F.layer_norm_backward(np.array([[1, 0], [2, 0]], dtype), x, None, eps=3.0)
    # h = (-1/2, 1/2), mean(g) = 1/2, mean(g h) = -1/4: (1 - 1/2 - 1/8) / 2 and (-1/2 + 1/8) / 2.
    np.testing.assert_allclose(dx[0], [3 / 16, -3 / 16], rtol=1e-6)
    np.testing.assert_allclose(dx[1], np.array([1, -1]) / 3**0.5, rtol=1e-6)
    assert dgamma.tolist() == [-0.5, 0] and dbeta.tolist() == [3, 0]


def test_batch_norm_hand_worked(core, dtype):
    x = np.array([[1, 10], [3, 10]], dtype)
    mean, var = np.array([1, 0], dtype), np.array([1, 1], dtype)
    y = F.batch_norm(x, [2, 1], [1, 5], mean, var, training=True, momentum=0.5, eps=3.0)
    assert y.tolist() == [[0, 5], [2, 5]]
    # Batch: mean 2 and 10, unbiased variance 2 and 0.
    assert mean.tolist() == [1.5, 5] and var.tolist() == [1.5, 0.5]
    mean, var = np.array([1, 10], dtype), np.array([1, 6], dtype)
    y = F.batch_norm(x, None, None, mean, var, eps=3.0)
    assert y.tolist() == [[0, 0], [1, 0]] and mean.tolist() == [1, 10]
    dy = np.array([[1, 2], [3, 4]], dtype)
    dx, dgamma, dbeta = F.batch_norm_backward(dy, x, [2, 3], mean, var, eps=3.0)
    assert dx.tolist() == [[1, 2], [3, 4]]
    assert dgamma.tolist() == [3, 0] and dbeta.tolist() == [4, 6]
    dx, dgamma, dbeta = F.batch_norm_backward(dy, x, [2, 3], training=True, eps=3.0)
    # Column 0: h = (-1/2, 1/2), dgamma = 1; dx = 2/2 (dy - 2 - h / 2).
    np.testing.assert_allclose(dx[:, 0], [-0.75, 0.75], rtol=1e-6)
    assert dgamma.tolist() == [1, 0] and dbeta.tolist() == [4, 6]


@pytest.mark.parametrize("columns", SIZES[1:])
def test_layer_norm_against_the_float64_twin(core, dtype, rng, columns):
    for rows in (0, 1, 2, 65):
        x, dy, gamma, beta, *_ = norm_operands(rng, rows, columns, dtype)
        x8, dy8, gamma8, beta8 = in_double(x, dy, gamma, beta)
        expected = np.empty_like(x8)
        # Two nearly equal columns have no digits left under a small eps.
        reference.layer_norm_forward(x8, gamma8, beta8, 0.01, expected)
        assert_close(F.layer_norm(x, gamma, beta, eps=0.01), expected, dtype, k=8)
        wanted = np.empty_like(x8), np.empty_like(gamma8), np.empty_like(gamma8)
        reference.layer_norm_backward(dy8, x8, gamma8, 0.01, *wanted)
        for a, w in zip(F.layer_norm_backward(dy, x, gamma, eps=0.01), wanted, strict=True):
            assert_close(a, w, dtype, k=16, scale=max(1.0, float(np.abs(w).max(initial=0))))


@pytest.mark.parametrize("columns", SIZES[1:])
@pytest.mark.parametrize("training", [True, False])
def test_batch_norm_against_the_float64_twin(core, dtype, rng, columns, training):
    for rows in (0, 1, 2, 63, 64, 65, 200):
        x, dy, gamma, beta, mean, var = norm_operands(rng, rows, columns, dtype)
        x8, dy8, gamma8, beta8, mean8, var8 = in_double(x, dy, gamma, beta, mean, var)
        expected = np.empty_like(x8)
        wanted = np.empty_like(x8), np.empty_like(gamma8), np.empty_like(gamma8)
        reference.batch_norm_backward(dy8, x8, gamma8, mean8, var8, training, 1e-5, *wanted)
        actual = F.batch_norm_backward(dy, x, gamma, mean, var, training=training)
        # Two rows: dx is eps times a large number.
        k = 64 if rows > 2 else 1e4
        for a, w in zip(actual, wanted, strict=True):
            assert_close(a, w, dtype, k=k, scale=max(1.0, float(np.abs(w).max(initial=0))))
        reference.batch_norm_forward(x8, gamma8, beta8, mean8, var8, training, 0.1, 1e-5, expected)
        y = F.batch_norm(x, gamma, beta, mean, var, training=training)
        assert_close(y, expected, dtype, k=16)
        assert_close(mean, mean8, dtype, k=4)
        assert_close(var, var8, dtype, k=16)


def test_long_sums_lose_nothing(core, rng):
    x = (rng.standard_normal((20_000, 3)) + 100).astype(np.float32)
    mean, var = np.zeros(3, np.float32), np.zeros(3, np.float32)
    F.batch_norm(x, None, None, mean, var, training=True, momentum=1.0)
    np.testing.assert_allclose(mean, x.mean(axis=0, dtype=float), rtol=1e-6)
    np.testing.assert_allclose(var, x.var(axis=0, dtype=float, ddof=1), rtol=1e-5)
    wide = np.ascontiguousarray(x.T)
    y = F.layer_norm(wide, None, None)
    assert abs(y.mean(axis=1, dtype=float)).max() < 1e-4
    np.testing.assert_allclose(y.var(axis=1, dtype=float), 1, rtol=1e-4)


@pytest.mark.parametrize("training", [True, False])
def test_gradients_are_central_differences(core, rng, training):
    x, dy, gamma, beta, mean, var = norm_operands(rng, 7, 5, np.float64)

    def batch(x, gamma, beta):
        return float(
            (F.batch_norm(x, gamma, beta, mean.copy(), var.copy(), training=training) * dy).sum()
        )

    def layer(x, gamma, beta):
        return float((F.layer_norm(x, gamma, beta) * dy).sum())

    for f, gradients in (
        (batch, F.batch_norm_backward(dy, x, gamma, mean, var, training=training)),
        (layer, F.layer_norm_backward(dy, x, gamma)),
    ):
        expected = (
            central_difference(lambda v, f=f: f(v, gamma, beta), x),
            central_difference(lambda v, f=f: f(x, v, beta), gamma),
            central_difference(lambda v, f=f: f(x, gamma, v), beta),
        )
        for actual, wanted in zip(gradients, expected, strict=True):
            np.testing.assert_allclose(actual, wanted, rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("shape", [(301, 37), (64, 400), (5000, 3), (3, 9000)])
def test_same_bits_for_any_number_of_threads(core, dtype, rng, shape):
    x, dy, gamma, beta, mean, var = norm_operands(rng, *shape, dtype)
    results = []
    for n in (1, 2, 3, 4, 8):
        with fm.num_threads(n):
            m, v = mean.copy(), var.copy()
            results.append([
                F.layer_norm(x, gamma, beta), *F.layer_norm_backward(dy, x, gamma),
                F.batch_norm(x, gamma, beta, m, v, training=True), m, v,
                *F.batch_norm_backward(dy, x, gamma, training=True),
                *F.batch_norm_backward(dy, x, gamma, mean, var),
            ])  # fmt: skip
    for other in results[1:]:
        assert all(same_bits(a, b) for a, b in zip(results[0], other, strict=True))


def test_rows_and_columns_do_not_know_their_neighbours(core, dtype, rng):
    if core.level == "numpy":
        pytest.skip("NumPy's own loops may treat tails differently")
    x, _, gamma, beta, mean, var = norm_operands(rng, 70, 50, dtype)
    y = F.layer_norm(x, gamma, beta)
    assert same_bits(F.layer_norm(x[33:35], gamma, beta), y[33:35])
    y = F.batch_norm(x, gamma, beta, None, None, training=True)
    part = slice(17, 36)
    some = F.batch_norm(x[:, part], gamma[part], beta[part], None, None, training=True)
    assert same_bits(some, np.ascontiguousarray(y[:, part]))
    y = F.batch_norm(x, gamma, beta, mean, var)
    assert same_bits(F.batch_norm(x[3:5], gamma, beta, mean, var), y[3:5])


def test_one_row_meets_the_running_statistics(core, dtype):
    mean, var = np.array([1, 2], dtype), np.array([4, 1], dtype)
    x = np.array([[3, 3]], dtype)
    y = F.batch_norm(x, None, None, mean, var, training=True, eps=1e-30)
    assert y.tolist() == [[1, 1]] and mean.tolist() == [1, 2] and var.tolist() == [4, 1]
    dx, *_ = F.batch_norm_backward([[1, 1]], x, None, mean, var, training=True, eps=1e-30)
    assert dx.tolist() == [[0.5, 1]]


def test_running_statistics_leave_dx_to_dy_alone(core, dtype):
    """Neither x nor the sums over the batch, which overflow here, come into it."""
    most = np.finfo(dtype).max
    dy, x = np.full((40, 3), most, dtype), np.full((40, 3), np.nan, dtype)
    mean, var = np.zeros(3, dtype), np.array([1, 4, 16], dtype)
    dx, _, dbeta = F.batch_norm_backward(dy, x, None, mean, var, eps=1e-30)
    assert np.isinf(dbeta).all()
    assert same_bits(dx, dy * np.array([1, 0.5, 0.25], dtype))


def test_edges(core, dtype):
    inf, nan = np.inf, np.nan
    y = F.layer_norm(np.array([[1, nan], [inf, 1], [7, 7]], dtype), None, None)
    assert np.isnan(y[:2]).all() and (y[2] == 0).all()
    y = F.batch_norm(np.array([[1, nan, 7], [2, 1, 7]], dtype), None, None, None, None,
                     training=True)  # fmt: skip
    assert np.isfinite(y[:, 0]).all() and np.isnan(y[:, 1]).all() and (y[:, 2] == 0).all()
    assert F.layer_norm(np.ones((2, 0, 3), dtype), None, None).shape == (2, 0, 3)
    assert F.layer_norm(np.ones((2, 0), dtype), None, None).shape == (2, 0)
    assert F.layer_norm(np.array([5.0, 7.0], dtype), None, None).shape == (2,)
    assert F.batch_norm(np.ones((0, 2), dtype), None, None, [0, 0], [1, 1]).shape == (0, 2)


def test_layouts_and_out(core, rng):
    x, _, gamma, beta, mean, var = norm_operands(rng, 6, 10, np.float32)
    y = F.layer_norm(x, gamma, beta)
    assert same_bits(F.layer_norm(np.asfortranarray(x), gamma, beta), y)
    assert same_bits(F.layer_norm(x.reshape(2, 3, 10), gamma, beta).reshape(6, 10), y)
    out = np.empty_like(y)
    assert F.layer_norm(x, gamma, beta, out=out) is out and same_bits(out, y)
    y = F.batch_norm(x, gamma, beta, mean, var)
    wide = np.zeros((12, 20), np.float32)
    wide[::2, ::2] = x
    assert same_bits(F.batch_norm(wide[::2, ::2], gamma, beta, mean, var, out=out), y)
    with pytest.raises(ValueError, match="overlap"):
        F.layer_norm(x, gamma, beta, out=x)


ONES = np.ones(2, np.float32)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: F.layer_norm(1.0, None, None), ValueError, r"x must have shape \(..., features\)"),
        (lambda: F.layer_norm([[1, 2]], [1], None), ValueError,
         r"layer_norm: gamma must have shape \(2,\) to match x \(1, 2\), got \(1,\)"),
        (lambda: F.layer_norm([[1, 2]], None, None, eps=0), ValueError, "eps must be in"),
        (lambda: F.layer_norm([["a"]], None, None), TypeError, "real numbers"),
        (lambda: F.layer_norm_backward([[1]], [[1, 2]], None), ValueError, "the shape of x"),
        (lambda: F.batch_norm([1, 2], None, None, ONES, ONES), ValueError, r"\(batch, features\)"),
        (lambda: F.batch_norm([[1, 2]], None, None, None, ONES), ValueError,
         "running_mean is needed unless training=True with at least 2 rows"),
        (lambda: F.batch_norm([[1, 2]], None, None, None, None, training=True), ValueError,
         "running_mean is needed"),
        (lambda: F.batch_norm([[1, 2]] * 2, None, None, ONES, None, training=True), ValueError,
         "running_var is needed"),
        (lambda: F.batch_norm([[1, 2]] * 2, None, None, ONES, np.ones(2), training=True),
         ValueError, "running_var must be float32"),
        (lambda: F.batch_norm([[1, 2]] * 2, None, None, ONES, ONES, training=True), ValueError,
         "must not share memory"),
        (lambda: F.batch_norm([[1, 2]] * 2, None, None, [0, 0], [1, 1], training=True), TypeError,
         "running_mean must be a NumPy array"),
        (lambda: F.batch_norm([[1, 2]], None, None, ONES, np.ones(3)), ValueError,
         r"running_var must have shape \(2,\)"),
        (lambda: F.batch_norm([[1, 2]], None, None, ONES, ONES, momentum=2), ValueError,
         "momentum must be in"),
        (lambda: F.batch_norm([[1, 2]], None, None, ONES, ONES, training=1), TypeError,
         "training must be True or False"),
        (lambda: F.batch_norm_backward([[1, 2]], [[1, 2]], None), ValueError, "is needed"),
        (lambda: fm.BatchNorm(momentum=-1), ValueError, "BatchNorm: momentum must be in"),
        (lambda: fm.BatchNorm(eps=0), ValueError, "eps must be in"),
        (lambda: fm.LayerNorm(eps=None), TypeError, "LayerNorm: eps must be a number"),
        (lambda: fm.MLP([2, 3, 1], norm="group"), ValueError, "norm must be one of batch, layer"),
        (lambda: fm.MLP([2, 3, 1], norm=True), TypeError, "MLP: norm must be a name"),
    ],
)  # fmt: skip
def test_bad_input(call, error, message):
    with pytest.raises(error, match=message):
        call()
    assert (ONES == 1).all()


@pytest.mark.peers
@pytest.mark.parametrize("training", [True, False])
def test_functions_agree_with_torch(core, rng, training):
    torch = pytest.importorskip(
        "torch", reason="PyTorch is not installed: the peer comparison is skipped"
    )
    x, dy, gamma, beta, mean, var = norm_operands(rng, 40, 17, np.float64, shift=3.0)
    t = torch.nn.functional
    tx, tg, tb = (torch.tensor(a, requires_grad=True) for a in (x, gamma, beta))
    tmean, tvar = torch.tensor(mean), torch.tensor(var)
    for eps, ty, y, gradients in (
        (1e-5, t.layer_norm(tx, (17,), tg, tb), F.layer_norm(x, gamma, beta),
         F.layer_norm_backward(dy, x, gamma)),
        (1e-3, t.batch_norm(tx, tmean, tvar, tg, tb, training, 0.2, 1e-3),
         F.batch_norm(x, gamma, beta, mean, var, training=training, momentum=0.2, eps=1e-3),
         F.batch_norm_backward(dy, x, gamma, mean, var, training=training, eps=1e-3)),
    ):  # fmt: skip
        np.testing.assert_allclose(y, ty.detach().numpy(), rtol=1e-12, atol=1e-13, err_msg=str(eps))
        theirs = torch.autograd.grad(ty, (tx, tg, tb), torch.tensor(dy))
        for actual, wanted in zip(gradients, theirs, strict=True):
            np.testing.assert_allclose(actual, wanted.numpy(), rtol=1e-11, atol=1e-12)
    np.testing.assert_allclose(mean, tmean.numpy(), rtol=1e-13)
    np.testing.assert_allclose(var, tvar.numpy(), rtol=1e-13)
