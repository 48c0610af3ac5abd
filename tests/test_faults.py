"""Faults from outside: Ctrl-C, forks, threads, exits, huge sizes, denormals, leaks."""

from __future__ import annotations

import contextlib
import gc
import multiprocessing
import os
import subprocess
import sys
import threading
from collections.abc import Callable

import numpy as np
import pytest

import fusedmlp as fm
from fusedmlp import functional as F
from refused import table
from support import classes_data, ctrl_c, same_bits

MANY = pytest.mark.slow


def run(code: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code], env={**os.environ, **environment}, capture_output=True,
        text=True, timeout=120,
    )  # fmt: skip


# Ctrl-C


@pytest.mark.parametrize("presses", [3, pytest.param(200, marks=MANY)])
def test_ctrl_c_leaves_a_usable_model(rng, presses):
    x, y = classes_data(rng, 3000)
    model = fm.MLP([6, 32, 3], seed=0)
    for _ in range(presses):
        with pytest.raises(KeyboardInterrupt), ctrl_c(every=rng.uniform(0.005, 0.05)):
            model.fit(x, y, loss="cross_entropy", epochs=10**6, max_seconds=60)
        assert np.isfinite(model.theta).all()
        if model.history is not None:
            assert len(model.history.epochs) == len(model.history.history.get("loss", []))
    model.fit(x, y, loss="cross_entropy", epochs=1)


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
def test_forks_compute(forks):
    expected = _trained()
    context = multiprocessing.get_context("fork")
    for _ in range(forks):
        with context.Pool(1) as pool:
            assert pool.apply_async(_trained).get(timeout=60) == expected


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


def test_the_interpreter_exits_while_a_daemon_thread_fits():
    code = (
        "import threading, time, numpy as np, fusedmlp as fm\n"
        "x, y = np.ones((5000, 20)), np.zeros(5000, int)\n"
        "started = threading.Event()\n"
        "begin = fm.callbacks.LambdaCallback(on_epoch_begin=lambda *_: started.set())\n"
        "m = fm.MLP([20, 64, 64, 3], seed=0)\n"
        "options = dict(loss='cross_entropy', epochs=10**6, callbacks=[begin])\n"
        "threading.Thread(target=m.fit, args=(x, y), kwargs=options, daemon=True).start()\n"
        "started.wait(); time.sleep(0.05)\n"
    )
    result = run(code)
    assert result.returncode == 0 and not result.stderr, result.stderr


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


# Leaks


def _kilobytes() -> int:
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") // 1024


def _again(call) -> Callable[[], None]:
    """Return the call with arguments that are made once: a good call and a refused one."""
    arguments = call.good()
    owner = [arguments.pop("self")] if "self" in arguments else []

    def again() -> None:
        if isinstance(call.call, fm.schedules.Schedule):
            call.call(*arguments.values())
            return
        call.call(*owner, **arguments)
        with contextlib.suppress(TypeError):
            call.call(*owner, **{**arguments, "no_such_argument": 1})

    return again


def _growth(group: list[Callable[[], None]], calls: int) -> int:
    for _ in range(20):
        for again in group:
            again()
    gc.collect()
    before = _kilobytes()
    for _ in range(calls):
        for again in group:
            again()
    gc.collect()
    return _kilobytes() - before


@pytest.mark.skipif(not os.path.exists("/proc/self/statm"), reason="memory is read from /proc")
def test_calls_do_not_make_the_process_grow():
    quick = [_again(call) for call in table() if call.quick and call.works]
    calls = 70
    assert calls * len(quick) >= 10_000
    # A result that is never freed would be 500 kilobytes or more.
    assert _growth(quick, calls) < 400


@MANY
@pytest.mark.skipif(not os.path.exists("/proc/self/statm"), reason="memory is read from /proc")
def test_a_hundred_thousand_calls_do_not_make_the_process_grow():
    grown = {
        call.title: _growth([_again(call)], 100_000)
        for call in table()
        if call.quick and call.works
    }
    assert max(grown.values()) < 1500, grown  # 16 bytes a call show
