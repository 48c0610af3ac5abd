"""Faults from outside: Ctrl-C, forks, threads, huge sizes, denormals."""

from __future__ import annotations

import multiprocessing
import os
import threading

import numpy as np
import pytest

import fusedmlp as fm
from fusedmlp import functional as F
from support import classes_data, ctrl_c, same_bits

MANY = pytest.mark.slow


# Ctrl-C


@pytest.mark.parametrize("presses", [3, pytest.param(200, marks=MANY)])
def test_ctrl_c_leaves_a_usable_model(rng, presses, record_property):
    x, y = classes_data(rng, 3000)
    model = fm.MLP([6, 32, 3], seed=0)
    for _ in range(presses):
        pause = rng.uniform(0.005, 0.05)
        with pytest.raises(KeyboardInterrupt), ctrl_c(pause, pause):
            model.fit(x, y, loss="cross_entropy", epochs=10**6, max_seconds=60)
        assert np.isfinite(model.theta).all()
        if model.history is not None:
            assert len(model.history.epochs) == len(model.history.history.get("loss", []))
    model.fit(x, y, loss="cross_entropy", epochs=1)
    record_property("figure", f"{presses} presses of Ctrl-C")


# Forks and threads


def _trained(_: int = 0) -> bytes:
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((300, 16)), rng.integers(0, 5, 300)
    model = fm.MLP([16, 64, 5], seed=0)
    model.fit(x, y, loss="cross_entropy", epochs=1, batch_size=100, num_threads=2)
    return model.theta.tobytes()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*:DeprecationWarning")
@pytest.mark.parametrize("forks", [3, pytest.param(200, marks=MANY)])
def test_forks_compute(forks, record_property):
    expected = _trained()
    context = multiprocessing.get_context("fork")
    for _ in range(forks):
        with context.Pool(1) as pool:
            assert pool.apply_async(_trained).get(timeout=60) == expected
    record_property("figure", f"{forks} forks")


def test_threads_share_a_model(rng):
    model = fm.MLP([6, 64, 3], seed=0)
    x = rng.standard_normal((200, 6)).astype(np.float32)
    expected, wrong = model.predict(x), []

    def predict() -> None:
        for _ in range(50):
            if not same_bits(model.predict(x), expected):
                wrong.append("predict")
            if not same_bits(model.predict_one(x[0]), model.predict(x[:1])[0]):
                wrong.append("predict_one")

    threads = [threading.Thread(target=predict) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_everything_that_trains_is_busy_during_a_fit(rng):
    x, y = classes_data(rng, 2000)
    model, started, end = fm.MLP([6, 32, 3], seed=0), threading.Event(), threading.Event()

    def wait(*_):
        started.set()
        end.wait(30)
        return True

    stop = fm.callbacks.LambdaCallback(wait)
    fit = threading.Thread(
        target=lambda: model.fit(x, y, loss="cross_entropy", epochs=9, callbacks=[stop])
    )
    fit.start()
    started.wait()
    try:
        for call in (
            lambda: model.fit(x, y, loss="cross_entropy"),
            lambda: model.train_batch(x, y, loss="cross_entropy", optimizer="adam"),
            lambda: model.forward(x),
            lambda: model.backward(np.zeros((1, 3))),
            lambda: fm.fit_many([model], x, y, loss="cross_entropy"),
        ):
            with pytest.raises(fm.BusyError, match="in use"):
                call()
        assert model.predict(x).shape == (2000, 3)
    finally:
        end.set()
        fit.join()
    assert model.history.epochs == [0]


# Errors in code of the user's own


class Mine(Exception):
    pass


def _raise(*_):
    raise Mine("mine")


@pytest.mark.parametrize(
    "options",
    [
        {"callbacks": [fm.callbacks.LambdaCallback(_raise)]},
        {"callbacks": [fm.callbacks.LambdaCallback(on_epoch_begin=_raise)]},
        {"callbacks": [fm.callbacks.LambdaCallback(on_train_begin=_raise)]},
        {"callbacks": [fm.callbacks.LambdaCallback(on_train_end=_raise)]},
        {"metrics": [_raise]},
        {"loss": _raise},
        {"on_gradient": _raise},
        {"optimizer": fm.optim.SGD(lr=_raise)},
        {"dropout_scale": _raise},
    ],
    ids=lambda options: str(options)[:30],
)
def test_errors_of_the_users_code_come_through(core, rng, options):
    x, y = classes_data(rng, 60)
    model = fm.MLP([6, 8, 3], dropout=0.1, seed=0)
    with pytest.raises(Mine, match=r"^mine$"):
        model.fit(x, y, **{"loss": "cross_entropy", "epochs": 2, **options})
    assert np.isfinite(model.theta).all()
    assert model.fit(x, y, loss="cross_entropy", epochs=1).epochs == [0]


# Sizes


def test_huge_allocations_are_memory_errors():
    wide = 2**31 - 1
    model = fm.Sequential([fm.Dense(wide), fm.Dense(wide)], seed=0)
    for build in (
        lambda: model.build(wide),
        lambda: fm.MLP([wide, wide, wide], seed=0),
        lambda: model.forward(np.broadcast_to(np.float32(0), (1, 2**30))),
    ):
        with pytest.raises((MemoryError, ValueError)):
            build()
        assert model.in_features is None
    x = np.broadcast_to(np.float32(0), (2**45, 4))
    with pytest.raises((MemoryError, ValueError)):
        fm.MLP([4, 1000], seed=0).predict(x)
    with pytest.raises((MemoryError, ValueError)):
        F.relu(np.broadcast_to(np.float32(0), (2**50,)))


# Denormals


def test_denormals_of_the_process_are_as_before(rng):
    tiny = np.float32(1e-38)
    x, y = classes_data(rng, 64)
    model = fm.MLP([6, 64, 3], seed=0)

    def alive() -> bool:
        return bool(tiny / np.float32(100) > 0) and bool(
            (np.full(99, tiny) * tiny.dtype.type(0.01) > 0).all()
        )

    assert alive()
    for call in (
        lambda: model.fit(x, y, loss="cross_entropy", epochs=1, num_threads=2),
        lambda: model.predict(x),
        lambda: model.forward(x, training=True),
        lambda: model.backward(np.zeros((64, 3))),
        lambda: model.train_batch(x, y, loss="cross_entropy", optimizer="adam"),
        lambda: F.dense(x, x.T.copy(), out=np.empty((64, 64), np.float32)),
        lambda: F.gelu(x, out=np.empty_like(x)),
        lambda: model.predict(x[:0]),
    ):
        call()
        assert alive()
    with pytest.raises(ValueError):
        model.predict(x[:, :2])
    assert alive()


def test_functions_on_arrays_keep_denormals(core):
    tiny = np.full(100_000, 1e-40, np.float32)
    with np.errstate(under="ignore"):
        assert (F.leaky_relu(-tiny, negative_slope=0.5) == np.float32(-0.5) * tiny).all()
        assert (F.dense(tiny[None, :64], np.eye(64, dtype=np.float32)) == tiny[0]).all()
