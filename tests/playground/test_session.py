"""What messages do, and what frames show."""

from __future__ import annotations

import json
import struct
import time
from contextlib import suppress

import numpy as np
import pytest

import fusedmlp as fm
from fusedmlp.playground.chain_rule import trace
from fusedmlp.playground.datasets import DATASETS, make
from fusedmlp.playground.orders import Beginning
from fusedmlp.playground.probe import Probe
from fusedmlp.playground.problem import problem_of
from fusedmlp.playground.settings import Settings
from fusedmlp.playground.sheet import sheet_of
from fusedmlp.playground.trainer import Trainer

from .conftest import Tab, until


def frames(tab):
    found = []
    for content in list(tab.sent):
        if isinstance(content, bytes):
            size = struct.unpack("<I", content[:4])[0]
            found.append(json.loads(content[4 : 4 + size]))
    return found


@pytest.mark.parametrize("name", DATASETS)
def test_every_data_set_is_learned(name):
    settings = Settings(dataset=name, noise=0.02, hidden=(16, 16), learning_rate=0.02)
    trainer = Trainer(settings, problem_of(settings, None))
    before = trainer.model.evaluate(trainer.X, trainer.y, loss=trainer.loss)["loss"]
    trainer.run(150)
    after = trainer.model.evaluate(trainer.X, trainer.y, loss=trainer.loss)["loss"]
    assert after < 0.4 * before
    points, y = make(name, 100, 0.0, 1)
    assert points.shape == (100, 2) and len(y) == 100 and np.abs(points).max() <= 3


def test_play_sends_frames_only_when_asked(tab):
    tab.do("configure", changes={"speed": 0, "batch_size": 350})
    tab.do("play")
    until(lambda: len(frames(tab)) == 1)
    until(lambda: tab.trainer.epoch > 50)
    time.sleep(0.2)
    assert len(frames(tab)) == 1, "the first one is not drawn yet"
    tab.do("seen")
    until(lambda: len(frames(tab)) == 2)
    assert tab.do("pause") == {"type": "playing", "playing": False}
    epoch = tab.trainer.epoch
    time.sleep(0.1)
    assert tab.trainer.epoch == epoch > frames(tab)[0]["epoch"]


def test_at_most_thirty_frames_a_second(tab):
    tab.do("configure", changes={"speed": 0})
    tab.do("play")
    start = time.perf_counter()
    while time.perf_counter() - start < 1:
        tab.do("seen")
        time.sleep(0.002)
    assert 1 <= len(frames(tab)) <= 31


def test_training_settings_go_on_and_others_begin_anew(tab):
    tab.do("step_epoch")
    tab.do("step_batch")
    assert (tab.trainer.epoch, tab.trainer.batch) == (1, 1)
    tab.do("configure", changes={"learning_rate": 0.5})
    assert (tab.trainer.epoch, tab.trainer.optimizer.lr) == (1, 0.5)
    state = tab.do("configure", changes={"hidden": [3]})
    assert tab.trainer.epoch == 0 and [c["units"] for c in state["columns"]] == [3, 1]
    assert state["settings"]["activations"] == ("tanh",)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"hidden": [0]}, r"hidden\[0\] must be in \[1, 32\]"),
        ({"colour": 1}, "there is no 'colour'"),
        ({"dataset": "drawn"}, "draw at least 4 points"),
        ({"dataset": "table"}, "there is no table yet"),
        ({"network": "given"}, "no model was given"),
        ({"learning_rate": "fast"}, "learning_rate must be a number"),
        ({"activations": ["relu"]}, "activations must name one for each of the 2"),
        ({"features": ["x1", "x1"]}, "each input once"),
    ],
)
def test_a_wrong_setting_changes_nothing(tab, changes, message):
    before = tab.trainer
    with pytest.raises((ValueError, TypeError), match=message):
        tab.do("configure", changes=changes)
    assert tab.trainer is before and tab.do("step_epoch")


def test_edit(tab):
    tab.do("edit", layer=1, row=2, column=3, value=1.5)
    tab.do("edit", layer=2, row=None, column=0, value=-1)
    assert tab.trainer.model.parameters()["1.weight"][2, 3] == 1.5
    assert tab.trainer.model.parameters()["2.bias"][0] == -1
    for wrong in ({"layer": 9}, {"row": 99}, {"column": 99}):
        with pytest.raises(ValueError, match="edit:"):
            tab.do("edit", **{"layer": 0, "row": 0, "column": 0, "value": 0, **wrong})


def test_racers_begin_alike_and_differ(tab):
    tab.do("configure", changes={"speed": 0, "samples": 100})
    entries = [{"optimizer": "sgd"}, {"activation": "sigmoid"}, {"learning_rate": 100.0}]
    state = tab.do("race", entries=entries)
    assert len(state["lanes"]) == 3
    lanes = tab.session.lab.contest.lanes
    assert all((lane.trainer.model.theta == lanes[0].trainer.model.theta).all() for lane in lanes)
    tab.do("play")
    until(lambda: lanes[0].trainer.epoch > 3)
    tab.do("pause")
    assert len({lane.trainer.epoch for lane in lanes if not lane.stopped}) == 1
    tab.do("seen")
    until(lambda: "lanes" in frames(tab)[-1])
    assert tab.do("end_race")["lanes"] == [] and tab.trainer.epoch == 0


def test_a_race_and_changes_of_settings(tab):
    for _ in range(3):
        tab.do("step_epoch")
        tab.do("seen")
        until(lambda: frames(tab)[-1]["epoch"] == tab.trainer.epoch)
    raced = tab.do("race", entries=[{}, {"optimizer": "sgd"}])
    tab.do("play")
    state = tab.do("configure", changes={"speed": 500})
    assert len(state["lanes"]) == 2 and state["playing"], "the speed is the race's too"
    state = tab.do("configure", changes={"learning_rate": 0.5})
    assert state["lanes"] == [] and state["state"] > raced["state"] and not state["playing"]
    tab.do("seen")
    until(lambda: frames(tab)[-1]["state"] == state["state"])
    assert frames(tab)[-1]["whole"] and frames(tab)[-1]["curve"]["epochs"] == [0, 1, 2, 3]


@pytest.mark.parametrize("name", ["circle", "spiral3", "waves"])
@pytest.mark.parametrize("norm", ["none", "batch", "layer"])
def test_whatever_the_weights_are_they_are_shown(tab, name, norm):
    tab.do("configure", changes={"dataset": name, "hidden": [2] * 8, "norm": norm,
                                 "activations": ["relu"] * 8})  # fmt: skip
    for layer in range(8):
        for row in range(2):
            for column in range(2):
                tab.do("edit", layer=layer, row=row, column=column, value=1e6)
    with suppress(ArithmeticError):
        tab.do("step_epoch")
    count = len(frames(tab))
    tab.do("seen")
    until(lambda: len(frames(tab)) > count)
    assert tab.do("trace", point=[1, 1])["layers"]


def test_divergence_pauses_and_is_told(tab):
    tab.do("configure", changes={"dataset": "plane", "optimizer": "sgd", "learning_rate": 100.0,
                                 "activations": ["relu", "relu"], "speed": 0})  # fmt: skip
    tab.do("play")
    until(lambda: any("the loss became" in str(text) for text in tab.sent))
    assert np.isfinite(tab.trainer.model.theta).all()
    tab.do("reset")
    assert tab.trainer.epoch == 0


def test_looking_changes_nothing():
    settings = Settings(norm="batch", dropout=0.3)
    looked, not_looked = (Trainer(settings, problem_of(settings, None)) for _ in range(2))
    probe = Probe(looked)
    for _ in range(3):
        looked.run(2)
        probe.refresh()
        probe.scores(), probe.boundary(), probe.neurons(), probe.gradient_norms(), probe.health()
    not_looked.run(6)
    np.testing.assert_array_equal(looked.model.theta, not_looked.model.theta)


@pytest.mark.parametrize("norm", [None, "batch", "layer"])
def test_the_chain_rule_agrees_with_backward(norm, rng):
    model = fm.MLP([3, 4, 5, 2], "gelu", norm=norm, seed=1)
    x, target = rng.normal(size=(1, 3)).astype(np.float32), np.array([1])
    if norm == "batch":
        model.forward(rng.normal(size=(50, 3)).astype(np.float32), training=True)
    found = trace(model, x, target, "cross_entropy")
    output = model.forward(x)
    loss, slope = fm.functional.cross_entropy_value_and_grad(output, target)
    dx = model.backward(slope)
    weights = [g for g in model.gradients().values() if g.ndim == 2]
    np.testing.assert_allclose(found["loss"], loss, rtol=1e-6)
    np.testing.assert_allclose(found["layers"][0]["d_input"], dx[0], rtol=1e-4, atol=1e-7)
    for layer, wanted in zip(found["layers"], weights, strict=True):
        np.testing.assert_allclose(layer["d_weight"], wanted, rtol=1e-4, atol=1e-7)


def test_a_model_that_cannot_be_drawn_trains(rng):
    model = fm.Sequential([fm.Residual([fm.Dense(2, "relu")]), fm.Dense(1)], in_features=2, seed=0)
    tab = Tab(Beginning(Settings(network="given"), None, model))
    try:
        assert tab.do("step_epoch") and tab.do("reset")["columns"] == []
        until(lambda: frames(tab))
        with pytest.raises(ValueError, match="stacks of dense layers"):
            tab.do("trace", point=[0, 0])
    finally:
        tab.session.close()
        tab.session.closed.result(timeout=20)


def test_playground_arguments(rng):
    pytest.importorskip("uvicorn", reason="the extra playground is not installed")
    X = rng.normal(size=(20, 4))
    with pytest.raises(ValueError, match="given together"):
        fm.playground(X=X)
    with pytest.raises(ValueError, match="has 5 inputs and 1 outputs, the data need 2"):
        fm.playground(fm.MLP([5, 1], seed=0), open_browser=False)
    with pytest.raises(TypeError, match="must be a Sequential, got int"):
        fm.playground(3)
    running = fm.playground(fm.MLP([4, 1], seed=0), X, np.arange(20) / 7, open_browser=False)
    running.stop()
    running.stop()


def test_classes_of_arrays():
    X = np.zeros((4, 1))
    assert sheet_of(X, [1.0, 2.0, 1.0, 2.0]).classes == ("1.0", "2.0")
    assert sheet_of(X, [1.5, 2, 1, 2]).classes == ()
