"""Settings of the engine's job that estimators need: a trace of the steps, a scale of the loss."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

import fusedmlp as fm
from fusedmlp.core.records import Steps
from support import same_bits, tol


def _job_of(core, dtype, settings, loss="mse", weights=None):
    """A job of one dense layer over ten rows, with its theta and grad."""
    rng = np.random.default_rng(3)
    model = fm.Sequential([fm.Dense(2)], in_features=3, dtype=np.dtype(dtype).name, seed=0)
    x, y = rng.standard_normal((10, 3)), rng.standard_normal((10, 2))
    data = core.data(x, y, weights, False)
    objective = core.objective(loss, (), 1)
    optimizer = fm.optim.SGD(lr=0.1, weight_decay=0.5)
    kernel = optimizer.kernel(model.theta, model.segments)
    return model, core.job(model._network, data, objective, kernel, settings), x, y


def _steps(count, lr=0.1, decay=0.5):
    return Steps(np.full(count, lr), np.full(count, decay), None, None, 1, 0)


def test_a_trace_holds_each_steps_loss_and_the_decayed_squares(core, dtype):
    weights = np.linspace(0.5, 2, 10)
    trace = np.zeros((3, 2))
    settings = {"batch_size": 4, "trace": trace}
    model, job, x, y = _job_of(core, dtype, settings, weights=weights)
    job.epoch(None, _steps(3), 0.0)
    kept = None
    for k in range(3):
        begin = fm.Sequential([fm.Dense(2)], in_features=3, dtype=np.dtype(dtype).name, seed=0)
        if kept is not None:
            begin.theta[:] = kept
        rows = slice(4 * k, 4 * k + 4)
        loss = begin.evaluate(x[rows], y[rows], loss="mse", sample_weight=weights[rows])["loss"]
        squares = np.sum(begin.parameters()["0.weight"].astype(np.float64) ** 2)
        np.testing.assert_allclose(trace[k], [loss, squares], rtol=tol(dtype, 4))
        begin.train_batch(
            x[rows], y[rows], loss="mse", sample_weight=weights[rows],
            optimizer=fm.optim.SGD(lr=0.1, weight_decay=0.5),
        )  # fmt: skip
        kept = begin.theta.copy()
    assert same_bits(kept, model.theta)


def _square(pred, target, weights):
    d = pred - target
    return float(np.mean(d * d)), 2 * d / d.size


def test_loss_scales_multiply_the_gradient(core, dtype):
    for loss in ("mse", _square):
        grads = []
        for scale in (1.0, 2.0):
            model, job, *_ = _job_of(core, dtype, {"batch_size": 10}, loss)
            before = model.theta.copy()
            steps = _steps(1, decay=0.0)._replace(loss_scales=np.array([scale]))
            job.epoch(None, steps, 0.0)
            grads.append((before - model.theta) / dtype(0.1))
        np.testing.assert_allclose(grads[1], 2 * grads[0], rtol=tol(dtype, 8), atol=tol(dtype, 8))


def test_a_poll_ends_the_epoch_with_its_error(core, dtype):
    calls = []

    def poll():
        calls.append(1)
        raise ZeroDivisionError("mine")

    _, job, *_ = _job_of(core, dtype, {"batch_size": 1, "poll": poll})
    result = job.epoch(None, _steps(10), 0.0)
    assert isinstance(result["error"], ZeroDivisionError) and len(calls) == 1
    # The twin asks after every step, the engine about every 50 ms and after the epoch.
    assert result["steps"] in (1, 10) and result["finite"]


@pytest.mark.parametrize(("batches", "cuts"), [(3, [0, 3, 6, 10]), (10, range(11)), (1, [0, 10])])
def test_an_epoch_may_be_cut_into_equal_batches(core, dtype, batches, cuts):
    model, job, x, y = _job_of(core, dtype, {"batch_size": 4, "batches": batches})
    same, *_ = _job_of(core, dtype, {"batch_size": 4})
    assert job.steps(10) == batches
    result = job.epoch(None, _steps(batches), 0.0)
    assert result["steps"] == batches and result["weight_sum"] == 10
    optimizer = fm.optim.SGD(lr=0.1, weight_decay=0.5)
    for begin, end in pairwise(cuts):
        same.train_batch(x[begin:end], y[begin:end], loss="mse", optimizer=optimizer)
    assert same_bits(same.theta, model.theta)


@pytest.mark.parametrize("width", [3, 600])  # the larger one is updated strip by strip
def test_the_average_moves_towards_theta_after_each_step(core, width):
    rng = np.random.default_rng(4)
    model = fm.Sequential([fm.Dense(300)], in_features=width, seed=0)
    x, y = rng.standard_normal((10, width)), rng.standard_normal((10, 300))
    average, before = model.theta.copy(), model.theta.copy()
    optimizer = fm.optim.SGD(lr=0.1)
    kernel = optimizer.kernel(model.theta, model.segments)
    settings = {"batch_size": 10, "average": average}
    job = core.job(model._network, core.data(x, y, None, False), core.objective("mse", (), 1),
                   kernel, settings)  # fmt: skip
    steps = Steps(np.full(1, 0.1), np.zeros(1), None, np.full(1, 0.25), 1, 0)
    job.epoch(None, steps, 0.0)
    assert not same_bits(model.theta, before)
    wanted = before + np.float32(0.25) * (model.theta - before)
    np.testing.assert_allclose(average, wanted, rtol=1e-6, atol=1e-7)
