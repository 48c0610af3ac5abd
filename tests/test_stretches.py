"""Short epochs that nobody looks at, in stretches: with the bits and records of single ones."""

from __future__ import annotations

import time

import numpy as np
import pytest

import fusedmlp as fm
from fusedmlp.training.run import Run
from support import classes_data, same_bits


@pytest.fixture
def stretches(monkeypatch):
    """The lengths of all stretches; epochs count as so short that they would not end before 9."""
    lengths, real = [], Run._stretch

    def noted(self):
        if np.isfinite(self._seconds):
            self._seconds = 0.02 / 9.5
        lengths.append(real(self))
        return lengths[-1]

    monkeypatch.setattr(Run, "_stretch", noted)
    return lengths


def look():
    return [fm.callbacks.LambdaCallback(lambda epoch, logs: None)]


FITS = {
    "plain": ({}, {}),
    "seed": ({"dropout": 0.3}, {"seed": 5}),
    "dropout": (
        {"dropout": 0.3},
        {"dropout_scale": fm.schedules.flat_cosine(1.0, 80), "clip_grad_norm": 0.1},
    ),
    "batch norm": ({"norm": "batch"}, {"shuffle": False}),
}


@pytest.mark.parametrize("name", FITS)
def test_they_have_the_bits_and_records_of_single_epochs(core, rng, stretches, name):
    x, y = classes_data(rng, 90)
    layers, options = FITS[name]
    found = []
    for callbacks in ([], look()):
        model = fm.MLP([6, 24, 3], seed=0, **layers)
        rate = fm.schedules.cosine(0.01, steps=100)
        optimizer = fm.optim.Adam(rate, weight_decay=1e-4)
        for epochs in (23, 2):  # the second fit goes on
            history = model.fit(x, y, loss="cross_entropy", epochs=epochs, optimizer=optimizer,
                                callbacks=callbacks, progress=False, **options)  # fmt: skip
            found.append((model.theta.copy(), model.buffers.copy(), history, optimizer.step_count,
                          (model.epochs_trained, model.steps_trained)))  # fmt: skip
    assert stretches == [1, 9, 9, 4, 1, 1] + 25 * [1]
    for ours, theirs in zip(found[:2], found[2:], strict=True):
        assert same_bits(ours[0], theirs[0]) and same_bits(ours[1], theirs[1])
        assert ours[2].epochs == theirs[2].epochs and ours[3:] == theirs[3:]
        for column in set(ours[2].history) - {"seconds"}:
            assert ours[2].history[column] == theirs[2].history[column], column
        assert sum(ours[2].history["seconds"]) <= ours[2].seconds


def test_divergence_within_one_goes_back_to_the_last_good_epoch(core, rng, stretches):
    x, y = rng.standard_normal((64, 4)), rng.standard_normal((64, 1))

    def rate(step):
        return np.where(np.asarray(step) >= 2 * 13, 1e30, 0.01)

    good, model = (fm.MLP([4, 16, 1], seed=0) for _ in range(2))
    options = {"loss": "mse", "batch_size": 32, "progress": False}
    good.fit(x, y, optimizer=fm.optim.SGD(rate), epochs=13, **options)
    with pytest.raises(fm.DivergedError) as caught:
        model.fit(x, y, optimizer=fm.optim.SGD(rate), epochs=30, **options)
    assert caught.value.epoch == 13 and model.history.epochs == list(range(13))
    assert same_bits(good.theta, model.theta) and model.epochs_trained == 13
    assert 9 in stretches


def test_an_error_within_one_is_that_of_its_epoch(core, rng, stretches):
    x, y = classes_data(rng, 60)
    calls = []

    def fails(grad):
        calls.append(1)
        if len(calls) == 2 * 12 + 1:
            raise ZeroDivisionError("mine")

    model = fm.MLP([6, 9, 3], seed=0)
    with pytest.raises(ZeroDivisionError):
        model.fit(x, y, loss="cross_entropy", epochs=40, on_gradient=fails, progress=False)
    assert model.history.epochs == list(range(12)) and model.steps_trained == 24
    assert model.epochs_trained == 12 and len(calls) == 25


@pytest.mark.parametrize(
    "option",
    [
        {"validation_split": 0.2},
        {"metrics": ["accuracy"]},
        {"callbacks": look()},
        {"progress": True},
    ],
    ids=lambda option: next(iter(option)),
)
def test_what_looks_at_epochs_sees_each(rng, stretches, option):
    x, y = classes_data(rng, 60)
    model = fm.MLP([6, 9, 3], seed=0)
    model.fit(x, y, loss="cross_entropy", epochs=12, **{"progress": False, **option})
    assert stretches == 12 * [1]


def test_a_large_model_is_examined_between_its_epochs(rng, stretches):
    x, y = classes_data(rng, 60)
    model = fm.MLP([6, 256, 256, 3], seed=0)
    model.fit(x, y, loss="cross_entropy", epochs=3, progress=False)
    assert stretches == [1, 1, 1]
    model.fit(x, y, loss="cross_entropy", epochs=3, progress=False, doctor=False)
    assert stretches[3:] == [1, 2]


def test_the_time_of_one_counts_for_the_whole_fit(core, rng, stretches):
    x, y = classes_data(rng, 60)
    model = fm.MLP([6, 9, 3], seed=0)
    history = model.fit(x, y, loss="cross_entropy", epochs=40, max_seconds=0.5, progress=False,
                        on_gradient=lambda grad: time.sleep(0.05))  # fmt: skip
    # 2 steps an epoch: the time is over in the sixth, within the first stretch of nine.
    assert history.stopped_by == "max_seconds" and len(history.epochs) <= 6
    assert stretches[:2] == [1, 9]
