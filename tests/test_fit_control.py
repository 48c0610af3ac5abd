"""How a fit runs: validation, custom losses, clipping, callbacks, interruptions, bad input."""

from __future__ import annotations

import threading
import time

import numpy as np
import pytest

import fusedmlp as fm
from fusedmlp import functional as F
from support import assert_close, classes_data, ctrl_c, same_bits


def test_validation_split_is_seeded_and_stratified(core, rng):
    x, y = classes_data(rng, 400)
    histories = []
    for _ in range(2):
        model = fm.MLP([6, 8, 3], seed=0)
        histories.append(model.fit(x, y, loss="cross_entropy", epochs=2, validation_split=0.25,
                                   metrics=["accuracy"]))  # fmt: skip
    assert histories[0].history["val_loss"] == histories[1].history["val_loss"]
    assert set(histories[0].history) == {
        "loss", "lr", "seconds", "accuracy", "val_loss", "val_accuracy"}  # fmt: skip
    train, held = fm.training.split.split_rows(400, 0.25, np.random.default_rng(0), y)
    assert len(held) == 100 and not set(train) & set(held) and len(train) == 300
    share = np.bincount(y[held], minlength=3) / np.bincount(y, minlength=3)
    assert np.abs(share - 0.25).max() < 0.02


def test_validation_data_and_evaluate_agree(core, rng):
    x, y = classes_data(rng, 200)
    model = fm.MLP([6, 8, 3], seed=0)
    history = model.fit(x[:150], y[:150], loss="cross_entropy", epochs=2,
                        validation_data=(x[150:], y[150:]), metrics=["accuracy"])  # fmt: skip
    found = model.evaluate(x[150:], y[150:], loss="cross_entropy", metrics=["accuracy"])
    assert found["loss"] == pytest.approx(history.history["val_loss"][-1], rel=1e-12)
    assert found["accuracy"] == history.history["val_accuracy"][-1]
    small = model.evaluate(x[150:], y[150:], loss="cross_entropy", batch_size=7)
    assert small["loss"] == pytest.approx(found["loss"], rel=1e-6)
    assert found["loss"] == pytest.approx(
        F.cross_entropy(model.predict(x[150:]), y[150:]), rel=1e-6
    )


def test_a_custom_loss_is_called_once_per_batch(core, dtype, rng):
    x = rng.standard_normal((10, 4)).astype(dtype)
    y = rng.standard_normal((10, 2)).astype(dtype)
    calls = []

    def loss(pred, target, sample_weight):
        calls.append((pred.shape, target.shape, sample_weight))
        return F.mse_value_and_grad(pred, target)

    a, b = fm.MLP([4, 8, 2], seed=0, dtype=dtype), fm.MLP([4, 8, 2], seed=0, dtype=dtype)
    ha = a.fit(x, y, loss=loss, epochs=2, batch_size=4, num_threads=2)
    hb = b.fit(x, y, loss="mse", epochs=2, batch_size=4)
    assert_close(a.theta, b.theta, dtype, k=4)
    assert_close(ha.history["loss"], hb.history["loss"], dtype, k=4)
    assert [c[0] for c in calls[:3]] == [(4, 2), (4, 2), (2, 2)] and calls[0][2] is None

    def broken(pred, target, sample_weight):
        raise ZeroDivisionError("mine")

    before = a.theta.copy()
    with pytest.raises(ZeroDivisionError, match="mine"):
        a.fit(x, y, loss=broken)
    assert same_bits(a.theta, before)
    with pytest.raises(TypeError, match=r"must return \(value, dpred\)"):
        a.fit(x, y, loss=lambda p, t, w: 1.0)
    with pytest.raises(ValueError, match=r"dpred of shape \(10, 2\)"):
        a.fit(x, y, loss=lambda p, t, w: (1.0, p[:, :1]))
    assert same_bits(a.theta, before)
    a.fit(x, y, loss="mse", epochs=1)


def test_clipping_by_norm_and_value(core, rng):
    x, y = classes_data(rng, 32)
    for option, limit in (("clip_grad_norm", 0.01), ("clip_grad_value", 0.001)):
        model = fm.MLP([6, 3], seed=0)
        before = model.theta.copy()
        history = model.fit(x, y, loss="cross_entropy", optimizer=fm.optim.SGD(lr=1.0), epochs=1,
                            **{option: limit})  # fmt: skip
        step = before - model.theta
        if option == "clip_grad_norm":
            assert np.linalg.norm(step) == pytest.approx(limit, rel=1e-3)
            assert history.history["gradient_norm"][0] > limit
        else:
            assert np.abs(step).max() == pytest.approx(limit, rel=1e-3)


def test_a_schedule_is_followed_and_recorded(core, rng):
    x, y = classes_data(rng, 64)
    schedule = fm.schedules.exponential(0.1, 0.5)
    history = fm.MLP([6, 3], seed=0).fit(x, y, loss="cross_entropy", epochs=3,
                                         optimizer=fm.optim.SGD(lr=schedule))  # fmt: skip
    assert history.history["lr"] == pytest.approx([schedule(1), schedule(3), schedule(5)])


def test_callbacks_are_told_and_may_stop(core, rng):
    x, y = classes_data(rng, 40)
    told = []
    log = fm.callbacks.LambdaCallback(
        lambda epoch, logs: told.append(epoch) or epoch == 1,
        on_train_begin=lambda logs: told.append("begin"),
        on_train_end=lambda logs: told.append("end"),
    )
    model = fm.MLP([6, 3], seed=0)
    history = model.fit(x, y, loss="cross_entropy", epochs=9, callbacks=[log])
    assert told == ["begin", 0, 1, "end"] and history.stopped_by == "callback"
    assert history.epochs == [0, 1] and model.history is history

    def fails(epoch, logs):
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        model.fit(x, y, loss="cross_entropy", callbacks=[fm.callbacks.LambdaCallback(fails)])
    model.fit(x, y, loss="cross_entropy", epochs=1)


def test_max_seconds_stops_in_time(core, rng):
    x, y = classes_data(rng, 2000)
    start = time.perf_counter()
    history = fm.MLP([6, 64, 3], seed=0).fit(x, y, loss="cross_entropy", epochs=10**6,
                                             max_seconds=0.3)  # fmt: skip
    assert history.stopped_by == "max_seconds" and time.perf_counter() - start < 5


def test_ctrl_c_ends_the_fit_and_keeps_the_model(core, rng):
    x, y = classes_data(rng, 2000)
    model = fm.MLP([6, 32, 3], seed=0)
    with pytest.raises(KeyboardInterrupt), ctrl_c():
        model.fit(x, y, loss="cross_entropy", epochs=10**7, max_seconds=30)
    assert model.history.stopped_by == "interrupt" and np.isfinite(model.theta).all()
    model.fit(x, y, loss="cross_entropy", epochs=1)


def test_divergence_rolls_back_to_the_last_good_epoch(core, rng):
    x, y = rng.standard_normal((64, 4)), rng.standard_normal((64, 1))
    model = fm.MLP([4, 16, 1], seed=0)
    kept = []
    keep = fm.callbacks.LambdaCallback(lambda e, logs: kept.append(model.theta.copy()) and None)
    with pytest.raises(fm.DivergedError, match="smaller learning rate") as caught:
        model.fit(x, y, loss="mse", optimizer=fm.optim.SGD(lr=50.0), epochs=200, callbacks=[keep])
    error = caught.value
    assert not np.isfinite(error.loss) and error.history.stopped_by == "diverged"
    assert len(error.history.epochs) == len(kept) == error.epoch
    if kept:
        assert same_bits(model.theta, kept[-1])
    assert np.isfinite(model.theta).all()


def test_one_fit_at_a_time(core, rng):
    x, y = classes_data(rng, 2000)
    model = fm.MLP([6, 32, 3], seed=0)
    started, refused = threading.Event(), threading.Event()
    watch = fm.callbacks.LambdaCallback(
        lambda epoch, logs: refused.is_set(), on_train_begin=lambda logs: started.set()
    )
    options = {"loss": "cross_entropy", "max_seconds": 30, "callbacks": [watch]}
    other = threading.Thread(target=lambda: model.fit(x, y, epochs=9**9, **options))
    other.start()
    started.wait()
    with pytest.raises(fm.BusyError, match="another thread"):
        model.fit(x, y, loss="cross_entropy")
    refused.set()
    other.join()


def test_train_batch_steps_and_keeps_a_named_optimizer(core, rng):
    x, y = classes_data(rng, 16)
    a, b = fm.MLP([6, 3], seed=0), fm.MLP([6, 3], seed=0)
    adam = fm.optim.Adam()
    for _ in range(3):
        la = a.train_batch(x, y, loss="cross_entropy", optimizer="adam")
        lb = b.train_batch(x, y, loss="cross_entropy", optimizer=adam)
        assert la == lb
    assert same_bits(a.theta, b.theta) and adam.step_count == 3


BAD_FITS = [
    ({"X": np.zeros((0, 6))}, ValueError, "at least one row"),
    ({"y": np.zeros(7, int)}, ValueError, "8 rows|shape"),
    ({"y": np.full(8, 3)}, ValueError, r"class indices in \[0, 2\], got 3 at row 0"),
    ({"y": np.full(8, -1)}, ValueError, "class indices"),
    ({"y": np.zeros(8)}, ValueError, "integer class indices"),
    ({"X": np.full((8, 6), np.nan)}, ValueError, "X must be finite.*row 0, column 0"),
    ({"X": np.full((8, 6), 1e39)}, ValueError, "X must be finite in float32"),
    ({"loss": "mse", "y": np.full((8, 3), np.inf)}, ValueError, "y must be finite"),
    ({"loss": "mae_"}, ValueError, "loss must be one of"),
    ({"loss": 3}, TypeError, "loss must be a name"),
    ({"optimizer": "adaam"}, ValueError, "optimizer must be one of"),
    ({"optimizer": fm.optim.Adam}, TypeError, r"write Adam\(\)"),
    ({"epochs": 0}, ValueError, "epochs must be in"),
    ({"epochs": 2.0}, TypeError, "epochs must be an integer"),
    ({"batch_size": True}, TypeError, "batch_size must be an integer"),
    ({"sample_weight": np.zeros(8)}, ValueError, "all zero"),
    ({"sample_weight": -np.ones(8)}, ValueError, "not be negative"),
    ({"sample_weight": np.full(8, np.nan)}, ValueError, "finite"),
    ({"class_weight": "even"}, ValueError, "balanced"),
    ({"class_weight": {5: 1.0}}, ValueError, "key 5"),
    ({"validation_split": 1.0}, ValueError, "validation_split must be in"),
    ({"validation_data": 3}, TypeError, "validation_data must be a tuple"),
    ({"validation_data": (np.zeros((2, 5)), [0, 1])}, ValueError, "validation_data: X must have"),
    ({"clip_grad_norm": 0.0}, ValueError, "clip_grad_norm must be in"),
    ({"clip_grad_norm": 1.0, "clip_grad_value": 1.0}, ValueError, "exclude each other"),
    ({"metrics": ["accurracy"]}, ValueError, "accuracy"),
    ({"callbacks": [print]}, TypeError, "fm.callbacks.Callback"),
    ({"progress": "yes"}, TypeError, "progress must be True or False"),
    ({"seed": -1}, ValueError, "seed must be in"),
    ({"num_threads": 0}, ValueError, "num_threads must be in"),
]


@pytest.mark.parametrize(("change", "error", "message"), BAD_FITS, ids=lambda v: str(v)[:40])
def test_bad_input_leaves_the_model_unchanged(change, error, message, rng):
    x, y = classes_data(rng, 8)
    model = fm.MLP([6, 3], seed=0)
    before = model.theta.copy()
    arguments = {"X": x, "y": y, "loss": "cross_entropy", **change}
    with pytest.raises(error, match=message):
        model.fit(arguments.pop("X"), arguments.pop("y"), **arguments)
    assert same_bits(model.theta, before) and model.epochs_trained == 0


def test_progress_is_shown_when_asked(core, rng, capsys):
    x, y = classes_data(rng, 8)
    fm.MLP([6, 3], seed=0).fit(x, y, loss="cross_entropy", epochs=2, progress=True)
    assert "epoch 2/2  loss " in capsys.readouterr().err
    fm.MLP([6, 3], seed=0).fit(x, y, loss="cross_entropy", epochs=2)
    assert capsys.readouterr().err == ""
