"""How many fits end when one of them does, and what is refused before any begins."""

from __future__ import annotations

import signal
import threading
import time

import numpy as np
import pytest

import fusedmlp as fm
from support import classes_data, interruptible, same_bits


def test_one_that_diverges_does_not_stop_the_others(core, rng):
    x, y = rng.standard_normal((64, 4)), rng.standard_normal((64, 1))
    models = [fm.MLP([4, 16, 1], seed=k) for k in range(3)]
    optimizers = [fm.optim.SGD(0.01), fm.optim.SGD(1e6), fm.optim.SGD(0.01)]
    histories = fm.fit_many(models, x, y, loss="mse", optimizers=optimizers, epochs=40)
    assert [h.stopped_by for h in histories] == ["epochs", "diverged", "epochs"]
    assert "the loss became" in histories[1].advice[0] and len(histories[1].epochs) < 40
    assert all(np.isfinite(model.theta).all() for model in models)
    assert len(histories[0].epochs) == len(histories[2].epochs) == 40


def test_an_exception_ends_all_and_reaches_the_caller(core, rng):
    x, y = classes_data(rng, 400)

    def fails(epoch, logs):
        raise KeyError("mine")

    models = [fm.MLP([6, 32, 3], seed=k) for k in range(4)]
    bad = fm.callbacks.LambdaCallback(fails)
    start = time.monotonic()
    with pytest.raises(KeyError, match="mine"):
        fm.fit_many(models, x, y, loss="cross_entropy", epochs=10**6, num_threads=2,
                    callbacks=[[], [bad], [], []])  # fmt: skip
    assert time.monotonic() - start < 20
    assert sum(m.history is not None for m in models) == 2
    fm.fit_many(models, x, y, loss="cross_entropy", epochs=1)  # all are free again


def test_ctrl_c_stops_all_and_keeps_what_is_done(core, rng):
    x, y = classes_data(rng, 600)
    models = [fm.MLP([6, 32, 3], seed=k) for k in range(4)]
    begun = threading.Event()  # the one that comes after the first
    callbacks = [
        [fm.callbacks.LambdaCallback(lambda epoch, logs: True)],
        [],
        [fm.callbacks.LambdaCallback(lambda epoch, logs: begun.set())],
        [],
    ]

    def press():
        if begun.wait(60):
            signal.raise_signal(signal.SIGINT)

    presser = threading.Thread(target=press)
    presser.start()
    with pytest.raises(KeyboardInterrupt), interruptible():
        fm.fit_many(models, x, y, loss="cross_entropy", epochs=10**7, max_seconds=60,
                    num_threads=2, batch_size=300, callbacks=callbacks)  # fmt: skip
    presser.join()
    reasons = [None if m.history is None else m.history.stopped_by for m in models]
    assert reasons == ["callback", "interrupt", "interrupt", None]
    assert all(np.isfinite(m.theta).all() for m in models)
    fm.fit_many(models, x, y, loss="cross_entropy", epochs=1)


def test_a_long_epoch_ends_too(core, rng):
    """The engine asks while it works, not only after an epoch."""
    x = rng.standard_normal((20000, 64)).astype(np.float32)
    y = rng.integers(0, 5, 20000)
    small, large = fm.MLP([64, 5], seed=0), fm.MLP([64, 512, 512, 512, 5], seed=0)
    before = large.theta.copy()

    def fails(epoch, logs):
        while same_bits(large.theta, before) and time.monotonic() - start < 10:
            time.sleep(0.001)
        raise KeyError("mine")

    start = time.monotonic()
    with pytest.raises(KeyError):
        fm.fit_many([small, large], x, y, loss="cross_entropy", num_threads=2, batch_size=100,
                    epochs=1000, rows=[np.arange(100), None],
                    callbacks=[[fm.callbacks.LambdaCallback(fails)], []])  # fmt: skip
    assert large.history.stopped_by == "interrupt" and not large.history.epochs
    assert 0 < large.steps_trained < 200 and time.monotonic() - start < 10


def test_what_is_finite_depends_on_the_dtype(rng):
    x, y = classes_data(rng, 20, dtype=np.float64)
    x[3, 2] = 1e39
    models = [fm.MLP([6, 3], seed=0, dtype="float64"), fm.MLP([6, 3], seed=0)]
    with pytest.raises(ValueError, match=r"models\[1\]: X must be finite in float32, got 1e\+39"):
        fm.fit_many(models, x, y, loss="cross_entropy", doctor=False)


def _fit(**options):
    x, y = np.eye(8, dtype=np.float32), np.arange(8) % 2
    models = options.pop("models", None) or [fm.MLP([8, 2], seed=k) for k in range(2)]
    before = [m.theta.copy() for m in models if isinstance(m, fm.Sequential)]
    try:
        fm.fit_many(models, x, y, **{"loss": "cross_entropy", "epochs": 1, **options})
    finally:
        for model, theta in zip(models, before, strict=False):
            assert same_bits(model.theta, theta)


ONE = fm.MLP([8, 2], seed=0)
OPTIMIZER, CALLBACK = fm.optim.Adam(), fm.callbacks.EarlyStopping("loss")


@pytest.mark.parametrize(
    ("options", "kind", "message"),
    [
        ({"models": [ONE, ONE]}, ValueError, r"models\[0\] and models\[1\] are one object"),
        ({"models": [ONE, 3]}, TypeError, r"models\[1\] must be a Sequential"),
        ({"epochs": [1]}, ValueError, r"epochs must be one value for all 2 models or a list"),
        ({"epochs": [1, 0]}, ValueError, r"models\[1\]: epochs must be in"),
        ({"optimizers": [OPTIMIZER] * 2}, ValueError, r"optimizers\[0\] and optimizers\[1\]"),
        ({"rows": [[0, 1], [2, 8]]}, ValueError, r"rows\[1\] must be in \[0, 7\], got 8"),
        ({"rows": [-1, 2]}, ValueError, r"rows must be in \[0, 7\], got -1"),
        ({"rows": []}, ValueError, r"rows must be whole numbers"),
        ({"rows": [0.5, 1.0]}, ValueError, r"rows must be whole numbers"),
        ({"validation_rows": [None, [9]]}, ValueError, r"validation_rows\[1\] must be in"),
        ({"callbacks": [CALLBACK]}, TypeError, r"a callback belongs to one net"),
        ({"callbacks": [[CALLBACK], [CALLBACK]]}, ValueError, r"callbacks\[0\] and callbacks\[1\]"),
        ({"sample_weight": [0.0] * 7 + [1.0], "rows": [0, 1]}, ValueError, r"zero for all of rows"),
        ({"num_threads": 0}, ValueError, r"fit_many: num_threads must be in"),
        ({"models": [fm.MLP([8, 2], seed=0), fm.MLP([7, 2], seed=0)]}, ValueError,
         r"fit_many: models\[1\]: X must have shape \(n, 7\)"),
        ({"seeds": -1}, ValueError, r"fit_many: seed must be in"),
    ],
)  # fmt: skip
def test_bad_options_change_nothing(options, kind, message):
    with pytest.raises(kind, match=message):
        _fit(**options)


def test_models_in_use_are_refused_before_anything_runs(rng):
    x, y = classes_data(rng, 20)
    models = [fm.MLP([6, 3], seed=k) for k in range(2)]
    before = models[0].theta.copy()
    with models[1]._exclusive("test"), pytest.raises(fm.BusyError):
        fm.fit_many(models, x, y, loss="cross_entropy", epochs=1)
    assert same_bits(models[0].theta, before)
    fm.fit_many(models, x, y, loss="cross_entropy", epochs=1)
