"""The doctor: advice where something is wrong, silence where nothing is, and no cost."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

import fusedmlp as fm
from support import same_bits


def _data(rng, n=300, features=8):
    x = rng.standard_normal((n, features)).astype(np.float32)
    return x, (x[:, :3]).argmax(axis=1)


def _advice(x, y, model=None, **options):
    model = model or fm.MLP([x.shape[1], 32, 3], seed=0)
    history = model.fit(x, y, **{"loss": "cross_entropy", "epochs": 10, **options})
    return history.advice


def test_a_healthy_fit_gets_no_advice(core, rng):
    assert _advice(*_data(rng)) == []
    x, y = fm.datasets.load_digits()
    model = fm.MLP([64, 32, 10], seed=0)
    assert _advice(x / 16, y, model, validation_split=0.2) == []


@pytest.mark.parametrize(
    ("scale", "said"),
    [
        (np.full(8, 100.0), "inputs are large"),
        (np.full(8, 1e-4), "inputs hardly vary"),
        (np.array([5, 1e-3, 1e-3, 1e-3, 1e-3, 1e-3, 1e-3, 1e-3]), "vary unlike each other"),
    ],
)
def test_unscaled_inputs(core, rng, scale, said):
    x, y = _data(rng)
    (line,) = [a for a in _advice(x * scale, y) if a.startswith(("The inputs", "The columns"))]
    assert said in line and "X.std(axis=0)" in line


@pytest.mark.parametrize("activation", ["relu", "tanh", "sigmoid", "relu6", "hardtanh"])
def test_dead_units(core, rng, activation):
    x, y = _data(rng)
    model = fm.MLP([8, 32, 3], activation, seed=0)
    model.parameters()["0.bias"][:20] = -100
    (line,) = _advice(x, y, model)
    assert line.startswith(f"20 of the 32 units of layers[0] Dense(32, {activation})")


def test_dead_units_of_a_deeper_and_larger_model(core, rng, monkeypatch):
    monkeypatch.setattr(fm.training.doctor, "_SHARE", 1e9)  # time enough, whatever the machine does
    x, y = _data(rng)
    model = fm.Sequential([fm.Dense(300), fm.Activation("relu"), fm.Dense(400, "relu"),
                           fm.Dense(3)], in_features=8, seed=0)  # fmt: skip
    model.parameters()["2.bias"][:] = -100
    (line,) = _advice(x, y, model, epochs=2)
    assert line.startswith("400 of the 400 units of layers[2]")


def test_steps_too_large_and_too_small(core, rng):
    x, y = _data(rng)
    model = fm.MLP([8, 32, 3], "gelu", seed=0)
    lines = _advice(x, y, model, optimizer=fm.optim.Adam(lr=50.0))
    assert any("smaller learning rate or clip_grad_norm" in line for line in lines)
    (line,) = _advice(x, y, optimizer=fm.optim.SGD(lr=1e-8))
    assert "larger learning rate" in line


def test_vanishing_gradients(core, rng):
    x, y = _data(rng)
    model = fm.MLP([8, *[16] * 8, 3], "sigmoid", seed=0)
    lines = _advice(x, y, model, optimizer=fm.optim.SGD(lr=1.0), epochs=3)
    assert any("gradients vanish" in line for line in lines)


def test_a_validation_gap_unless_the_best_weights_are_restored(core, rng):
    x, _ = _data(rng, 80)
    y = rng.integers(0, 3, 80)
    options = {"optimizer": fm.optim.Adam(lr=0.02), "epochs": 60, "validation_split": 0.3}
    (line,) = _advice(x, y, **options)
    assert "the model overfits" in line and "EarlyStopping" in line
    stop = fm.callbacks.EarlyStopping(patience=100)
    assert _advice(x, y, callbacks=[stop], **options) == []


def test_one_argument_switches_it_off(core, rng):
    x, y = _data(rng)
    assert _advice(100 * x, y) and _advice(100 * x, y, doctor=False) == []
    with pytest.raises(TypeError, match="doctor must be True or False"):
        _advice(x, y, doctor="no")


def test_it_never_changes_the_result(core, rng):
    x, y = _data(rng)
    for sizes in ([8, 32, 3], [8, 300, 300, 3]):
        with_it, without = fm.MLP(sizes, seed=0), fm.MLP(sizes, seed=0)
        for model, doctor in ((with_it, True), (without, False)):
            model.fit(x, y, loss="cross_entropy", epochs=4, doctor=doctor,
                      callbacks=[fm.callbacks.EMA(0.9)])  # fmt: skip
        assert with_it.history.advice is not None
        assert same_bits(with_it.theta, without.theta)


def test_it_keeps_to_its_share_of_the_time():
    doctor = fm.training.doctor.Doctor(np.zeros((20, 8), np.float32))
    doctor._cost, looks = 1e-3, []
    for epoch in range(10000):
        if doctor.due(epoch, 10**6, elapsed=1e-2 * epoch):  # 10 ms an epoch
            looks.append(epoch)
            doctor._spent += doctor._cost
    assert looks == [31, 63, 127, 255, 511, 1023, 2047, 4095, 8191]
    assert doctor._spent < 0.01 * 1e-2 * 1024
    # A small model is looked at when the fit ends.
    assert not any(doctor.due(epoch, 100, elapsed=1e9) for epoch in range(100))


def test_at_most_four_lines(core, rng):
    x = 1e4 * rng.standard_normal((100, 8))
    model = fm.MLP([8, 32, 32, 3], seed=0)
    assert 1 <= len(_advice(x, rng.integers(0, 3, 100), model, validation_split=0.3,
                            optimizer=fm.optim.Adam(lr=1.0), epochs=30)) <= 4  # fmt: skip


def test_nothing_that_is_pickled_holds_data(core, rng):
    x = rng.standard_normal((300, 8)).astype(np.float32) + np.float32(1234.5)
    y = (x[:, 0] > 1234.5).astype(np.int64)
    model = fm.MLP([8, 16, 2], seed=0)
    history = model.fit(x, y, loss="cross_entropy", epochs=3, validation_split=0.2)
    model.train_batch(x, y, loss="cross_entropy", optimizer="adam")
    assert history.advice  # the inputs are large
    for thing in (model, history, model.copy()):
        content = pickle.dumps(thing)
        assert all(row.tobytes() not in content for row in x)
    assert pickle.loads(pickle.dumps(history)).advice == history.advice


def test_targets_out_of_reach_are_named_and_no_larger_step_is_advised(rng):
    x = rng.standard_normal((200, 4)).astype(np.float32)
    y = (-5 - x[:, :1] ** 2).astype(np.float32)
    model = fm.MLP([4, 8, 1], output_activation="relu", seed=0)
    advice = model.fit(x, y, loss="mse", epochs=10).advice
    assert any("cannot reach the targets: relu gives nothing below 0" in line for line in advice)
    assert not any("larger learning rate" in line for line in advice)
