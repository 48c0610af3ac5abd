"""Model files: round trips, atomic writes, and files that must be refused."""

from __future__ import annotations

import json
import os
import stat

import numpy as np
import pytest
from safetensors.numpy import load_file, save

import fusedmlp as fm
from support import same_bits, sealed


def _model(**options):
    layers = [
        fm.Dense(5, "elu"),
        fm.Activation("leaky_relu", negative_slope=0.3),
        fm.Dense(2, bias=False),
    ]
    return fm.Sequential(layers, in_features=3, seed=1, **options)


def test_a_model_comes_back_as_it_was(core, dtype, tmp_path, rng):
    model = _model(dtype=dtype)
    x, y = rng.standard_normal((20, 3)), rng.integers(0, 2, 20)
    model.fit(x, y, loss="cross_entropy", epochs=2)
    model.metadata["note"] = {"classes": ["yes", "no"], "scale": [1.5, 2]}
    model.save(tmp_path / "model.safetensors")
    other = fm.load(tmp_path / "model.safetensors")
    assert same_bits(other.theta, model.theta) and other.dtype == model.dtype
    assert same_bits(other.predict(x), model.predict(x))
    assert other.metadata == model.metadata
    assert repr(other.layers) == repr(model.layers)
    for m in (model, other):  # training goes on from the same place
        m.fit(x, y, loss="cross_entropy", epochs=1)
    assert same_bits(other.theta, model.theta)


def test_other_programs_can_read_the_tensors(tmp_path):
    model = _model()
    model.save(tmp_path / "m.safetensors")
    tensors = load_file(tmp_path / "m.safetensors")
    assert {k: v.shape for k, v in tensors.items()} == {
        k: v.shape for k, v in model.parameters().items()
    }


def test_callable_initialisers_are_saved_as_auto(tmp_path):
    dense = fm.Dense(2, weight_init=lambda shape, rng: np.ones(shape))
    model = fm.Sequential([dense], in_features=3)
    model.save(tmp_path / "m.safetensors")
    other = fm.load(tmp_path / "m.safetensors")
    assert other.layers[0].weight_init == "auto" and same_bits(other.theta, model.theta)


def test_a_file_follows_the_umask_and_leaves_nothing_behind(tmp_path):
    before = os.umask(0o027)
    try:
        _model().save(tmp_path / "m.safetensors")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "m.safetensors").stat().st_mode) == 0o640
    assert os.listdir(tmp_path) == ["m.safetensors"]


def test_a_failed_save_keeps_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "m.safetensors"
    _model().save(path)
    old = path.read_bytes()

    def full(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        _model().save(path)
    assert path.read_bytes() == old and os.listdir(tmp_path) == ["m.safetensors"]


def test_metadata_must_be_plain(tmp_path):
    model = _model()
    model.metadata["bad"] = np.zeros(3)
    with pytest.raises(TypeError, match=r"model\.metadata"):
        model.save(tmp_path / "m.safetensors")
    assert os.listdir(tmp_path) == []


def _damaged(content: bytes, tensors):
    header = int.from_bytes(content[:8], "little")
    text = content[8 : 8 + header].decode()
    yield "empty", b""
    yield "text", b"not a model at all, just words"
    for cut in (4, 8, 100, len(content) - 1):
        yield f"cut at {cut}", content[:cut]
    yield "huge header", (2**60).to_bytes(8, "little") + content[8:]

    def described(change):
        d = json.loads(json.loads(text)["__metadata__"]["fusedmlp"])
        change(d)
        return sealed(tensors, {"fusedmlp": json.dumps(d)})

    for name, change in {
        "later format": lambda d: d.update(format=99),
        "no format": lambda d: d.pop("format"),
        "unknown layer": lambda d: d["layers"][0].update(layer="os.system"),
        "bad setting": lambda d: d["layers"][0].update(units="5"),
        "extra setting": lambda d: d["layers"][0].update(shell="true"),
        "huge layer": lambda d: d["layers"][0].update(units=2**31 - 1),
        "other width": lambda d: d["layers"][0].update(units=6),
        "negative inputs": lambda d: d.update(in_features=-1),
        "no layers": lambda d: d.update(layers=[]),
        "layers are a word": lambda d: d.update(layers="Dense"),
        "other dtype": lambda d: d.update(dtype="float64"),
        "unknown dtype": lambda d: d.update(dtype="int8"),
        "seed is a list": lambda d: d.update(seed=[1]),
        "epochs are a word": lambda d: d.update(epochs_trained="x"),
        "metadata are a number": lambda d: d.update(metadata=3),
    }.items():
        yield name, described(change)


def test_damaged_and_hostile_files_are_refused(tmp_path):
    path = tmp_path / "m.safetensors"
    _model().save(path)
    for name, content in _damaged(path.read_bytes(), load_file(path)):
        path.write_bytes(content)
        with pytest.raises(fm.CheckpointError, match="load: "):
            fm.load(path)
            pytest.fail(f"{name} was loaded")


def test_another_programs_tensors_are_refused(tmp_path):
    (tmp_path / "x.safetensors").write_bytes(save({"a": np.zeros(3, np.float32)}))
    with pytest.raises(fm.CheckpointError, match="not a readable fusedmlp model"):
        fm.load(tmp_path / "x.safetensors")


def test_a_missing_file_is_an_os_error(tmp_path):
    with pytest.raises(FileNotFoundError):
        fm.load(tmp_path / "none.safetensors")


def test_an_unbuilt_model_cannot_be_saved(tmp_path):
    with pytest.raises(ValueError, match="not built yet"):
        fm.Sequential([fm.Dense(2)]).save(tmp_path / "m.safetensors")
