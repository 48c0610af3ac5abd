"""Ensembles: means of predictions, and one file for all members."""

from __future__ import annotations

import json

import numpy as np
import pytest
from safetensors.numpy import load as load_tensors

import fusedmlp as fm
from fusedmlp import functional as F
from support import every_layer, same_bits, sealed


def members(dtype="float32", outputs=3):
    models = [fm.MLP([6, 9, outputs], seed=0, dtype=dtype), every_layer(outputs=outputs, seed=1),
              fm.MLP([6, 20, outputs], "tanh", seed=2, dropout=0.5)]  # fmt: skip
    models[1].metadata["name"] = "second"
    return models


def test_predictions_are_means(core, rng, dtype):
    name = np.dtype(dtype).name
    models, x = members(name), rng.standard_normal((50, 6))
    each = np.stack([m.predict(x) for m in models]).astype(np.float64)
    ensemble = fm.Ensemble(models)
    mean, std = ensemble.predict(x, return_std=True)
    assert mean.dtype == std.dtype == dtype
    assert same_bits(mean, each.mean(axis=0).astype(dtype))
    np.testing.assert_allclose(std, each.std(axis=0), rtol=1e-6, atol=1e-9)
    assert same_bits(ensemble.predict(x), mean) and ensemble.predict(x[:0]).shape == (0, 3)
    shares = np.mean([F.softmax(m.predict(x).astype(np.float64)) for m in models], axis=0)
    np.testing.assert_allclose(ensemble.predict_proba(x), shares, rtol=1e-5)


def test_one_output_is_two_classes(rng):
    models, x = members(outputs=1), rng.standard_normal((20, 6))
    share = np.mean([F.sigmoid(m.predict(x).astype(np.float64)) for m in models], axis=0)[:, 0]
    found = fm.Ensemble(models).predict_proba(x)
    np.testing.assert_allclose(found, np.stack([1 - share, share], axis=1), rtol=1e-5)


@pytest.mark.parametrize("outputs", ["softmax", "log_softmax"])
def test_members_that_answer_with_probabilities(rng, tmp_path, outputs):
    models = [fm.SoftmaxSequential([fm.Dense(3)], in_features=6, seed=k) for k in range(2)]
    for model in models:
        model.metadata["outputs"] = outputs
    x = rng.standard_normal((20, 6)).astype(np.float32)
    fm.Ensemble(models).save(tmp_path / "all.safetensors")
    for ensemble in (fm.Ensemble(models), fm.load(tmp_path / "all.safetensors")):
        assert {type(model) for model in ensemble.models} == {fm.SoftmaxSequential}
        each = np.stack([model.predict(x) for model in models]).astype(np.float64)
        assert same_bits(ensemble.predict(x), each.mean(axis=0).astype(np.float32))
        each = np.exp(each) if outputs == "log_softmax" else each
        np.testing.assert_allclose(ensemble.predict_proba(x), each.mean(axis=0), rtol=1e-5)


def test_blocks_and_threads_change_no_bits(rng, monkeypatch):
    from fusedmlp.many import ensemble as module

    models, x = members(), rng.standard_normal((333, 6)).astype(np.float32)
    ensemble = fm.Ensemble(models)
    with fm.num_threads(1):
        alone = ensemble.predict(x), ensemble.predict_proba(x)
    monkeypatch.setattr(module, "_BLOCK", 70)
    monkeypatch.setattr(module, "_WORK", 1)
    for threads in (2, 8):
        with fm.num_threads(threads):
            assert same_bits(ensemble.predict(x), alone[0])
            assert same_bits(ensemble.predict_proba(x), alone[1])


def test_one_file_holds_all(rng, tmp_path):
    models, x = members(), rng.standard_normal((20, 6))
    ensemble = fm.Ensemble(models)
    ensemble.metadata["purpose"] = ["test"]
    ensemble.save(tmp_path / "all.safetensors")
    same = fm.load(tmp_path / "all.safetensors")
    assert isinstance(same, fm.Ensemble) and len(same) == 3
    assert same_bits(same.predict(x), ensemble.predict(x))
    assert same.metadata == {"purpose": ["test"]} and same.models[1].metadata == {"name": "second"}
    assert repr(same) == "<Ensemble of 3 models, 6 inputs, 3 outputs>"
    models[0].save(tmp_path / "one.safetensors")
    assert isinstance(fm.load(tmp_path / "one.safetensors"), fm.Sequential)


def test_models_that_do_not_fit_together_are_refused():
    one = fm.MLP([6, 3], seed=0)
    for models, kind, message in (
        ([], ValueError, "at least one model"),
        ([one, 3], TypeError, r"models\[1\] must be a Sequential"),
        (
            [one, fm.MLP([5, 3], seed=0)],
            ValueError,
            r"models\[1\] must have 6 inputs and 3 outputs",
        ),
        ([one, fm.Sequential([fm.Dense(3)])], ValueError, r"models\[1\]: the model is not built"),
    ):
        with pytest.raises(kind, match=message):
            fm.Ensemble(models)
    squashed = fm.MLP([6, 3], output_activation="sigmoid", seed=0)
    with pytest.raises(ValueError, match=r"models\[1\] ends in sigmoid"):
        fm.Ensemble([one, squashed]).predict_proba(np.zeros((1, 6)))
    with pytest.raises(ValueError, match=r"Ensemble.predict: X must have shape \(n, 6\)"):
        fm.Ensemble([one]).predict(np.zeros((2, 5)))


def _rewritten(content, change):
    """A safetensors file with another description."""
    length = int.from_bytes(content[:8], "little")
    header = json.loads(content[8 : 8 + length])
    description = json.loads(header["__metadata__"]["fusedmlp"])
    change(description, header)
    header["__metadata__"]["fusedmlp"] = json.dumps(description)
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    changed = len(text).to_bytes(8, "little") + text + content[8 + length :]
    return sealed(load_tensors(changed), header["__metadata__"])


CHANGES = {
    "members": lambda d, h: d.update(members=3),
    "metadata": lambda d, h: d.update(metadata=[]),
    "fewer": lambda d, h: d["members"].pop(),
    "none": lambda d, h: d.update(members=[]),
    "a number": lambda d, h: d["members"].__setitem__(1, 7),
    "layers": lambda d, h: d["members"][0].update(layers=d["members"][2]["layers"]),
    "names": lambda d, h: h.update({"x/0.weight": h.pop("0/0.weight")}),
}


@pytest.mark.parametrize("name", CHANGES)
def test_files_that_make_no_sense_are_refused(tmp_path, name):
    path = tmp_path / "all.safetensors"
    fm.Ensemble(members()).save(path)
    path.write_bytes(_rewritten(path.read_bytes(), CHANGES[name]))
    with pytest.raises(fm.CheckpointError, match="load: "):
        fm.load(path)


def test_members_of_different_sizes_in_a_file_are_refused(tmp_path):
    path = tmp_path / "all.safetensors"
    fm.Ensemble([fm.MLP([6, 3], seed=0), fm.MLP([6, 3], seed=1)]).save(path)

    content = path.read_bytes()
    length = int.from_bytes(content[:8], "little")
    description = json.loads(json.loads(content[8 : 8 + length])["__metadata__"]["fusedmlp"])
    description["members"][1]["layers"][0]["units"] = 1
    tensors = load_tensors(content)
    for name in ("1/0.weight", "1/0.bias"):
        tensors[name] = tensors[name][..., :1].copy()
    path.write_bytes(sealed(tensors, {"fusedmlp": json.dumps(description)}))
    with pytest.raises(fm.CheckpointError):
        fm.load(path)
