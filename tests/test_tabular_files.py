"""``TabularClassifier`` and ``TabularRegressor``: files, pickles and clones of them."""

from __future__ import annotations

import pickle
import subprocess
import sys

import numpy as np
import pytest

pytest.importorskip("sklearn", reason="scikit-learn is not installed")

from sklearn.base import clone
from sklearn.model_selection import cross_val_score

import fusedmlp as fm
import fusedmlp.sklearn
from support import same_bits
from tabular_cases import classifier, fruit, regressor


def test_the_same_bits_from_a_file_in_a_fresh_process(tmp_path):
    frame, y, value = fruit()
    path, data = tmp_path / "model.safetensors", tmp_path / "frame.pkl"
    frame.to_pickle(data)
    code = (
        "import sys, pandas as pd, fusedmlp.sklearn as s\n"
        "model, frame = s.load(sys.argv[1]), pd.read_pickle(sys.argv[2])\n"
        "out = getattr(model, sys.argv[3])(frame)\n"
        "sys.stdout.write(out.tobytes().hex() + ' ' + type(model).__name__)\n"
    )
    for model, target, method in (
        (classifier(), y, "predict_proba"), (regressor(), value, "predict"),
        (regressor(loss="quantile"), value, "predict_quantiles"),
    ):  # fmt: skip
        model.fit(frame, target).save(path)
        call = [sys.executable, "-c", code, str(path), str(data), method]
        out = subprocess.run(call, capture_output=True, text=True, check=True).stdout
        wanted = getattr(model, method)(frame).tobytes().hex()
        assert out == f"{wanted} {type(model).__name__}"


def test_a_file_holds_everything(tmp_path):
    frame, y, _ = fruit()
    model = classifier(class_weight="balanced").fit(frame, y)
    model.save(tmp_path / "m.safetensors")
    again = fusedmlp.sklearn.load(tmp_path / "m.safetensors")
    assert again.get_params() == {**model.get_params(), "hidden_layer_sizes": [32]}
    np.testing.assert_array_equal(again.feature_importances_, model.feature_importances_)
    np.testing.assert_array_equal(again.predict(frame), model.predict(frame))
    assert again.best_epochs_ == model.best_epochs_
    assert again.validation_score_ == model.validation_score_
    again.save(tmp_path / "n.safetensors")
    assert (tmp_path / "m.safetensors").read_bytes() == (tmp_path / "n.safetensors").read_bytes()


@pytest.mark.parametrize("classes", [[3, 7], [False, True], [2.0, 5.0], ["a", "b"]])
def test_classes_keep_their_kind_in_a_file(tmp_path, classes):
    frame, y, _ = fruit(100)
    y = np.array(classes)[(y == "ripe").astype(int)]
    model = classifier(epochs=2).fit(frame, y)
    model.save(tmp_path / "m.safetensors")
    again = fusedmlp.sklearn.load(tmp_path / "m.safetensors")
    assert again.classes_.dtype == model.classes_.dtype
    np.testing.assert_array_equal(again.predict(frame), model.predict(frame))


def test_files_that_are_none(tmp_path):
    path = tmp_path / "m.safetensors"
    fm.MLP([2, 1], seed=0).save(path)
    with pytest.raises(fm.CheckpointError, match="holds no model of a table"):
        fusedmlp.sklearn.load(path)
    frame, y, _ = fruit(60)
    classifier(epochs=1).fit(frame, y).save(path)
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(fm.CheckpointError):
        fusedmlp.sklearn.load(path)


def test_pickles_and_clones():
    frame, y, _ = fruit(100)
    model = classifier(epochs=2).fit(frame, y)
    copy = pickle.loads(pickle.dumps(model))
    assert same_bits(copy.predict_proba(frame), model.predict_proba(frame))
    assert not hasattr(clone(model), "classes_")
    scores = cross_val_score(classifier(epochs=4), frame, y, cv=3, n_jobs=2)
    assert scores.shape == (3,)
