"""Callbacks: stopping, restoring, averaging, errors in them."""

from __future__ import annotations

from contextlib import nullcontext

import numpy as np
import pytest

import fusedmlp as fm
from fusedmlp.training.callbacks import (
    EMA,
    Callback,
    EarlyStopping,
    LambdaCallback,
    ReduceLROnPlateau,
)
from support import assert_close, ctrl_c, same_bits


def _data(rng, n=120):
    x = rng.standard_normal((n, 5)).astype(np.float32)
    return x, rng.integers(0, 3, n)  # nothing to learn: the validation loss soon rises


class _Keep(Callback):
    """Keeps weights and logs of every epoch."""

    def __init__(self):
        self.thetas, self.logs = [], []

    def on_epoch_end(self, epoch, logs):
        self.thetas.append(self.model.theta.copy())
        self.logs.append(dict(logs))


def _fit(x, y, *callbacks, model=None, **options):
    model = model or fm.MLP([5, 32, 3], seed=0)
    options = {"loss": "cross_entropy", "epochs": 60, "validation_split": 0.3, **options}
    options.setdefault("optimizer", fm.optim.Adam(lr=0.02))
    return model, model.fit(x, y, callbacks=callbacks, **options)


def test_early_stopping_stops_and_restores_the_best(core, rng):
    keep, stop = _Keep(), EarlyStopping(patience=4)
    model, history = _fit(*_data(rng), stop, keep)
    losses = history.history["val_loss"]
    best = int(np.argmin(losses))
    assert history.stopped_by == "callback" and stop.stopped and stop.best == losses[best]
    assert stop.best_epoch == best == history.best_epoch == history.epochs[-1] - 4
    assert same_bits(model.theta, keep.thetas[best])
    assert not same_bits(model.theta, keep.thetas[-1])


def test_early_stopping_can_leave_the_weights(core, rng):
    keep = _Keep()
    model, _ = _fit(*_data(rng), EarlyStopping(patience=4, restore_best=False), keep)
    assert same_bits(model.theta, keep.thetas[-1])


@pytest.mark.parametrize("end", ["epochs", "max_seconds", "interrupt", "error", "diverged"])
def test_the_best_weights_come_back_however_the_fit_ends(core, rng, end):
    x, y = _data(rng)
    keep, stop = _Keep(), EarlyStopping(patience=10**6)
    model = fm.MLP([5, 32, 3], seed=0)
    options, error = {}, None
    if end == "max_seconds":
        options = {"epochs": 10**6, "max_seconds": 0.4}
    elif end == "interrupt":
        options, error = {"epochs": 10**6, "max_seconds": 30}, KeyboardInterrupt
    elif end == "error":
        error = ZeroDivisionError
        keep.on_epoch_begin = lambda epoch, logs: 1 // (30 - epoch)
    elif end == "diverged":
        x, error = x * 1e3, fm.DivergedError
        options = {"loss": "mse", "optimizer": fm.optim.SGD(lr=fm.schedules.step(1e-9, 60, 1e12))}
        y = y[:, None] * np.ones(3)
    if error is None:
        _fit(x, y, stop, keep, model=model, **options)
    else:
        pressing = ctrl_c(0.4) if end == "interrupt" else nullcontext()
        with pytest.raises(error), pressing:
            _fit(x, y, stop, keep, model=model, **options)
    assert model.history.stopped_by == end and not stop.stopped
    losses = model.history.history["val_loss"]
    assert len(losses) > 2 and stop.best_epoch == int(np.argmin(losses))
    assert same_bits(model.theta, keep.thetas[stop.best_epoch])


def test_running_statistics_are_restored_with_the_weights(core):
    """Whatever a model keeps in its buffers."""
    stop, model = EarlyStopping(monitor="loss"), fm.MLP([5, 3], seed=0)
    model.buffers = np.zeros(4, np.float32)  # as if it had a norm layer
    stop.model = model
    stop.on_train_begin({})
    for epoch, loss in enumerate((3.0, 1.0, 2.0)):
        model.buffers[:] = epoch
        stop.on_epoch_end(epoch, {"loss": loss})
    stop.on_train_end({})
    assert model.buffers.tolist() == [1, 1, 1, 1]


def test_any_metric_can_be_watched_and_the_way_is_known(core, rng):
    x, y = _data(rng)
    stop = EarlyStopping(monitor="val_accuracy", patience=5)
    _, history = _fit(x, y, stop, metrics=["accuracy"])
    assert stop.best == max(history.history["val_accuracy"])

    def distance(target, prediction):
        return float(np.mean(target))

    with pytest.raises(ValueError, match="mode='min' or mode='max'"):
        EarlyStopping(monitor="val_distance")
    _fit(x, y, EarlyStopping(monitor="val_distance", mode="max"), metrics=[distance], epochs=2)
    with pytest.raises(ValueError, match="needs validation_data or validation_split"):
        _fit(x, y, EarlyStopping(), validation_split=0.0)
    with pytest.raises(ValueError, match=r"monitor must be one of loss, lr.*got 'accuracy'"):
        _fit(x, y, EarlyStopping("accuracy"))
    for bad in ({"patience": -1}, {"min_delta": -1.0}, {"mode": "up"}):
        with pytest.raises(ValueError, match=next(iter(bad))):
            EarlyStopping(**bad)


def _feed(callback, losses):
    """Call on_epoch_end with these losses; the epochs after which it asks to stop."""
    callback.model, callback.optimizer = fm.MLP([1, 1], seed=0), fm.optim.SGD(lr=1.0)
    callback.on_train_begin({})
    rates, stops = [], []
    for epoch, loss in enumerate(losses):
        if callback.on_epoch_end(epoch, {"loss": loss}):
            stops.append(epoch)
        rates.append(callback.optimizer.lr)
    return stops, rates


def test_patience_and_min_delta_count_as_in_keras():
    assert _feed(EarlyStopping("loss", patience=2), [5, 4, 4, 4, 3])[0] == [3]
    assert _feed(EarlyStopping("loss", patience=0), [5, 4, 3, 3])[0] == [3]
    assert _feed(EarlyStopping("loss", patience=2, min_delta=1.0), [5, 4.5, 3.9, 3.5, 3])[0] == [4]
    assert _feed(EarlyStopping("loss", patience=1), [2.0, float("nan"), 0.5])[0] == [1]


def test_reduce_lr_on_plateau_by_hand():
    slow = ReduceLROnPlateau("loss", factor=0.5, patience=2, min_lr=0.2)
    assert _feed(slow, [5, 5, 5, 5, 5, 5, 5, 5])[1] == [1, 1, 0.5, 0.5, 0.25, 0.25, 0.2, 0.2]
    cooling = ReduceLROnPlateau("loss", factor=0.5, patience=1, cooldown=2)
    assert _feed(cooling, [5, 5, 5, 5, 5, 5])[1] == [1, 0.5, 0.5, 0.25, 0.25, 0.125]
    falling = ReduceLROnPlateau("loss", factor=0.5, patience=1)
    assert _feed(falling, [5, 4, 3, 2])[1] == [1, 1, 1, 1]


def test_reduce_lr_on_plateau_acts_on_the_fit(core, rng):
    _, history = _fit(*_data(rng), ReduceLROnPlateau(patience=2, factor=0.5), epochs=30)
    rates = history.history["lr"]
    assert rates[0] == 0.02 and rates[-1] < 0.02 and rates == sorted(rates, reverse=True)
    schedule = fm.optim.SGD(lr=fm.schedules.constant(0.1))
    with pytest.raises(TypeError, match="lr must be a number, got the schedule"):
        _fit(*_data(rng), ReduceLROnPlateau(), optimizer=schedule)


@pytest.mark.parametrize("warmup", [True, False])
def test_ema_is_the_average_over_the_steps(core, dtype, rng, warmup):
    x, y = _data(rng, 40)
    model = fm.MLP([5, 8, 3], seed=0, dtype=dtype)
    other = model.copy()
    model.fit(x, y, loss="cross_entropy", epochs=3, batch_size=16, shuffle=False,
              callbacks=[EMA(0.9, warmup=warmup)])  # fmt: skip
    adam, average = fm.optim.Adam(), other.theta.astype(np.float64)
    step = 0
    for _ in range(3):
        for i in range(0, 40, 16):
            other.train_batch(x[i : i + 16], y[i : i + 16], loss="cross_entropy", optimizer=adam)
            d = min(0.9, (1 + step) / (10 + step)) if warmup else 0.9
            average += (1 - d) * (other.theta - average)
            step += 1
    assert_close(model.theta, average, dtype, k=20)


def test_ema_is_what_is_measured_seen_and_kept_and_training_goes_on_without(core, rng):
    x, y = _data(rng)
    seen, plain, keep = _Keep(), _Keep(), EarlyStopping(patience=10**6)
    model, history = _fit(x, y, keep, EMA(0.99), seen, epochs=8, validation_split=0.0,
                          validation_data=(x[:50], y[:50]))  # fmt: skip
    _, without = _fit(x, y, plain, epochs=8, validation_split=0.0,
                          validation_data=(x[:50], y[:50]))  # fmt: skip
    assert history.history["loss"] == without.history["loss"]
    assert history.history["val_loss"] != without.history["val_loss"]
    assert not same_bits(seen.thetas[3], plain.thetas[3])
    assert same_bits(model.theta, seen.thetas[keep.best_epoch])
    loss = model.evaluate(x[:50], y[:50], loss="cross_entropy")["loss"]
    assert loss == pytest.approx(min(history.history["val_loss"]), rel=1e-12)


def test_ema_after_ctrl_c_and_divergence_is_still_the_average(core, rng):
    x, y = _data(rng, 2000)
    model, average = fm.MLP([5, 64, 3], seed=0), EMA(1 - 1e-9, warmup=False)
    first = model.theta.copy()
    with pytest.raises(KeyboardInterrupt), ctrl_c():
        _fit(x, y, average, model=model, epochs=10**6, max_seconds=30,
             optimizer=fm.optim.Adam(lr=0.1))  # fmt: skip
    # So long an average has hardly moved; Adam at 0.1 has gone far.
    assert average.steps > 20 and np.abs(model.theta - first).max() < 1e-3
    keep = _Keep()
    with pytest.raises(fm.DivergedError):
        _fit(x * 1e3, y[:, None] * np.ones(3), EMA(0.5), keep, loss="mse", model=model,
             optimizer=fm.optim.SGD(lr=fm.schedules.step(1e-9, 150, 1e12)))  # fmt: skip
    assert len(keep.thetas) > 1 and same_bits(model.theta, keep.thetas[-1])


def test_one_ema_at_most_and_a_decay_in_range(core, rng):
    with pytest.raises(ValueError, match="at most one EMA"):
        _fit(*_data(rng), EMA(0.9), EMA(0.99))
    with pytest.raises(ValueError, match=r"decay must be in \[0, 1\)"):
        EMA(1.0)


def test_same_bits_with_ema_for_any_number_of_threads(core, rng):
    x, y = _data(rng, 300)
    found = set()
    for threads in (1, 2, 3, 2):
        model = fm.MLP([5, 200, 200, 3], seed=0)
        _fit(x, y, EMA(0.9), model=model, epochs=2, batch_size=128, num_threads=threads)
        found.add(model.theta.tobytes())
    assert len(found) == 1


def test_an_exception_passes_through_and_every_callback_hears_the_end(core, rng):
    told = []
    log = LambdaCallback(on_train_end=lambda logs: told.append("end"))

    def broken(epoch, logs):
        raise KeyError("mine")

    model = fm.MLP([5, 32, 3], seed=0)
    for name in ("on_epoch_end", "on_epoch_begin"):
        with pytest.raises(KeyError, match="mine"):
            _fit(*_data(rng), log, LambdaCallback(**{name: broken}), model=model)
        assert model.history.stopped_by == "error"
    assert told == ["end", "end"]
    with pytest.raises(KeyError, match="mine"):
        _fit(*_data(rng), LambdaCallback(on_train_end=lambda logs: broken(0, logs)), model=model)
    _fit(*_data(rng), model=model, epochs=1)


def test_callbacks_know_model_and_optimizer(core, rng):
    seen = []
    log, adam = LambdaCallback(), fm.optim.Adam()
    log.on_epoch_end = lambda epoch, logs: seen.append((log.model, log.optimizer)) and None
    model, _ = _fit(*_data(rng), log, optimizer=adam, epochs=1)
    assert seen[0][0] is model and seen[0][1] is adam
