"""The engine's job: same bits as ``fit`` and ``train_batch``, alone and side by side."""

from __future__ import annotations

import numpy as np
import pytest

import fusedmlp as fm
from fusedmlp.core import backend
from fusedmlp.core.memory import aligned_zeros
from fusedmlp.core.records import Segment, Steps
from fusedmlp.training.task import prepare_task
from support import assert_close, classes_data, same_bits


def steps(optimizer, count, *, first_draw=0, dropout=None):
    return Steps(optimizer.lrs(optimizer.step_count, count),
                 np.full(count, optimizer.weight_decay), dropout, None,
                 optimizer.step_count + 1, first_draw)  # fmt: skip


def job_of(model, x, y, optimizer, loss="cross_entropy", **settings):
    task = prepare_task(model, x, y, loss, "test")
    return task, task.job(model, optimizer, {"seed": model.seed, **settings})


NETS = {
    "plain": lambda **o: fm.MLP([6, 17, 3], **o),
    "dropout": lambda **o: fm.MLP([6, 40, 40, 3], "tanh", dropout=0.3, **o),
    "batch norm": lambda **o: fm.MLP([6, 24, 3], norm="batch", **o),
}


def test_epochs_in_one_call_have_the_bits_of_a_fit(core, rng, dtype):
    x, y = classes_data(rng, 130, dtype=dtype)
    for k, make in enumerate(NETS.values()):
        model = make(dtype=dtype, seed=k)
        model.fit(x, y, loss="cross_entropy", optimizer=fm.optim.AdamW(0.01), epochs=3,
                  batch_size=32, shuffle=False, num_threads=1)  # fmt: skip
        other, optimizer = make(dtype=dtype, seed=k), fm.optim.AdamW(0.01)
        _, job = job_of(other, x, y, optimizer, batch_size=32)
        many = steps(optimizer, 3 * job.steps(130), first_draw=0)
        results = job.epochs(3 * [None], many, 0.0)
        assert [r["steps"] for r in results] == 3 * [5] and results[-1]["error"] is None
        assert same_bits(model.theta, other.theta) and same_bits(model.buffers, other.buffers)
        assert [r["loss_sum"] / 130 for r in results] == model.history.history["loss"]
        assert all(r["seconds"] > 0 for r in results)


def test_a_step_of_a_job_has_the_bits_of_train_batch(core, rng, dtype):
    x, y = classes_data(rng, 33, dtype=dtype)
    a, b = fm.MLP([6, 17, 3], dtype=dtype, seed=0), fm.MLP([6, 17, 3], dtype=dtype, seed=0)
    ours, theirs = fm.optim.Adam(), fm.optim.Adam()
    task, job = job_of(b, x, y, theirs)
    for k in range(5):
        loss = a.train_batch(x, y, loss="cross_entropy", optimizer=ours)
        result = job.step(task.data(), steps(theirs, 1, first_draw=k))
        theirs.step_count += 1
        assert result["last_loss"] == loss
    assert same_bits(a.theta, b.theta)


def test_train_batch_keeps_its_job_until_something_changes(core, rng):
    x, y = classes_data(rng, 20)
    model, optimizer = fm.MLP([6, 5, 3], seed=0), fm.optim.Adam()

    def job():
        model.train_batch(x, y, loss="cross_entropy", optimizer=optimizer)
        return model._step.job

    first = job()
    optimizer.lr = 0.5  # travels with each step
    assert job() is first
    optimizer.betas = (0.5, 0.9)
    second = job()
    assert second is not first and job() is second
    optimizer.reset()
    assert job() is not second


def test_train_batch_follows_options_changed_between_steps(core, rng):
    x, y = classes_data(rng, 20)
    results = []
    for fresh in (False, True):
        model, optimizer = fm.MLP([6, 5, 3], seed=0), fm.optim.Adam()
        for betas in ((0.9, 0.999), (0.5, 0.9)):
            optimizer.betas = betas
            if fresh:
                model = model.copy()  # nothing kept
            model.train_batch(x, y, loss="cross_entropy", optimizer=optimizer)
        results.append(model.theta)
    assert same_bits(*results)


def test_segments_scale_learning_rate_and_weight_decay(core, dtype):
    p = np.linspace(-1, 1, 40).astype(dtype)
    g = np.cos(np.arange(40)).astype(dtype)
    table = [Segment(0, 7, 1.0, 1.0), Segment(7, 20, 0.5, 0.0), Segment(20, 40, 2.0, 3.0)]
    for name, hyper, count in (("adamw", (0.9, 0.999, 1e-8, 0.0, 0.0), 2), ("nadam", None, 2)):
        hyper = hyper or (0.9, 0.999, 1e-8, 4e-3, 0.0)
        extra = [None] if name == "adamw" else [np.ones(1)]
        state = [np.zeros(40, dtype) for _ in range(count)]
        whole = p.copy()
        optimizer = core.optimizer(np.dtype(dtype).name, name, hyper, [*state, *extra], table)
        for step in range(1, 4):
            optimizer.step(whole, g, 0.1, step, 0.01)
        for begin, end, lr, decay in table:
            own = [np.zeros(end - begin, dtype) for _ in range(count)]
            extra = [None] if name == "adamw" else [np.ones(1)]
            part = p[begin:end].copy()
            for step in range(1, 4):
                core.optimizer_step(name, hyper, part, g[begin:end].copy(), [*own, *extra],
                                    0.1 * lr, step, 0.01 * decay)  # fmt: skip
            assert same_bits(whole[begin:end], part)


def test_targets_of_a_custom_loss_may_change_their_width(core, rng):
    """The kept job has room for the batch, not for the first one's targets."""
    model, seen = fm.MLP([3, 2], seed=0), []

    def loss(pred, target, weights):
        seen.append(target)
        return float((pred**2).sum()), 2 * pred

    x = rng.standard_normal((40, 3)).astype(np.float32)
    wanted = [rng.standard_normal((40, n)).astype(np.float32) for n in (1, 500, 3)]
    for y in wanted:
        model.train_batch(x, y, loss=loss, optimizer="sgd")
    assert all(same_bits(a, b) for a, b in zip(seen, wanted, strict=True))


class Members(fm.layers.Layer):
    """A dense layer whose outputs are two groups of three."""

    fields = ()

    def build(self, in_features):
        built = fm.Dense(6).build(in_features)
        built.groups = 2
        return built


def test_outputs_in_groups_have_a_target_each(core, rng, dtype):
    x = rng.standard_normal((20, 4)).astype(dtype)
    y = rng.integers(0, 3, (20, 2))
    w = rng.uniform(0.5, 2, 20)
    model = fm.Sequential([Members()], in_features=4, dtype=dtype, seed=0)
    loss = model.evaluate(x, y, loss="cross_entropy", sample_weight=w)["loss"]
    pred = model.predict(x)
    parts = [pred[:, :3].copy(), pred[:, 3:].copy()]
    each = [
        fm.functional.cross_entropy_value_and_grad(part, y[:, k], sample_weight=w)
        for k, part in enumerate(parts)
    ]
    assert_close(loss, (each[0][0] + each[1][0]) / 2, dtype)
    model.fit(x, y, loss="cross_entropy", sample_weight=w, optimizer=fm.optim.SGD(1e-12),
              epochs=1, batch_size=20)  # fmt: skip
    gradient = np.hstack([each[0][1], each[1][1]]) / 2
    assert_close(model.gradients()["0.weight"], x.T @ gradient, dtype, k=16)
    same = model.evaluate(x, y[:, 0], loss="cross_entropy")["loss"]  # one target for both
    twice = model.evaluate(x, np.repeat(y[:, :1], 2, axis=1), loss="cross_entropy")["loss"]
    assert same == twice
    values = model.evaluate(x, np.zeros((20, 6), dtype), loss="mse")["loss"]
    assert_close(values, (model.predict(x).astype(np.float64) ** 2).mean(), dtype, k=8)


def test_a_layer_may_ask_for_whole_numbers(rng):
    class Indices(Members):
        def build(self, in_features):
            built = super().build(in_features)
            built.groups, built.integer_inputs = 1, (0, 1)
            return built

    model = fm.Sequential([Indices()], in_features=2, seed=0)
    y = np.zeros((3, 6))
    model.fit([[1, 2], [3, 4], [5, 6]], y, loss="mse", epochs=1)
    with pytest.raises(ValueError, match=r"X must hold whole numbers, got 0\.5 at row 1, column 0"):
        model.fit([[1.0, 2], [0.5, 4], [5, 6]], y, loss="mse", epochs=1)


def test_dropout_follows_the_steps(core, rng):
    x, y = classes_data(rng, 64)
    results = []
    for factor in (0.0, 1.0):
        model, optimizer = NETS["dropout"](seed=0), fm.optim.SGD(0.1)
        job = job_of(model, x, y, optimizer, batch_size=32)[1]
        job.epoch(None, steps(optimizer, 2, dropout=np.full(2, factor)), 0.0)
        results.append(model.theta.copy())
    without = fm.MLP([6, 40, 40, 3], "tanh", seed=0)
    without.theta[:] = NETS["dropout"](seed=0).theta
    job_of(without, x, y, optimizer, batch_size=32)[1].epoch(None, steps(optimizer, 2), 0.0)
    assert same_bits(results[0], without.theta) and not same_bits(*results)


@pytest.mark.parametrize("widths", [[6, 17, 3], [6, 400, 400, 3]], ids=["flat", "fused"])
def test_a_hook_sees_and_may_change_every_gradient(core, rng, widths):
    x, y = classes_data(rng, 60)
    options = {"loss": "cross_entropy", "epochs": 2, "batch_size": 20, "optimizer": "sgd"}
    plain, watched, halved = (fm.MLP(widths, seed=0) for _ in range(3))
    plain.fit(x, y, **options)
    norms = []
    watched.fit(x, y, on_gradient=lambda g: norms.append(np.linalg.norm(g)), **options)
    assert same_bits(plain.theta, watched.theta) and len(norms) == 6 and min(norms) > 0

    def halve(g):
        g *= 0.5

    half = {**options, "optimizer": fm.optim.SGD(lr=5e-4)}
    halved.fit(x, y, on_gradient=halve, **options)
    plain = fm.MLP(widths, seed=0)
    plain.fit(x, y, **half)
    np.testing.assert_allclose(halved.theta, plain.theta, rtol=1e-5, atol=1e-7)


def test_an_error_in_the_hook_ends_the_fit_before_the_update(core, rng):
    x, y = classes_data(rng, 60)
    model = fm.MLP([6, 17, 3], seed=0)
    before = model.theta.copy()

    def fail(g):
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        model.fit(x, y, loss="cross_entropy", on_gradient=fail)
    assert same_bits(model.theta, before)
    with pytest.raises(TypeError, match="on_gradient must be callable"):
        model.fit(x, y, loss="cross_entropy", on_gradient=3)


def test_theta_without_slack_is_refused():
    """Products read theta in whole packets, past its end."""
    plain = {"activation": "relu", "params": (), "scale": 1.0, "blended": 0}
    ops = [("dense", {"units": 5, "bias": 0, **plain})]
    theta, none = aligned_zeros(15, "float32"), aligned_zeros(0, "float32")
    for name in backend.available():
        core = backend.load(name)
        core.network("float32", 3, ops, theta, None, none)
        with pytest.raises(ValueError, match="need theta of 15 numbers, got 14"):
            core.network("float32", 3, ops, theta[:14], None, none)
        if name == "numpy":
            continue
        for plain in (theta.copy(), np.zeros(15, np.float32), np.zeros(70, np.float32)[:15]):
            with pytest.raises(ValueError, match="aligned_zeros"):
                core.network("float32", 3, ops, plain, None, none)


@pytest.mark.parametrize("optimizer", ["adam", "nadam", "rmsprop"])
def test_divergence_takes_the_optimizer_back_with_the_weights(core, rng, optimizer):
    x, y = classes_data(rng, 60)
    model = fm.MLP([6, 17, 3], seed=0, norm="batch")
    opt = fm.optim.get(optimizer)
    model.fit(x, y, loss="cross_entropy", optimizer=opt, epochs=2, batch_size=20)
    kept = model.theta.copy(), model.buffers.copy(), opt.state_dict(), model.steps_trained
    calls = 0

    def loss(pred, target, weights):
        nonlocal calls
        calls += 1
        value, dpred = fm.functional.cross_entropy_value_and_grad(pred, target)
        return (np.nan if calls == 5 else value), dpred

    with pytest.raises(fm.DivergedError) as error:
        model.fit(x, y, loss=loss, optimizer=opt, epochs=1, batch_size=10)
    assert error.value.step == 4
    assert same_bits(model.theta, kept[0]) and same_bits(model.buffers, kept[1])
    now = opt.state_dict()
    assert now["step_count"] == kept[2]["step_count"] and model.steps_trained == kept[3]
    assert all(same_bits(now["state"][k], v) for k, v in kept[2]["state"].items())
