"""Dense with the scale of the neural tangent kernel, and with a trained share of its activation."""

from __future__ import annotations

import numpy as np
import pytest

import fusedmlp as fm
from fusedmlp import functional as F
from support import SIZES, assert_close, same_bits, twins_gradients


def dense(units=3, activation="selu", inputs=4, dtype="float64", **options):
    layer = fm.Dense(units, activation, in_features=inputs, **options)
    return fm.Sequential([layer], dtype=dtype, seed=0)


def test_ntk_by_hand(core, dtype):
    model = dense(1, None, dtype=dtype, weight_scale="ntk")
    model.theta = [1, 2, 3, 4, 10]
    x = [[1, 1, 1, 1], [2, 0, 0, 0]]
    assert model.forward(x).tolist() == [[15], [11]]
    assert model.backward([[1], [10]]).tolist() == [[0.5, 1, 1.5, 2], [5, 10, 15, 20]]
    assert model.grad.tolist() == [10.5, 0.5, 0.5, 0.5, 11]
    bare = dense(1, None, dtype=dtype, weight_scale="ntk", bias=False)
    bare.theta = [1, 2, 3, 4]
    assert bare.forward(x).tolist() == [[5], [1]]


def test_ntk_starts_as_a_normal_of_variance_one():
    W = dense(200, "mish", 400, weight_scale="ntk").parameters()["0.weight"]
    assert abs(W.std() - 1) < 0.01
    plain = dense(200, "mish", 400, weight_init="lecun_normal")
    scaled = dense(200, "mish", 400, weight_scale="ntk", weight_init="lecun_normal")
    x = np.random.default_rng(0).standard_normal((5, 400))
    assert_close(scaled.predict(x), plain.predict(x), np.float64, k=100)


@pytest.mark.parametrize("optimizer", ["sgd", "adam", "adamw"])
def test_ntk_trains_as_the_formula_says(core, rng, optimizer):
    """The same as W' = W / sqrt(in) with lr / sqrt(in) and eps sqrt(in) in Adam, lr / in in SGD."""
    x, y = rng.standard_normal((60, 4)), rng.standard_normal((60, 3))
    # Without a bias, for which Adam's eps would count twice as much on one side.
    scaled = dense(activation="tanh", weight_scale="ntk", bias=False)
    lr = 1 / 4 if optimizer == "sgd" else 1 / 2
    plain = dense(activation="tanh", lr_scale=lr, decay_scale=1 / lr, bias=False)
    plain.theta[:] = scaled.theta
    plain.parameters()["0.weight"][:] /= 2
    for model, eps in ((scaled, 1e-3), (plain, 2e-3)):
        options = {} if optimizer == "sgd" else {"eps": eps}
        make = {"sgd": fm.optim.SGD, "adam": fm.optim.Adam, "adamw": fm.optim.AdamW}[optimizer]
        if optimizer == "adamw":
            options["weight_decay"] = 0.1
        opt = make(lr=0.05, **options)
        model.fit(x, y, loss="mse", optimizer=opt, epochs=5, batch_size=20)
    wanted = plain.parameters()["0.weight"]
    np.testing.assert_allclose(scaled.parameters()["0.weight"] / 2, wanted, rtol=1e-11)


@pytest.mark.parametrize("activation", F.ACTIVATIONS[1:])
@pytest.mark.parametrize("scale", [None, "ntk"])
def test_a_trained_share_is_its_formula(core, dtype, rng, activation, scale):
    model = dense(5, activation, 3, dtype, trainable_activation=True, weight_scale=scale)
    assert list(model.parameters()) == ["0.weight", "0.bias", "0.activation"]
    W, b, a = model.parameters().values()
    assert (a == 1).all()
    b[:], a[:] = rng.standard_normal((2, 5))
    a[2] = 0
    x, dy = rng.standard_normal((9, 3)).astype(dtype), rng.standard_normal((9, 5)).astype(dtype)
    factor = 1 / np.sqrt(3) if scale else 1.0
    f, backward = getattr(F, activation), getattr(F, f"{activation}_backward")
    X, DY, W, b, a = (v.astype(np.float64) for v in (x, dy, W, b, a))
    z = X @ W * factor + b
    assert_close(model.forward(x), z + a * (f(z) - z), dtype, k=16)
    dx = model.backward(dy)
    dz = DY + a * (backward(DY, z) - DY)
    gradients = model.gradients()
    assert_close(dx, dz @ W.T * factor, dtype, k=32)
    assert_close(gradients["0.weight"], X.T @ dz * factor, dtype, k=32)
    assert_close(gradients["0.bias"], dz.sum(axis=0), dtype, k=32)
    assert_close(gradients["0.activation"], (DY * (f(z) - z)).sum(axis=0), dtype, k=32)


@pytest.mark.parametrize("units", [*SIZES[1:], 300])
def test_sizes_around_the_packets_and_batches(core, dtype, rng, units):
    model = dense(units, "mish", 5, dtype, trainable_activation=True, weight_scale="ntk")
    model.theta[:] = rng.standard_normal(model.theta.size)
    for rows in (0, 1, 2, 130):
        x = rng.standard_normal((rows, 5)).astype(dtype)
        dy = rng.standard_normal((rows, units)).astype(dtype)
        y = model.forward(x)
        W, b, a = (v.astype(np.float64) for v in model.parameters().values())
        z = x.astype(np.float64) @ W / np.sqrt(5) + b
        assert_close(y, z + a * (F.mish(z) - z), dtype, k=16)
        assert same_bits(y, model.predict(x)) or core.level == "numpy"
        dx, (dx_wanted, wanted) = model.backward(dy), twins_gradients(model, x, dy)
        assert_close(dx, dx_wanted, dtype, k=64)
        assert_close(model.grad, wanted, dtype, k=256)
    if core.level != "numpy":
        assert same_bits(np.stack([model.predict_one(row) for row in x[:5]]), y[:5])


@pytest.mark.parametrize("layers", [
    lambda: [fm.Dense(6, "selu", trainable_activation=True), fm.Dense(2, weight_scale="ntk")],
    lambda: [fm.Dense(6, "mish", trainable_activation=True, weight_scale="ntk", bias=False),
             fm.Dense(2, "tanh", trainable_activation=True)],
])  # fmt: skip
def test_gradcheck(core, rng, layers):
    model = fm.Sequential(layers(), in_features=3, dtype="float64", seed=0)
    model.theta[:] += 0.3 * rng.standard_normal(model.theta.size)
    x, y = rng.standard_normal((6, 3)), rng.standard_normal((6, 2))
    assert fm.gradcheck(model, x, y, loss="mse") < 1e-6


# Large enough for the columns to be split among workers, and for updates strip by strip.
@pytest.mark.parametrize("width", [40, 520])
def test_same_bits_for_any_number_of_threads(core, dtype, rng, width):
    x, y = rng.standard_normal((700, 9)), rng.standard_normal((700, 2))
    results = []
    for n in (1, 2, 3):
        hidden = [
            fm.Dense(width, "selu", trainable_activation=True, weight_scale="ntk",
                     activation_lr_scale=0.1) for _ in range(2)
        ]  # fmt: skip
        model = fm.Sequential([*hidden, fm.Dense(2)], in_features=9, dtype=dtype, seed=0)
        model.fit(x, y, loss="mse", epochs=1, batch_size=350, num_threads=n)
        results.append(model.theta)
    assert all(same_bits(results[0], other) for other in results[1:])


def test_files_segments_and_tables(tmp_path, rng):
    model = dense(trainable_activation=True, activation_lr_scale=0.1, activation_decay_scale=0.2,
                  weight_scale="ntk")  # fmt: skip
    assert [(s.lr, s.decay) for s in model.segments] == [(1, 1), (1, 0), (0.1, 0.2)]
    assert "Dense(3, trained selu)" in model.summary()
    model.theta[:] = rng.standard_normal(model.theta.size)
    model.save(tmp_path / "model.safetensors")
    other, x = fm.load(tmp_path / "model.safetensors"), rng.standard_normal((4, 4))
    assert same_bits(other.predict(x), model.predict(x)) and other.segments == model.segments


def test_a_trained_share_may_leave_the_activations_range(core, rng):
    """So a loss of logits does not refuse it, and the doctor does not call it silent."""
    layers = [fm.Dense(8, "relu", trainable_activation=True),
              fm.Dense(1, "sigmoid", trainable_activation=True)]  # fmt: skip
    model = fm.Sequential(layers, in_features=2, seed=0)
    model.parameters()["0.bias"][:] = -100
    x, y = rng.standard_normal((40, 2)), rng.integers(0, 2, (40, 1))
    history = model.fit(x, y, loss="binary_cross_entropy", epochs=3)
    assert not any("extreme output" in line for line in history.advice)


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"weight_scale": "ntp"}, ValueError, r"Dense: weight_scale must be one of ntk, got 'ntp'"),
        ({"weight_scale": 2.0}, TypeError, r"Dense: weight_scale must be a name"),
        ({"trainable_activation": 1}, TypeError, r"trainable_activation must be True or False"),
        ({"trainable_activation": True, "activation": None}, ValueError, r"needs an activation"),
        ({"activation_lr_scale": -1}, ValueError, r"Dense: activation_lr_scale must be in"),
    ],
)
def test_wrong_arguments(options, error, message):
    with pytest.raises(error, match=message):
        fm.Dense(3, **{"activation": "relu", **options})


@pytest.mark.peers
@pytest.mark.parametrize("activation", ["selu", "mish"])
def test_thirty_steps_as_torch(core, rng, activation):
    torch = pytest.importorskip(
        "torch", reason="PyTorch is not installed: the peer comparison is skipped"
    )
    torch.set_num_threads(1)
    layers = [
        fm.Scale(), fm.Dense(7, activation, trainable_activation=True, weight_scale="ntk"),
        fm.Dense(2, weight_scale="ntk"),
    ]  # fmt: skip
    model = fm.Sequential(layers, in_features=4, dtype="float64", seed=0)
    theirs = {k: torch.tensor(v.copy(), requires_grad=True) for k, v in model.parameters().items()}
    x, y = rng.standard_normal((300, 4)), rng.standard_normal((300, 2))
    model.fit(x, y, loss="mse", optimizer=fm.optim.AdamW(lr=0.02, decay_all=True), epochs=1,
              batch_size=10, shuffle=False)  # fmt: skip
    step, f = torch.optim.AdamW(theirs.values(), lr=0.02), getattr(torch.nn.functional, activation)
    for k in range(30):
        rows = slice(10 * k, 10 * k + 10)
        step.zero_grad()
        h = torch.tensor(x[rows]) * theirs["0.weight"]
        z = h @ theirs["1.weight"] / 2 + theirs["1.bias"]
        h = z + theirs["1.activation"] * (f(z) - z)
        pred = h @ theirs["2.weight"] / np.sqrt(7) + theirs["2.bias"]
        torch.nn.functional.mse_loss(pred, torch.tensor(y[rows])).backward()
        step.step()
    for name, value in model.parameters().items():
        np.testing.assert_allclose(value, theirs[name].detach().numpy(), rtol=1e-9, atol=1e-11)
