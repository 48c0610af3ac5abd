"""gradcheck, input gradients and Jacobians."""

from __future__ import annotations

import numpy as np
import pytest

import fusedmlp as fm
from fusedmlp import functional as F
from fusedmlp import layers as layer_classes
from fusedmlp.core.catalogue import LOSSES
from support import assert_close, central_difference, every_layer, same_bits

LAYERS = {
    "Dense": lambda: fm.Dense(4, "tanh"),
    "Dense without bias": lambda: fm.Dense(4, "gelu", bias=False),
    "Activation": lambda: fm.Activation("mish"),
    "Dropout": lambda: fm.Dropout(0.4),
    "BatchNorm": lambda: fm.BatchNorm(),
    "LayerNorm": lambda: fm.LayerNorm(),
    "Residual": lambda: fm.Residual([fm.Dense(8, "silu"), fm.LayerNorm(), fm.Dense(5)]),
    "Columns": lambda: fm.Columns(
        [fm.NumericEmbedding(columns=[4, 0]), fm.NumericEmbedding("piecewise", columns=[1], bins=7)]
    ),
}
# They read indices, which have no derivative: test_categories.py holds their gradients.
OF_INDICES = {"CategoryEmbedding", "OneHot"}
# Layers without a line of their own come with their defaults.
LAYERS |= {
    name: cls for name, cls in layer_classes.LAYERS.items() if name not in {*LAYERS, *OF_INDICES}
}


def off_zero(model, rng):
    """Zero biases would leave dead and dropped units exactly on relu's corner."""
    model.theta[:] += 0.1 * rng.standard_normal(model.theta.size)
    return model


def target(loss, rng, rows, outputs):
    row = LOSSES.get(loss, LOSSES["mse"])  # a custom loss takes any number
    if row.classes:
        return rng.integers(0, outputs, rows)
    if row.target is not None and row.target.values:
        return rng.choice(row.target.values, (rows, outputs))
    if row.target is not None or loss == "poisson_nll":
        return rng.random((rows, outputs))
    return rng.standard_normal((rows, outputs))


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("name", LAYERS)
def test_every_layer_passes(core, rng, name, training):
    layers = [fm.Dense(5, "sigmoid"), LAYERS[name](), fm.Dense(3)]
    model = fm.Sequential(layers, in_features=4, dtype="float64", seed=0)
    x, y = rng.standard_normal((6, 4)), rng.standard_normal((6, 3))
    model.forward(x, training=True)  # running statistics of their own
    off_zero(model, rng)
    assert fm.gradcheck(model, x, y, loss="mse", training=training) < 1e-6
    alone = fm.Sequential([LAYERS[name]()], in_features=5, dtype="float64", seed=0)
    x = rng.standard_normal((6, 5))
    y = rng.standard_normal((6, alone.out_features))
    assert fm.gradcheck(alone, x, y, loss="mse", training=training) < 1e-6


def test_all_layers_together_pass(core, rng):
    model = off_zero(every_layer(5, dtype="float64", seed=0), rng)
    x, y = rng.standard_normal((7, 6)), rng.integers(0, 3, 7)
    assert fm.gradcheck(model, x, y, loss="cross_entropy") < 1e-6
    assert fm.gradcheck(model, x[:1], y[:1], loss="cross_entropy") < 1e-6


@pytest.mark.parametrize("activation", F.ACTIVATIONS)
def test_every_activation_passes(core, rng, activation):
    x, y = rng.standard_normal((6, 3)) * 2, rng.standard_normal((6, 2))
    for layers in (
        [fm.Dense(6, activation), fm.Dense(2)],
        [fm.Dense(6), fm.Activation(activation), fm.Dense(2)],
    ):
        model = off_zero(fm.Sequential(layers, in_features=3, dtype="float64", seed=1), rng)
        assert fm.gradcheck(model, x, y, loss="mse") < 1e-6


@pytest.mark.parametrize("loss", F.LOSSES)
def test_every_loss_passes(core, rng, loss):
    model = fm.MLP([3, 6, 4], "tanh", dtype="float64", seed=2)
    x, y = rng.standard_normal((8, 3)), target(loss, rng, 8, 4)
    assert fm.gradcheck(model, x, y, loss=loss) < 1e-6


@pytest.mark.parametrize(
    "loss",
    [
        fm.Loss("cross_entropy", label_smoothing=0.1, class_weight=[1, 2, 3, 4]),
        fm.Loss("huber", delta=0.3),
        fm.Loss("quantile", q=[0.1, 0.4, 0.5, 0.9]),
        lambda pred, target, weight: (float((pred**3).sum()), 3 * pred**2),
    ],
    ids=lambda loss: loss.name if isinstance(loss, fm.Loss) else "callable",
)
def test_losses_with_parameters_pass(core, rng, loss):
    model = fm.MLP([3, 6, 4], "tanh", dtype="float64", seed=2)
    name = loss.name if isinstance(loss, fm.Loss) else ""
    x, y = rng.standard_normal((8, 3)), target(name, rng, 8, 4)
    assert fm.gradcheck(model, x, y, loss=loss) < 1e-6


def test_a_wrong_gradient_is_found(core, rng):
    model = fm.MLP([3, 6, 2], "tanh", dtype="float64", seed=2)
    x, y = rng.standard_normal((8, 3)), rng.standard_normal((8, 2))

    def wrong(pred, target, weight):
        value, dpred = fm.Loss("mse")(pred, target)
        dpred[0, 0] *= 1 + 1e-4
        return value, dpred

    assert 1e-6 < fm.gradcheck(model, x, y, loss=wrong) < 1e-2
    assert fm.gradcheck(model, x, y, loss=lambda p, t, w: (float((p**2).sum()), -2 * p)) > 1
    zero = fm.gradcheck(model, x, y, loss=lambda p, t, w: (float((p**2).sum()), 0 * p))
    assert zero == pytest.approx(1)


def test_zero_gradients_and_corners_are_no_errors(core, rng):
    x, y = rng.standard_normal((8, 3)), rng.standard_normal((8, 1))
    # A bias before batch norm: zero up to rounding.
    layers = [fm.Dense(5), fm.BatchNorm(), fm.Dense(1)]
    model = fm.Sequential(layers, in_features=3, dtype="float64", seed=0)
    assert fm.gradcheck(model, x, y, loss="mse") < 1e-6
    # At the minimum everything is zero.
    assert fm.gradcheck(model, x, model.forward(x, training=True), loss="mse") < 1e-6
    model.theta[:] = 0
    assert fm.gradcheck(model, x, 0 * y, loss="mse") == 0
    # A corner of relu 3e-6 away from the input: inside the first step, not inside the smaller one.
    corner = fm.Sequential([fm.Activation("relu")], in_features=1, dtype="float64")
    assert fm.gradcheck(corner, [[3e-6]], [[1.0]], loss="mse") < 1e-6


def test_gradcheck_leaves_the_model_alone(core, rng):
    model = every_layer(5, seed=0)
    x, y = rng.standard_normal((7, 6)).astype(np.float32), rng.integers(0, 3, 7)
    model.forward(x)
    state = model.theta.copy(), model.grad.copy(), model.buffers.copy(), model.steps_trained
    off = off_zero(model.copy(), rng)
    assert fm.gradcheck(off, np.asfortranarray(x), y, loss="cross_entropy") < 1e-6
    fm.gradcheck(model, x, y, loss="cross_entropy", samples=5)
    assert all(same_bits(a, b) for a, b in zip(state, (model.theta, model.grad, model.buffers,
                                                       np.int64(model.steps_trained)),
                                               strict=True))  # fmt: skip
    unbuilt = fm.Sequential([fm.Dense(3)], seed=0)
    assert fm.gradcheck(unbuilt, x, y, loss="cross_entropy") < 1e-6 and unbuilt.in_features is None


@pytest.mark.parametrize("training", [True, False])
def test_every_evaluation_is_one_function_in_the_mode_asked_for(core, rng, training):
    model = every_layer(5, dtype="float64", seed=0)
    x, y = rng.standard_normal((7, 6)), rng.standard_normal((7, 3))
    model.buffers += 0.1
    seen = []

    def loss(pred, target, weight):
        seen.append(pred.copy())
        return float((pred**2).sum()), 2 * pred

    fm.gradcheck(model, x, y, loss=loss, training=training, samples=20)
    expected = model.forward(x, training=True) if training else model.predict(x)
    np.testing.assert_allclose(seen[0], expected, rtol=1e-12)
    # Another mask would move a prediction by much more than a step of 1e-3.
    assert len(seen) > 40 and max(abs(pred - seen[0]).max() for pred in seen) < 0.1


def test_samples_are_a_seeded_draw(core, rng):
    model = fm.MLP([3, 6, 2], "tanh", seed=2)
    x, y = rng.standard_normal((8, 3)), rng.standard_normal((8, 2))
    whole = fm.gradcheck(model, x, y, loss="mse")
    some = [fm.gradcheck(model, x, y, loss="mse", samples=9, seed=s) for s in (0, 0, 1)]
    assert some[0] == some[1] != some[2] and max(some) <= whole
    assert fm.gradcheck(model, x, y, loss="mse", samples=10**6) == whole


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"model": "mlp"}, TypeError, "gradcheck: model must be a Sequential, got str"),
        ({"X": [[np.nan, 1, 1]] * 8}, ValueError, "gradcheck: X must be finite"),
        ({"X": [[1.0]] * 8}, ValueError, r"gradcheck: X must have shape \(n, 3\)"),
        ({"y": [[1.0]]}, ValueError, "gradcheck"),
        ({"loss": "msee"}, ValueError, "loss must be one of"),
        ({"samples": 0}, ValueError, "samples must be in"),
        ({"training": None}, TypeError, "training must be True or False"),
    ],
)
def test_bad_gradchecks(rng, change, error, message):
    arguments = {"model": fm.MLP([3, 2], seed=0), "X": np.ones((8, 3)), "y": np.ones((8, 2)),
                 "loss": "mse", **change}  # fmt: skip
    with pytest.raises(error, match=message):
        fm.gradcheck(arguments.pop("model"), arguments.pop("X"), arguments.pop("y"), **arguments)


# input_gradient and jacobian


def test_input_gradient_hand_worked(core, dtype):
    model = fm.Sequential([fm.Dense(2, "relu")], in_features=2, dtype=dtype)
    model.theta[:] = [1, 2, 3, -4, 0, 0]
    # x W = (7, -6): the second output is dead.
    assert model.input_gradient([[1, 2]]).tolist() == [[1, 3]]
    assert model.input_gradient([[1, 2]], [[10, 1]]).tolist() == [[10, 30]]
    assert model.jacobian([[1, 2], [1, 0]]).tolist() == [[[1, 3], [0, 0]], [[1, 3], [2, -4]]]


@pytest.mark.parametrize("rows", [0, 1, 5])
def test_against_central_differences_of_predict(core, rng, rows):
    model = off_zero(every_layer(9, dtype="float64", seed=0), rng)
    model.forward(rng.standard_normal((30, 6)), training=True)
    x, dy = rng.standard_normal((rows, 6)), rng.standard_normal((rows, 3))
    jacobian = model.jacobian(x)
    assert jacobian.shape == (rows, 3, 6)
    np.testing.assert_allclose(
        model.input_gradient(x, dy),
        central_difference(lambda v: float((model.predict(v) * dy).sum()), x),
        rtol=1e-6, atol=1e-8,
    )  # fmt: skip
    np.testing.assert_allclose(model.input_gradient(x), jacobian.sum(axis=1), atol=1e-13)
    for i in range(3):
        wanted = central_difference(lambda v, i=i: float(model.predict(v)[:, i].sum()), x)
        np.testing.assert_allclose(jacobian[:, i], wanted, rtol=1e-6, atol=1e-8)


def test_blocks_of_rows_and_layouts_do_not_matter(core, dtype, rng):
    model = every_layer(dtype=dtype, seed=0)
    x, dy = rng.standard_normal((2100, 6)), rng.standard_normal((2100, 3))
    gradient, jacobian = model.input_gradient(x, dy), model.jacobian(x)
    assert gradient.dtype == dtype and jacobian.dtype == dtype
    assert_close(gradient[1000:1050], model.input_gradient(x[1000:1050], dy[1000:1050]), dtype, 8)
    assert_close(jacobian[2090:], model.jacobian(x[2090:]), dtype, 8)
    assert same_bits(model.input_gradient(np.asfortranarray(x), np.asfortranarray(dy)), gradient)


def test_side_effects_there_are_none(core, dtype, rng):
    model = every_layer(dtype=dtype, seed=0)
    x, dy = rng.standard_normal((40, 6)), rng.standard_normal((40, 3))
    model.forward(x, training=True)
    dx, grad = model.backward(dy), model.grad.copy()
    model.zero_grad()
    before = model.buffers.copy(), model.steps_trained
    model.input_gradient(x[:7])
    model.jacobian(x[:7])
    assert not model.grad.any()
    assert same_bits(model.buffers, before[0]) and model.steps_trained == before[1]
    # The pass that waited is still there.
    assert same_bits(model.backward(dy), dx) and same_bits(model.grad, grad)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda m: m.input_gradient([[1.0]]), r"input_gradient: X must have shape \(n, 3\)"),
        (lambda m: m.input_gradient([[1.0, 2, 3]], [[1.0]]), r"dy must have shape \(1, 2\)"),
        (lambda m: m.jacobian([1.0, 2, 3]), r"jacobian: X must have shape \(n, 3\)"),
        (lambda m: fm.Sequential([fm.Dense(2)]).jacobian([[1.0]]), "jacobian: the model is not"),
        (lambda m: fm.Sequential([fm.Dense(2)]).input_gradient([[1.0]]), "not built yet"),
    ],
)
def test_bad_input(call, message):
    with pytest.raises(ValueError, match=message):
        call(fm.MLP([3, 2], seed=0))


@pytest.mark.peers
def test_torchs_jacobian_agrees(core, rng):
    torch = pytest.importorskip(
        "torch", reason="PyTorch is not installed: the peer comparison is skipped"
    )
    model = fm.MLP([4, 8, 3], "gelu", dtype="float64", seed=0)
    p = {name: torch.tensor(v) for name, v in model.parameters().items()}

    def net(row):
        h = torch.nn.functional.gelu(row @ p["0.weight"] + p["0.bias"])
        return h @ p["1.weight"] + p["1.bias"]

    x = rng.standard_normal((5, 4))
    wanted = [torch.autograd.functional.jacobian(net, torch.tensor(row)).numpy() for row in x]
    np.testing.assert_allclose(model.jacobian(x), np.stack(wanted), rtol=1e-12, atol=1e-13)
