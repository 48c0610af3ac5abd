"""Checkpoints: a resumed fit reaches the same bits; damaged files change nothing; copies."""

from __future__ import annotations

import copy
import json
import pickle

import numpy as np
import pytest
from safetensors.numpy import load as load_tensors

import fusedmlp as fm
from fusedmlp.training.callbacks import (
    EMA,
    Checkpoint,
    EarlyStopping,
    LambdaCallback,
    ReduceLROnPlateau,
)
from support import same_bits, sealed


@pytest.fixture
def data(rng):
    x = rng.standard_normal((100, 5)).astype(np.float32)
    return x, (x @ rng.standard_normal((5, 3))).argmax(axis=1)


def _run(data, epochs, callbacks=(), *, model=None, optimizer="adam", **options):
    model = model or fm.MLP([5, 16, 3], seed=0)
    optimizer = fm.optim.get(optimizer)
    history = model.fit(*data, loss="cross_entropy", optimizer=optimizer, epochs=epochs,
                        batch_size=16, callbacks=callbacks, **options)  # fmt: skip
    return model, history, optimizer


def _without_times(history):
    return {k: v for k, v in history.history.items() if k != "seconds"}


OPTIMIZERS = ["sgd", "adam", "adamw", "nadam", "rmsprop", "adadelta", "rprop", "lion", "radam",
              "adamax", "adagrad"]  # fmt: skip


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("seed", [None, 7])
def test_resume_is_bitwise(core, data, tmp_path, optimizer, seed):
    path = tmp_path / "run.safetensors"
    whole, history, opt = _run(data, 7, optimizer=optimizer, seed=seed, validation_split=0.2)
    _run(data, 3, [Checkpoint(path)], optimizer=optimizer, seed=seed, validation_split=0.2)
    # Another seed in the new process: everything random comes from the file.
    other = fm.MLP([5, 16, 3], seed=99)
    resumed, second, opt2 = _run(data, 7, model=other, optimizer=optimizer, resume_from=path,
                                 validation_split=0.2)  # fmt: skip
    assert same_bits(resumed.theta, whole.theta)
    assert _without_times(second) == _without_times(history) and second.epochs == history.epochs
    assert opt2.step_count == opt.step_count
    assert all(same_bits(opt2.state[k], opt.state[k]) for k in opt.state)
    assert resumed.steps_trained == whole.steps_trained
    # And so does a second fit after it.
    _run(data, 2, model=whole, optimizer=opt)
    _run(data, 2, model=resumed, optimizer=opt2)
    assert same_bits(resumed.theta, whole.theta)


def _callbacks(path, *extra):
    return [
        Checkpoint(path),  # first in the list, still last in the epoch
        EMA(0.97),
        EarlyStopping(patience=4),
        ReduceLROnPlateau(patience=1, factor=0.5, min_delta=0.05),
        *extra,
    ]


@pytest.mark.parametrize("stop_after", [1, 4, 6])
def test_resume_with_every_callback_clipping_and_weights(core, data, tmp_path, rng, stop_after):
    options = {"clip_grad_norm": 0.5, "sample_weight": rng.uniform(0.5, 2, 100), "epochs": 12,
               "class_weight": "balanced", "validation_split": 0.25, "metrics": ["accuracy"],
               "optimizer": fm.optim.Adam(lr=0.05)}  # fmt: skip
    path, path2 = tmp_path / "a.safetensors", tmp_path / "b.safetensors"
    fresh = copy.deepcopy(options)
    whole, history, _ = _run(data, callbacks=_callbacks(path2), **copy.deepcopy(options))

    def crash(epoch, logs):
        if epoch == stop_after:
            raise RuntimeError("power cut")

    with pytest.raises(RuntimeError, match="power cut"):
        _run(data, callbacks=_callbacks(path, LambdaCallback(on_epoch_begin=crash)), **options)
    resumed, second, _ = _run(data, callbacks=_callbacks(path), resume_from=path, **fresh)
    assert same_bits(resumed.theta, whole.theta)
    assert _without_times(second) == _without_times(history)
    assert second.stopped_by == history.stopped_by


def test_a_schedule_goes_on_where_it_was(core, data, tmp_path):
    def sgd():
        return fm.optim.SGD(lr=fm.schedules.cosine(0.5, steps=60), momentum=0.9)

    path = tmp_path / "run.safetensors"
    whole, history, _ = _run(data, 8, optimizer=sgd())
    _run(data, 5, [Checkpoint(path)], optimizer=sgd())
    resumed, second, _ = _run(data, 8, optimizer=sgd(), resume_from=path)
    assert same_bits(resumed.theta, whole.theta)
    assert second.history["lr"] == history.history["lr"]
    with pytest.raises(ValueError, match=r"saved with a schedule as lr, got 0\.5"):
        _run(data, 8, optimizer=fm.optim.SGD(lr=0.5, momentum=0.9), resume_from=path)


def test_a_model_without_inputs_yet_is_built(core, data, tmp_path):
    path = tmp_path / "run.safetensors"
    layers = [fm.Dense(16, "relu"), fm.Dense(3)]
    whole, *_ = _run(data, 4, model=fm.Sequential(layers, seed=3))
    _run(data, 2, [Checkpoint(path)], model=fm.Sequential(layers, seed=3))
    resumed, *_ = _run(data, 4, model=fm.Sequential(layers, seed=5), resume_from=path)
    assert same_bits(resumed.theta, whole.theta)


def test_a_stopped_run_stays_stopped(core, data, tmp_path):
    path = tmp_path / "run.safetensors"
    x, y = data[0], np.random.default_rng(1).integers(0, 3, 100)

    def run(**options):
        return _run((x, y), 200, [EarlyStopping(patience=3), Checkpoint(path)],
                    optimizer=fm.optim.Adam(lr=0.05), validation_split=0.3, **options)  # fmt: skip

    whole, history, _ = run()
    resumed, second, _ = run(resume_from=path)
    assert history.stopped_by == second.stopped_by == "callback"
    assert second.epochs == history.epochs and same_bits(resumed.theta, whole.theta)


def test_an_epoch_cut_short_is_not_saved(core, rng, tmp_path):
    x, y = rng.standard_normal((20000, 5)), rng.integers(0, 3, 20000)
    path = tmp_path / "run.safetensors"
    save = Checkpoint(path)
    model = fm.MLP([5, 64, 3], seed=0)
    history = model.fit(x, y, loss="cross_entropy", epochs=10**6, batch_size=8, max_seconds=0.3,
                        callbacks=[save])  # fmt: skip
    whole = model.steps_trained % 2500 == 0
    assert path.exists() == (len(history.epochs) > 1 or whole)
    if path.exists() and not whole:
        assert fm.load(path).epochs_trained == len(history.epochs) - 1


def test_a_checkpoint_loads_as_a_model(core, data, tmp_path):
    path = tmp_path / "run.safetensors"
    model, *_ = _run(data, 3, [Checkpoint(path), EMA(0.9)])
    loaded = fm.load(path)
    assert same_bits(loaded.theta, model.theta)  # the average
    assert same_bits(loaded.predict(data[0]), model.predict(data[0]))
    model.save(tmp_path / "model.safetensors")
    with pytest.raises(fm.CheckpointError, match="no fit to go on with"):
        _run(data, 3, resume_from=tmp_path / "model.safetensors")


def _edited(content, edit):
    """The same file with another description of its run, or other arrays."""
    length = int.from_bytes(content[:8], "little")
    metadata = json.loads(content[8 : 8 + length])["__metadata__"]
    run, tensors = json.loads(metadata["run"]), load_tensors(content)
    edit(run, tensors)
    return sealed(tensors, {**metadata, "run": json.dumps(run)})


def _nested(depth):
    return [_nested(depth - 1)] if depth else []


EDITS = [
    lambda run, t: run.update(format=9),
    lambda run, t: run.pop("optimizer"),
    lambda run, t: run.update(next_epoch=1),
    lambda run, t: run.update(next_epoch="x"),
    lambda run, t: run.update(next_epoch=2.0),
    lambda run, t: run.update(seed=-1),
    lambda run, t: run.update(seed=2**63),
    lambda run, t: run.update(seed=1e300),
    lambda run, t: run["optimizer"].update(name="sgd"),
    lambda run, t: run["optimizer"]["options"].update(lr=-1.0),
    lambda run, t: run["optimizer"]["options"].update(color=1),
    lambda run, t: run["optimizer"]["state"].pop("m"),
    lambda run, t: run["callbacks"]["EarlyStopping"].pop("waited"),
    lambda run, t: run["callbacks"]["EMA"].update(steps="many"),
    lambda run, t: t.pop("run/optimizer.state.m"),
    lambda run, t: t.update({"run/optimizer.state.m": np.zeros(3, np.float32)}),
    lambda run, t: t.update({"run/callbacks.EMA.other": np.zeros(3, np.float32)}),
    lambda run, t: t.update({"run/callbacks.EarlyStopping.theta": np.zeros(3, np.float32)}),
    lambda run, t: run["history"].update(epochs=3),
    lambda run, t: run["optimizer"].update(name=_nested(600)),
]


def test_damage_is_refused_and_changes_nothing(core, data, tmp_path, rng):
    path, bad = tmp_path / "run.safetensors", tmp_path / "bad.safetensors"

    def callbacks():
        return [EMA(0.9), EarlyStopping("loss")]

    _run(data, 2, [*callbacks(), Checkpoint(path)])
    content = path.read_bytes()
    model, opt = fm.MLP([5, 16, 3], seed=1), fm.optim.Adam()
    before = model.theta.copy()
    contents = [content[: len(content) * k // 12] for k in range(12)]
    contents += [_edited(content, edit) for edit in EDITS]
    for damaged in contents:
        bad.write_bytes(damaged)
        with pytest.raises(fm.CheckpointError):
            _run(data, 5, callbacks(), model=model, optimizer=opt, resume_from=bad)
        assert same_bits(model.theta, before) and model.epochs_trained == 0 and model.seed == 1
        assert opt.step_count == 0 and opt.state == {}
    with pytest.raises(FileNotFoundError):
        _run(data, 5, model=model, resume_from=tmp_path / "none")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"model": fm.MLP([5, 17, 3], seed=0)}, "saved with the layers"),
        ({"model": fm.MLP([5, 16, 3], "tanh", seed=0)}, "saved with the layers"),
        ({"model": fm.MLP([5, 16, 3], seed=0, dtype="float64")}, "saved with dtype 'float32'"),
        ({"optimizer": "sgd"}, "saved with optimizer 'adam', got 'sgd'"),
        ({"batch_size": 10}, "saved with batch_size 16, got 10"),
        ({"shuffle": False}, "saved with shuffle True, got False"),
        ({"clip_grad_norm": 1.0}, "saved with clip_grad_norm 0.0, got 1.0"),
        ({"rows": 50}, "saved with rows 100, got 50"),
        ({"seed": 3}, "saved with seed None, got 3"),
        ({"epochs": 2}, "has 3 behind it, got 2"),
        ({"callbacks": []}, "holds the state of EarlyStopping: pass these callbacks again"),
    ],
)
def test_another_run_is_refused_and_changes_nothing(core, data, tmp_path, change, message):
    path = tmp_path / "run.safetensors"
    _run(data, 3, [EarlyStopping("loss"), Checkpoint(path)])
    change = dict(change)
    model = change.pop("model", None) or fm.MLP([5, 16, 3], seed=1)
    before = model.theta.copy()
    rows = change.pop("rows", 100)
    options = {"loss": "cross_entropy", "optimizer": "adam", "epochs": 5, "batch_size": 16,
               "callbacks": [EarlyStopping("loss")], **change}  # fmt: skip
    with pytest.raises(ValueError, match=message):
        model.fit(data[0][:rows], data[1][:rows], resume_from=path, **options)
    assert same_bits(model.theta, before) and model.epochs_trained == 0


@pytest.mark.parametrize("how", [copy.copy, copy.deepcopy, lambda m: pickle.loads(pickle.dumps(m)),
                                 lambda m: m.copy()])  # fmt: skip
def test_copies_train_on_to_the_same_bits_and_apart(core, data, how):
    model, _, opt = _run(data, 2, [EMA(0.9), EarlyStopping("loss")], optimizer="nadam")
    other, opt2 = how(model), copy.deepcopy(opt)
    assert other.history == model.history
    before = model.theta.copy()
    _run(data, 2, model=other, optimizer=opt2)
    assert same_bits(model.theta, before)
    _run(data, 2, model=model, optimizer=opt)
    assert same_bits(model.theta, other.theta)


def test_callbacks_can_be_pickled_after_a_fit(core, data):
    for callback in (EMA(0.9), EarlyStopping("loss"), ReduceLROnPlateau("loss")):
        _run(data, 1, [callback])
        again = pickle.loads(pickle.dumps(callback))
        _run(data, 1, [again])
