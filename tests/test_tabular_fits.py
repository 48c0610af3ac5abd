"""``TabularClassifier`` and ``TabularRegressor``: what they learn from, and what they predict."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("sklearn", reason="scikit-learn is not installed")

from sklearn.metrics import log_loss

from support import same_bits
from tabular_cases import classifier, fruit, pd, regressor


def test_a_frame_as_it_comes():
    frame, y, _ = fruit()
    new, y_new, _ = fruit(200, seed=1)
    model = classifier().fit(frame, y)
    assert model.score(new, y_new) > 0.85
    assert list(model.classes_) == ["raw", "ripe"] and model.n_features_in_ == 5
    assert list(model.feature_names_in_) == list(frame.columns)
    probabilities = model.predict_proba(new)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-12)
    assert same_bits(model.predict_proba(new[frame.columns[::-1]]), probabilities)
    assert same_bits(model.predict_proba(new.drop(columns="always")), probabilities)
    with pytest.raises(ValueError, match=r"column 'size' missing"):
        model.predict(new.drop(columns="size"))
    model.predict(new.assign(color="blue"))  # was never seen


@pytest.mark.parametrize("library", ["polars", "pyarrow"])
def test_frames_of_other_libraries_give_the_same(library):
    module = pytest.importorskip(library, reason=f"{library} is not installed")
    frame, y, _ = fruit()
    other = (
        module.from_pandas(frame)
        if library == "polars"
        else module.table({name: module.array(frame[name], from_pandas=True) for name in frame})
    )
    ours, theirs = classifier().fit(frame, y), classifier().fit(other, y)
    assert same_bits(ours.predict_proba(frame), theirs.predict_proba(other))
    assert list(theirs.feature_names_in_) == list(frame.columns)


def test_one_row_has_the_bits_it_has_among_others():
    frame, y, _ = fruit()
    model = classifier().fit(frame, y)
    together = model.predict_proba(frame)
    for i in (0, 7):
        assert same_bits(model.predict_proba(frame.iloc[[i]])[0], together[i])


def test_the_order_of_rows_and_the_number_of_threads_do_not_matter():
    frame, _, value = fruit()
    mixed = np.random.default_rng(1).permutation(len(frame))
    model = regressor(num_threads=2).fit(frame, value)
    other = regressor(num_threads=1).fit(frame.iloc[mixed], value[mixed])
    assert same_bits(model.predict(frame), other.predict(frame))


def test_weights_are_repeated_rows():
    frame, y, _ = fruit(150)
    weights = np.random.default_rng(0).integers(0, 3, len(frame))
    repeated = frame.loc[frame.index.repeat(weights)]
    weighed = classifier().fit(frame, y, weights)
    other = classifier().fit(repeated, y.repeat(weights))
    assert same_bits(weighed.predict_proba(frame), other.predict_proba(frame))


def test_eval_set_takes_the_place_of_held_out_rows():
    frame, y, _ = fruit()
    new, y_new, _ = fruit(80, seed=1)
    model = classifier().fit(frame, y, eval_set=(new, y_new))
    held = [len(part[1]) for part in model._sample.parts]
    assert held == [80, 80]
    assert model.validation_score_ > 0.8
    with pytest.raises(ValueError, match=r"eval_set: y holds .*'rotten'.* no class"):
        classifier().fit(frame, y, eval_set=(new, np.full(80, "rotten")))
    with pytest.raises(TypeError, match="eval_set must be a tuple"):
        classifier().fit(frame, y, eval_set=frame)


def test_importances_name_the_columns_that_matter():
    frame, y, value = fruit(600)
    for model, target in ((classifier(), y), (regressor(), value)):
        found = model.fit(frame, target).feature_importances_
        worth = dict(zip(frame.columns, found, strict=True))
        assert min(worth["size"], worth["color"]) > 5 * max(abs(worth["noise"]), 1e-3)
        assert worth["always"] == 0


def test_probabilities_are_calibrated_on_held_out_rows():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(400, 5))
    y = (X[:, 0] + 2 * rng.normal(size=400) > 0).astype(int)
    X_new = rng.normal(size=(4000, 5))
    y_new = (X_new[:, 0] + 2 * rng.normal(size=4000) > 0).astype(int)
    model = classifier(epochs=60).fit(X, y)
    calibrated = log_loss(y_new, model.predict_proba(X_new))
    model._model.head.temperature = 1.0
    assert calibrated <= log_loss(y_new, model.predict_proba(X_new)) + 0.005
    assert calibrated < 0.69


def test_values_stay_in_the_range_of_the_training():
    X = np.linspace(0, 1, 200)[:, None]
    y = 3 * X[:, 0]
    far = np.array([[-10.0], [10.0]])
    model = regressor(epochs=40).fit(X, y)
    assert (model.predict(far) >= 0).all() and (model.predict(far) <= 3).all()
    free = regressor(epochs=40, clip_to_training_range=False).fit(X, y)
    assert free.predict(far)[1] > 3


def test_tables_that_teach_nothing():
    with pytest.raises(ValueError, match="no column to learn from"):
        classifier().fit(pd.DataFrame({"a": [1.0] * 9}), [0, 1, 0, 1, 0, 1, 0, 1, 0])
    with pytest.raises(ValueError, match="one class only"):
        classifier().fit(np.random.default_rng(0).normal(size=(9, 2)), [1] * 9)
