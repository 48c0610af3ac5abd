"""Sequential and MLP: building, numbers, passes, copies."""

from __future__ import annotations

import copy
import pickle
import threading

import numpy as np
import pytest

import fusedmlp as fm
from fusedmlp import functional as F
from support import SIZES, assert_close, central_difference, same_bits

ACTIVATIONS = ["identity", "sigmoid", "tanh", "relu", "softplus", "leaky_relu", "elu"]


def _by_hand(model, x):
    for i, layer in enumerate(model.layers):
        p = model.parameters()
        x = F.dense(x, p[f"{i}.weight"], p.get(f"{i}.bias"), layer.activation or "identity")
    return x


def test_theta_is_layer_by_layer_weight_then_bias(core, dtype):
    model = fm.MLP([2, 3, 1], dtype=dtype, seed=0)
    assert model.theta.dtype == dtype and model.theta.shape == (13,)
    assert model.theta.ctypes.data % 64 == 0 and model.grad.ctypes.data % 64 == 0
    model.theta[:] = np.arange(13)
    p = model.parameters()
    assert p["0.weight"].tolist() == [[0, 1, 2], [3, 4, 5]]
    assert p["0.bias"].tolist() == [6, 7, 8]
    assert p["1.weight"].tolist() == [[9], [10], [11]] and p["1.bias"].tolist() == [12]
    p["1.bias"][0] = -1
    assert model.theta[12] == -1
    # relu([1, 1] W + b) = [9, 12, 15]; times [9, 10, 11], plus -1
    assert model.forward([[1, 1]]).tolist() == [[9 * 9 + 12 * 10 + 15 * 11 - 1]]
    assert [s[:2] for s in model.segments if s.decay] == [(0, 6), (9, 12)]


@pytest.mark.parametrize("width", SIZES[1:])
def test_forward_and_backward_are_the_chain_of_the_kernels(core, dtype, rng, width):
    model = fm.MLP([3, width, width, 2], "tanh", dtype=dtype, seed=1)
    x = rng.standard_normal((9, 3)).astype(dtype)
    y = model.forward(x)
    assert_close(y, _by_hand(model, x), dtype, k=width**0.5)
    dy = rng.standard_normal(y.shape).astype(dtype)
    dx = model.backward(dy)

    p = model.parameters()
    h1 = F.dense(x, p["0.weight"], p["0.bias"], "tanh")
    h2 = F.dense(h1, p["1.weight"], p["1.bias"], "tanh")
    d2, dW2, db2 = F.dense_backward(dy, h2, p["2.weight"])
    # tanh' from the output: the first argument after dy is not looked at.
    d1, dW1, db1 = F.dense_backward(F.tanh_backward(d2, h2, h2), h1, p["1.weight"])
    d0, dW0, db0 = F.dense_backward(F.tanh_backward(d1, h1, h1), x, p["0.weight"])
    assert_close(dx, d0, dtype, k=4 * width**0.5)
    expected = dict(zip(p, (dW0, db0, dW1, db1, dW2, db2), strict=True))
    for name, gradient in model.gradients().items():
        assert_close(gradient, expected[name], dtype, k=4 * width**0.5)


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_gradients_against_central_differences(core, rng, activation):
    model = fm.MLP([3, 5, 4, 2], activation, dtype="float64", seed=2)
    # Biases off zero: behind dead units every sum would sit exactly on relu's corner.
    model.theta[:] += 0.1 * rng.standard_normal(model.theta.size)
    x, dy = rng.standard_normal((6, 3)), rng.standard_normal((6, 2))
    model.forward(x)
    dx = model.backward(dy)
    grad, theta = model.grad.copy(), model.theta.copy()

    def value(t):
        model.theta[:] = t
        return float((model.forward(x) * dy).sum())

    np.testing.assert_allclose(grad, central_difference(value, theta), rtol=1e-6, atol=1e-8)
    model.theta[:] = theta
    expected = central_difference(lambda z: float((model.forward(z) * dy).sum()), x)
    np.testing.assert_allclose(dx, expected, rtol=1e-6, atol=1e-8)


def test_native_and_twin_agree(core, dtype, rng, monkeypatch):
    model = fm.MLP([7, 20, 20, 3], "elu", dtype=dtype, seed=3)
    x = rng.standard_normal((33, 7)).astype(dtype)
    y, dx = model.forward(x), model.backward(np.ones((33, 3), dtype))
    grad = model.grad.copy()
    monkeypatch.setattr(fm.core.backend, "core", fm.core.backend.load("numpy"))
    assert_close(y, model.forward(x), dtype, k=20)
    assert_close(dx, model.backward(np.ones((33, 3), dtype)), dtype, k=20)
    assert_close(grad, model.grad, dtype, k=40)


def test_predict_equals_forward_row_by_row_and_in_any_layout(core, dtype, rng):
    model = fm.MLP([10, 33, 4], "relu", dtype=dtype, seed=4)
    x = rng.standard_normal((250, 10)).astype(dtype)
    y = model.predict(x)
    if core.level != "numpy":
        assert same_bits(model.forward(x), y)
        assert same_bits(model.predict(x, batch_size=7), y)
        assert same_bits(np.stack([model.predict_one(row) for row in x]), y)
    assert_close(model.predict_one(x[5]), y[5], dtype, k=8)
    assert same_bits(model.predict(np.asfortranarray(x)), y)
    wide = np.zeros((500, 30), dtype)
    wide[::2, ::3] = x
    assert same_bits(model.predict(wide[::2, ::3]), y)
    out = np.empty_like(y)
    assert model.predict(x, out=out) is out and same_bits(out, y)
    assert model.predict(x[:0]).shape == (0, 4)


@pytest.mark.parametrize("kind", ["?", "i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8", "f2", "f4",
                                  "f8", "g", ">f4", ">i2"])  # fmt: skip
def test_every_real_dtype_is_taken_by_value(core, kind):
    model = fm.MLP([4, 8, 2], seed=5)
    values = np.array([[0, 1, 1, 0], [1, 0, 0, 1]])
    assert same_bits(model.predict(values.astype(kind)), model.predict(values.astype("f4")))
    assert same_bits(model.forward(values.astype(kind)), model.forward(values.astype("f4")))


def test_same_bits_for_any_number_of_threads(core, dtype, rng):
    model = fm.MLP([64, 200, 200, 10], "tanh", dtype=dtype, seed=6)
    x, dy = rng.standard_normal((301, 64)), rng.standard_normal((301, 10))
    results = []
    for n in (1, 2, 3, 4, 8):
        with fm.num_threads(n):
            results.append(
                (model.predict(x), model.forward(x), model.backward(dy), model.grad.copy())
            )
    for other in results[1:]:
        assert all(same_bits(a, b) for a, b in zip(results[0], other, strict=True))


def test_seeds(core):
    assert same_bits(fm.MLP([3, 4, 2], seed=1).theta, fm.MLP([3, 4, 2], seed=1).theta)
    assert not same_bits(fm.MLP([3, 4, 2], seed=1).theta, fm.MLP([3, 4, 2], seed=2).theta)
    assert not same_bits(fm.MLP([3, 4, 2]).theta, fm.MLP([3, 4, 2]).theta)
    a, b = (fm.MLP([3, 4, 2], seed=np.random.default_rng(5)).theta for _ in "ab")
    assert same_bits(a, b)


def test_a_model_is_built_by_its_first_data(core):
    model = fm.Sequential([fm.Dense(3, "relu"), fm.Dense(2)], seed=0)
    with pytest.raises(ValueError, match="not built yet"):
        _ = model.theta
    with pytest.raises(ValueError, match="not built yet"):
        model.predict([[1.0]])
    model.forward([[1.0, 2.0]])
    assert same_bits(model.theta, fm.MLP([2, 3, 2], seed=0).theta)
    assert fm.Sequential([fm.Dense(3, in_features=4)]).num_parameters == 15


def test_copies_and_pickles_are_independent_and_equal(core, rng):
    model = fm.MLP([3, 4, 2], seed=0)
    x = rng.standard_normal((5, 3))
    y = model.forward(x)
    for other in (model.copy(), copy.copy(model), pickle.loads(pickle.dumps(model))):
        assert same_bits(other.predict(x), y) and other.theta.ctypes.data % 64 == 0
        other.theta += 1
        other.parameters()["0.bias"][0] = 9
        assert same_bits(model.predict(x), y)


def test_backward_belongs_to_the_last_forward(core):
    model = fm.MLP([2, 3, 1], seed=0)
    with pytest.raises(ValueError, match="call forward first"):
        model.backward([[1.0]])
    x = np.ones((4, 2), np.float32)
    model.forward(x)
    x[:] = 9  # the pass remembers its own copy
    with pytest.raises(ValueError, match=r"dy must have shape \(4, 1\)"):
        model.backward(np.ones((3, 1)))
    first = model.backward(np.ones((4, 1)))
    again = model.backward(np.ones((4, 1)))
    assert same_bits(first, again)
    assert model.backward(np.ones((4, 1)), need_dx=False) is None
    model.zero_grad()
    assert not model.grad.any()


def test_threads_may_predict_at_once(core, rng):
    model = fm.MLP([20, 50, 5], seed=0)
    x = rng.standard_normal((400, 20)).astype(np.float32)
    y, found = model.predict(x), []
    threads = [threading.Thread(target=lambda: found.append(model.predict(x))) for _ in range(8)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert len(found) == 8 and all(same_bits(f, y) for f in found)


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: fm.MLP([3]), ValueError, "at least input and output"),
        (lambda: fm.MLP("35"), TypeError, "list of widths"),
        (lambda: fm.MLP([3, 0]), ValueError, r"sizes\[1\] must be in \[1"),
        (lambda: fm.MLP([3, True]), TypeError, r"sizes\[1\] must be an integer"),
        (lambda: fm.MLP([3, 2.0]), TypeError, "integer"),
        (lambda: fm.MLP([3, 2**31]), ValueError, "must be in"),
        (lambda: fm.MLP([3, 4, 2], "rely"), ValueError, "activation must be one of"),
        (lambda: fm.MLP([3, 2], dtype="float16"), ValueError, "float32, float64"),
        (lambda: fm.MLP([3, 2], seed=-1), ValueError, "seed must be in"),
        (lambda: fm.Sequential([]), ValueError, "at least one layer"),
        (lambda: fm.Sequential(["relu"]), TypeError, r"layers\[0\] must be a layer"),
        (lambda: fm.Sequential([fm.Dense(2, in_features=3)], in_features=4), ValueError,
         "contradicts"),
        (lambda: fm.Sequential([fm.Dense(2), fm.Dense(2, in_features=3)], in_features=4),
         ValueError, "the layer before it gives 2"),
        (lambda: fm.Activation("relu", slope=1), TypeError, "has no parameter 'slope'"),
        (lambda: fm.Activation("leaky_relu", negative_slope=-1), ValueError, "negative_slope"),
        (lambda: fm.Dense(2, weight_init="he"), ValueError, "weight_init must be one of"),
    ],
)  # fmt: skip
def test_bad_settings(make, error, message):
    with pytest.raises(error, match=message):
        make()


@pytest.mark.parametrize(
    ("x", "error", "message"),
    [
        ([1.0, 2.0, 3.0], ValueError, r"X must have shape \(n, 3\), got \(3,\); for one row"),
        (np.zeros((2, 4)), ValueError, r"shape \(n, 3\), got \(2, 4\)"),
        (np.zeros((2, 3), complex), TypeError, "real numbers"),
        (np.zeros((2, 3), "U1"), TypeError, "real numbers"),
        (np.zeros((2, 3), "M8[s]"), TypeError, "real numbers"),
        (np.ma.masked_array(np.zeros((2, 3))), TypeError, "masked"),
        (np.array([[{}, 1, 2]], object), TypeError, "dict"),
    ],
)
def test_bad_rows(x, error, message):
    with pytest.raises(error, match=message):
        fm.MLP([3, 2], seed=0).predict(x)


@pytest.mark.parametrize("width", [10**6, 2**30, 2**31 - 1])
def test_models_that_fit_no_memory_are_a_memory_error(width):
    with pytest.raises(MemoryError, match=r"cannot allocate \d+ numbers"):
        fm.MLP([width, width, 2])


def test_summary_and_repr_tell_the_shape():
    model = fm.MLP([4, 8, 3], seed=0)
    assert "Dense(8, relu)" in model.summary() and "total 67 parameters" in model.summary()
    assert "67 parameters" in repr(model) and "not built" in repr(fm.Sequential([fm.Dense(2)]))
