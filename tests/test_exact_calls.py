"""Exact arrays go straight to the engine: the same bits, the same errors, nothing kept too long."""

import numpy as np
import pytest

import fusedmlp as fm
from fusedmlp import functional as F
from support import same_bits


def careful(array):
    """The same values in a layout that takes the way with checks."""
    wide = np.empty((*array.shape, 2), array.dtype)
    wide[..., 0] = array
    return wide[..., 0]


def data(rng, dtype, loss, rows=20, outputs=3):
    x = rng.standard_normal((rows, 5)).astype(dtype)
    if loss == "cross_entropy":
        return x, rng.integers(0, outputs, rows)
    return x, rng.uniform(0, 1, (rows, outputs)).astype(dtype)


@pytest.mark.parametrize("loss", ["mse", "huber", "binary_cross_entropy", "cross_entropy"])
@pytest.mark.parametrize("rows", [1, 2, 17])
def test_loss_functions_agree_to_the_bit(core, dtype, rng, loss, rows):
    _, target = data(rng, dtype, loss, rows)
    pred = rng.standard_normal((rows, 3)).astype(dtype)
    value, grad = getattr(F, f"{loss}_value_and_grad")(pred, target)
    value2, grad2 = getattr(F, f"{loss}_value_and_grad")(careful(pred), target)
    assert value == value2 == getattr(F, loss)(pred, target)
    assert same_bits(grad, grad2) and grad.dtype == dtype and grad.shape == pred.shape


def test_vectors_of_one_output_agree_to_the_bit(core, dtype, rng):
    pred, target = rng.standard_normal((2, 9)).astype(dtype)
    value, grad = F.mse_value_and_grad(pred, target)
    value2, grad2 = F.mse_value_and_grad(careful(pred), target)
    assert value == value2 and same_bits(grad, grad2) and grad.shape == (9,)
    column = F.mse_value_and_grad(pred[:, None].copy(), target)
    assert column[0] == value and same_bits(column[1][:, 0].copy(), grad)


@pytest.mark.parametrize("need_dx", [True, False])
def test_dense_backward_agrees_to_the_bit(core, dtype, rng, need_dx):
    x, W, dy = (rng.standard_normal(s).astype(dtype) for s in ((7, 5), (5, 4), (7, 4)))
    exact = F.dense_backward(dy, x, W, need_dx=need_dx)
    checked = F.dense_backward(careful(dy), x, W, need_dx=need_dx)
    for a, b in zip(exact, checked, strict=True):
        assert (a is None and b is None) or same_bits(a, b)


@pytest.mark.parametrize("loss", ["mse", "binary_cross_entropy", "cross_entropy"])
def test_steps_and_passes_agree_to_the_bit(core, dtype, rng, loss):
    x, y = data(rng, dtype, loss)
    models = [fm.MLP([5, 16, 3], norm="batch", dropout=0.2, dtype=dtype, seed=0) for _ in "ab"]
    optimizers = [fm.optim.Adam(lr=fm.schedules.exponential(0.1, 0.5)) for _ in "ab"]
    losses = []
    for model, optimizer, inputs in zip(models, optimizers, (x, careful(x)), strict=True):
        seen = [model.train_batch(inputs, y, loss=loss, optimizer=optimizer) for _ in range(5)]
        out = model.forward(inputs, training=True)
        dx = model.backward(out if inputs is x else careful(out))
        optimizer.step(model)
        losses.append([seen, out, dx, model.predict(inputs), model.theta, model.buffers])
        assert optimizer.step_count == 6 and model.steps_trained == 6
    assert losses[0][0] == losses[1][0]
    assert all(same_bits(a, b) for a, b in zip(losses[0][1:], losses[1][1:], strict=True))


def test_predict_writes_to_out(core, dtype, rng):
    model = fm.MLP([5, 8, 3], dtype=dtype, seed=0)
    x = rng.standard_normal((4, 5)).astype(dtype)
    out = np.empty((4, 3), dtype)
    assert model.predict(x, out=out) is out and same_bits(out, model.predict(x))
    with pytest.raises(ValueError, match=r"predict: out must have shape \(4, 3\)"):
        model.predict(x, out=np.empty((4, 2), dtype))
    with pytest.raises(ValueError, match="out is read-only"):
        out.flags.writeable = False
        model.predict(x, out=out)
    square = fm.MLP([5, 5], dtype=dtype, seed=0)
    with pytest.raises(ValueError, match="out must not overlap"):
        square.predict(x, out=x)


def test_steps_follow_what_changes_between_them(core, rng):
    x, y = data(rng, np.float32, "mse")

    def run(fresh):
        model, optimizer = fm.MLP([5, 8, 3], dropout=0.5, seed=0), fm.optim.AdamW()
        seen = []

        def step(loss="mse"):
            nonlocal model
            if fresh:
                model = model.copy()  # keeps nothing
            seen.append(model.train_batch(x, y, loss=loss, optimizer=optimizer))

        step(), step()
        optimizer.lr = 0.5
        step()
        optimizer.weight_decay = 0.3
        step()
        optimizer.betas = (0.5, 0.9)
        step()
        optimizer.state["m"] = optimizer.state["m"] + np.float32(0.1)
        step()
        model.seed = 7
        step()
        step("mae")
        step(fm.Loss("huber", delta=0.1))
        model.theta = model.theta * np.float32(0.5)
        step()
        optimizer.reset()
        step()
        return seen, model.theta

    kept, fresh = run(False), run(True)
    assert kept[0] == fresh[0] and same_bits(kept[1], fresh[1])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda x, y: (np.where(x > 1, np.nan, x), y), "X must be finite"),
        (lambda x, y: (np.where(x > 1, np.inf, x), y), "X must be finite"),
        (lambda x, y: (x[:, :4].copy(), y), r"X must have shape \(n, 5\)"),
        (lambda x, y: (x, y[:-1].copy()), "y must have"),
        (lambda x, y: (x, np.where(y == 2, 3, y)), r"class indices in \[0, 2\]"),
        (lambda x, y: (x, np.where(y == 2, -1, y)), r"class indices in \[0, 2\]"),
        (lambda x, y: (x, y.astype(np.float32)), "integer class indices"),
        (lambda x, y: (x[:0], y[:0]), "at least one row"),
    ],
)
def test_a_step_on_bad_arrays_is_refused_as_before(core, rng, change, message):
    x, y = data(rng, np.float32, "cross_entropy")
    model, optimizer = fm.MLP([5, 8, 3], seed=0), fm.optim.Adam()
    for _ in range(2):
        model.train_batch(x, y, loss="cross_entropy", optimizer=optimizer)
    before = model.theta.copy()
    bad = change(x, y)
    with pytest.raises(ValueError, match=message):
        model.train_batch(*bad, loss="cross_entropy", optimizer=optimizer)
    assert same_bits(model.theta, before) and optimizer.step_count == 2


def test_targets_outside_a_loss_are_refused_as_before(core, rng):
    x, y = data(rng, np.float32, "mse")
    model, optimizer = fm.MLP([5, 3], seed=0), fm.optim.Adam()
    model.train_batch(x, y, loss="binary_cross_entropy", optimizer=optimizer)
    with pytest.raises(ValueError, match=r"y must be in \[0, 1\]"):
        model.train_batch(x, y + 1, loss="binary_cross_entropy", optimizer=optimizer)
    with pytest.raises(ValueError, match=r"target must be in \[0, 1\]"):
        F.binary_cross_entropy(y, y + 1)
    y[3, 1] = np.nan
    with pytest.raises(ValueError, match="y must be finite"):
        model.train_batch(x, y, loss="binary_cross_entropy", optimizer=optimizer)


def test_a_diverged_step_changes_nothing(core, rng):
    x, y = data(rng, np.float32, "mse")
    model = fm.MLP([5, 8, 3], norm="batch", seed=0)
    optimizer = fm.optim.SGD(lr=1.0)
    model.train_batch(x, y, loss="mse", optimizer=optimizer)
    model.theta[:] = 1e30
    before, statistics = model.theta.copy(), model.buffers.copy()
    with pytest.raises(fm.DivergedError, match="no step was made"):
        model.train_batch(x, y, loss="mse", optimizer=optimizer)
    assert same_bits(model.theta, before) and same_bits(model.buffers, statistics)
    assert optimizer.step_count == 1 and model.steps_trained == 1


def test_batch_norm_refuses_a_lone_row_as_before(core, rng):
    x, y = data(rng, np.float32, "mse")
    model, optimizer = fm.MLP([5, 8, 3], norm="batch", seed=0), fm.optim.Adam()
    model.train_batch(x, y, loss="mse", optimizer=optimizer)
    with pytest.raises(ValueError, match="one row"):
        model.train_batch(x[:1], y[:1], loss="mse", optimizer=optimizer)
    with pytest.raises(ValueError, match="one row"):
        model.forward(x[:1], training=True)


def test_backward_needs_the_forward_before_it(core, rng):
    x, y = data(rng, np.float32, "mse")
    model, optimizer = fm.MLP([5, 8, 3], seed=0), fm.optim.Adam()
    out = model.forward(x, training=True)
    with pytest.raises(ValueError, match=r"dy must have shape \(20, 3\)"):
        model.backward(out[:7].copy())
    for _ in range(2):
        model.train_batch(x, y, loss="mse", optimizer=optimizer)
        with pytest.raises(ValueError, match="call forward first"):
            model.backward(out)
