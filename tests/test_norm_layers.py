"""Batch norm and layer norm as layers of a model."""

from __future__ import annotations

import numpy as np
import pytest

import fusedmlp as fm
from fusedmlp import functional as F
from support import norm_operands, same_bits


def test_layers_are_the_functions(core, dtype, rng):
    x, dy, gamma, beta, mean, var = norm_operands(rng, 9, 11, dtype)
    for layer, name in ((fm.BatchNorm(0.3, eps=1e-3), "batch"), (fm.LayerNorm(eps=1e-3), "layer")):
        model = fm.Sequential([layer], in_features=11, dtype=dtype)
        p, s = model.parameters(), model.statistics()
        assert list(p) == ["0.weight", "0.bias"] and not any(s.decay for s in model.segments)
        assert (p["0.weight"] == 1).all() and (p["0.bias"] == 0).all()
        p["0.weight"][:], p["0.bias"][:] = gamma, beta
        if name == "layer":
            assert s == {}
            y = F.layer_norm(x, gamma, beta, eps=1e-3)
            gradients = F.layer_norm_backward(dy, x, gamma, eps=1e-3)
            assert same_bits(model.forward(x), y)
        else:
            assert list(s) == ["0.running_mean", "0.running_var"]
            assert (model.buffers == [0] * 11 + [1] * 11).all()
            s["0.running_mean"][:], s["0.running_var"][:] = mean, var
            y = F.batch_norm(x, gamma, beta, mean, var, eps=1e-3)
            gradients = F.batch_norm_backward(dy, x, gamma, mean, var, eps=1e-3)
            assert same_bits(model.forward(x), y) and same_bits(model.predict(x), y)
            assert same_bits(model.backward(dy), gradients[0])
            assert same_bits(model.grad, np.concatenate(gradients[1:]))
            y = F.batch_norm(x, gamma, beta, mean, var, training=True, momentum=0.3, eps=1e-3)
            gradients = F.batch_norm_backward(dy, x, gamma, training=True, eps=1e-3)
        assert same_bits(model.forward(x, training=True), y)
        assert same_bits(model.backward(dy), gradients[0])
        assert same_bits(model.grad, np.concatenate(gradients[1:]))
        if name == "batch":
            assert same_bits(s["0.running_mean"], mean) and same_bits(s["0.running_var"], var)


@pytest.mark.parametrize("norm", ["batch", "layer"])
def test_mlp_puts_the_norm_before_the_activation(core, norm):
    model = fm.MLP([3, 4, 5, 2], "selu", dropout=0.25, norm=norm, seed=0)
    hidden = ["Dense", f"{norm.capitalize()}Norm", "Activation", "Dropout"]
    assert [type(layer).__name__ for layer in model.layers] == [*hidden, *hidden, "Dense"]
    dense, last = model.layers[0], model.layers[-1]
    assert dense.activation is None and dense.weight_init == "lecun_normal" and last.bias
    assert dense.bias == (norm == "layer")
    assert f"{norm.capitalize()}Norm" in model.summary() and "Dropout(0.25)" in model.summary()
    plain = fm.MLP([3, 4, 2], "selu", dropout=0.25, seed=0)
    assert [layer.label() for layer in plain.layers] == [
        "Dense(4, selu)",
        "Dropout(0.25)",
        "Dense(2)",
    ]


def test_a_last_batch_of_one_row_does_not_stop_a_fit(core, rng):
    x, y = rng.standard_normal((33, 3)), rng.standard_normal((33, 1))
    model = fm.MLP([3, 8, 1], norm="batch", seed=0)
    model.fit(x, y, loss="mse", epochs=2, batch_size=16)
    assert np.isfinite(model.theta).all() and np.isfinite(model.buffers).all()


def test_a_batch_that_diverges_leaves_the_model_as_it_was(core):
    model = fm.MLP([2, 3, 1], norm="batch", seed=0)
    before = model.theta.copy(), model.buffers.copy()
    x = np.array([[1, 2], [3, 1e38]], np.float32)
    with pytest.raises(fm.DivergedError):
        model.train_batch(x, np.array([[3e38], [-3e38]]), loss="mse", optimizer="sgd")
    assert same_bits(model.theta, before[0]) and same_bits(model.buffers, before[1])


LONE_ROW = [
    ([fm.BatchNorm()], r"layers\[0\] BatchNorm"),
    ([fm.Dense(3), fm.LayerNorm(), fm.BatchNorm(), fm.Dense(2)], r"layers\[2\] BatchNorm"),
    ([fm.Residual([fm.Residual([fm.BatchNorm()])])], r"layers\[0\] Residual\(Residual"),
]


@pytest.mark.parametrize(("layers", "place"), LONE_ROW)
def test_one_row_alone_has_no_variance(core, dtype, layers, place):
    """As in PyTorch, whose issue 4534 asked for it: the output would not depend on the row."""
    model = fm.Sequential(layers, in_features=2, dtype=dtype, seed=0)
    before = model.theta.copy(), model.buffers.copy()
    x, y = np.ones((1, 2)), np.zeros((1, 2))
    message = f"{{}}: {place}.* needs at least 2 rows in training, got 1: the variance of one"
    with pytest.raises(ValueError, match=message.format("forward")):
        model.forward(x, training=True)
    with pytest.raises(ValueError, match=message.format("train_batch")):
        model.train_batch(x, y, loss="mse", optimizer="sgd")
    assert same_bits(model.theta, before[0]) and same_bits(model.buffers, before[1])
    assert model.steps_trained == 0
    # Two rows, and one row in inference, are fine.
    model.train_batch(np.eye(2), np.zeros((2, 2)), loss="mse", optimizer="sgd")
    assert same_bits(model.forward(x), model.predict(x))
    model.evaluate(x, y, loss="mse")


def test_one_row_alone_is_refused_before_the_model_is_built():
    model = fm.Sequential([fm.BatchNorm()])
    with pytest.raises(ValueError, match="needs at least 2 rows"):
        model.forward([[1.0, 2.0]], training=True)
    assert model.in_features is None


def test_layers_without_batch_statistics_train_on_one_row(core):
    model = fm.MLP([2, 3, 2], norm="layer", dropout=0.1, seed=0)
    model.forward([[1.0, 2.0]], training=True)
    model.train_batch([[1.0, 2.0]], [[0.0, 1.0]], loss="mse", optimizer="sgd")


@pytest.mark.peers
def test_running_statistics_are_torchs_after_many_batches(core, rng):
    torch = pytest.importorskip(
        "torch", reason="PyTorch is not installed: the peer comparison is skipped"
    )
    theirs = torch.nn.BatchNorm1d(6).double()
    model = fm.Sequential([fm.BatchNorm()], in_features=6, dtype="float64")
    for _ in range(30):
        x = rng.standard_normal((12, 6)) * 3 + 1
        y = theirs(torch.tensor(x)).detach().numpy()
        np.testing.assert_allclose(model.forward(x, training=True), y, rtol=1e-11, atol=1e-12)
    s = model.statistics()
    np.testing.assert_allclose(s["0.running_mean"], theirs.running_mean.numpy(), rtol=1e-12)
    np.testing.assert_allclose(s["0.running_var"], theirs.running_var.numpy(), rtol=1e-12)
    theirs.eval()
    x = rng.standard_normal((5, 6))
    y = theirs(torch.tensor(x)).detach().numpy()
    np.testing.assert_allclose(model.predict(x), y, rtol=1e-11, atol=1e-12)
