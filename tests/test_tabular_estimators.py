"""``TabularClassifier`` and ``TabularRegressor``."""

from __future__ import annotations

import inspect
import pickle
import subprocess
import sys
import warnings

import numpy as np
import pytest

pytest.importorskip("sklearn", reason="scikit-learn is not installed")

from sklearn.base import clone
from sklearn.metrics import log_loss
from sklearn.model_selection import cross_val_score
from sklearn.utils.estimator_checks import check_estimator

import fusedmlp as fm
import fusedmlp.sklearn
from fusedmlp.sklearn import TabularClassifier, TabularRegressor
from support import same_bits

pd = pytest.importorskip("pandas", reason="pandas is not installed")

SMALL = {"hidden_layer_sizes": (32,), "n_members": 2, "epochs": 12, "random_state": 0}


def classifier(**options):
    return TabularClassifier(**{**SMALL, **options})


def regressor(**options):
    return TabularRegressor(**{**SMALL, **options})


def fruit(n=300, seed=0):
    """Numbers with gaps, categories, dates, noise, a constant; classes and values."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "size": np.where(rng.random(n) < 0.1, np.nan, rng.normal(5, 2, n)),
            "color": rng.choice(["red", "green", None], n, p=[0.5, 0.4, 0.1]),
            "picked": pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 700, n), "D"),
            "noise": rng.normal(size=n),
            "always": "fruit",
        }
    )
    value = frame["size"].fillna(5) + 3 * (frame["color"] == "red") + rng.normal(0, 0.3, n)
    return frame, np.where(value > 6, "ripe", "raw"), value.to_numpy()


@pytest.mark.parametrize("estimator", [TabularClassifier, TabularRegressor])
def test_check_estimator_is_clean(estimator):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        check_estimator(estimator(hidden_layer_sizes=(64, 64), n_members=2, epochs=20))


def test_signatures_are_the_contract():
    common = [
        "preset",
        "hidden_layer_sizes",
        "n_members",
        "epochs",
        "batch_size",
        "embedding",
        "dropout",
        "weight_decay",
        "label_smoothing",
        "learning_rate_init",
        "activation",
        "validation_fraction",
        "scoring",
        "categorical_features",
        "class_weight",
        "max_seconds",
        "num_threads",
        "random_state",
        "verbose",
    ]
    for estimator, more in (
        (TabularClassifier, []),
        (TabularRegressor, ["loss", "quantiles", "clip_to_training_range"]),
    ):
        parameters = inspect.signature(estimator).parameters
        assert list(parameters) == common + more
        defaults = {name: p.default for name, p in parameters.items()}
        assert defaults["preset"] == "default" and defaults["batch_size"] == 256
        assert defaults["validation_fraction"] == 0.2 and defaults["verbose"] == 0


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


def test_class_weights_move_the_probabilities():
    frame, y, _ = fruit()
    plain, heavy = classifier().fit(frame, y), classifier(class_weight={"ripe": 10.0}).fit(frame, y)
    assert heavy.predict_proba(frame)[:, 1].mean() > plain.predict_proba(frame)[:, 1].mean() + 0.02
    balanced = classifier(class_weight="balanced").fit(frame, y)
    assert np.isfinite(balanced.predict_proba(frame)).all()


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


@pytest.mark.parametrize("scoring", ["roc_auc", "neg_log_loss", "balanced_accuracy"])
def test_scoring_decides_the_epoch(scoring):
    frame, y, _ = fruit()
    model = classifier(scoring=scoring, epochs=20, label_smoothing=0.0).fit(frame, y)
    best = [
        max(range(len(h.epochs)), key=lambda k: (-h.history["val_loss"][k], k))
        for h in model.history_
    ]
    assert len(model.best_epochs_) == 2
    if scoring == "neg_log_loss":
        assert model.best_epochs_ == best
    assert -1 < model.validation_score_ <= 1


def test_max_seconds_ends_the_fit_with_good_weights():
    frame, y, _ = fruit(2000)
    model = classifier(epochs=10**6, max_seconds=1.5, n_members=3).fit(frame, y)
    assert sum(h.seconds for h in model.history_) < 20  # a busy machine
    assert model.score(frame, y) > 0.85
    assert len(model.networks_) == 3


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


@pytest.mark.parametrize("loss", ["squared_error", "absolute_error", "quantile", "gaussian"])
def test_losses_of_the_regressor(loss):
    rng = np.random.default_rng(0)
    X = rng.uniform(-1, 1, (1200, 2))
    y = 2 * X[:, 0] + rng.normal(0, np.where(X[:, 1] > 0, 0.6, 0.1))
    model = regressor(loss=loss, epochs=30, quantiles=[0.1, 0.5, 0.9]).fit(X[:800], y[:800])
    X_new, y_new = X[800:], y[800:]
    assert model.score(X_new, y_new) > 0.75
    value, deviation = model.predict(X_new, return_std=True)
    assert same_bits(value, model.predict(X_new)) and (deviation > 0).all()
    quantiles = model.predict_quantiles(X_new)
    assert quantiles.shape == (400, 3) and (np.diff(quantiles, axis=1) >= 0).all()
    inside = ((y_new >= quantiles[:, 0]) & (y_new <= quantiles[:, 2])).mean()
    assert 0.7 < inside < 0.9
    if loss in ("quantile", "gaussian"):  # these see that the noise differs
        width = quantiles[:, 2] - quantiles[:, 0]
        assert width[X_new[:, 1] > 0.2].mean() > 2 * width[X_new[:, 1] < -0.2].mean()


def test_parameters_are_used():
    frame, y, _ = fruit()
    model = classifier(
        n_members=3, epochs=2, batch_size=16, embedding="none", dropout=0.0, activation="relu",
        label_smoothing=0.1, learning_rate_init=0.01, weight_decay=0.0, hidden_layer_sizes=(8, 4),
    ).fit(frame, y)  # fmt: skip
    found = model.settings_
    assert (found.n_members, found.epochs, found.batch_size) == (3, 2, 16)
    assert (found.label_smoothing, found.learning_rate_init, found.weight_decay) == (0.1, 0.01, 0.0)
    labels = [layer.label() for layer in model.networks_[0].layers]
    assert labels == ["Scale", "Dense(8, trained relu)", "Dense(4, trained relu)", "Dense(2)"]


def test_columns_of_numbers_can_be_categories():
    rng = np.random.default_rng(0)
    X = np.column_stack([rng.integers(0, 6, 300), rng.normal(size=300)])
    y = np.isin(X[:, 0], [1, 4]).astype(int)
    for chosen in ([0], [True, False]):
        model = classifier(categorical_features=chosen).fit(X, y)
        assert [c.kind for c in model.encoder_.columns_] == ["category", "number"]
    frame = pd.DataFrame(X, columns=["code", "x"])
    assert classifier(categorical_features=["code"]).fit(frame, y).score(frame, y) > 0.95


@pytest.mark.parametrize(
    ("estimator", "options", "message"),
    [
        (TabularClassifier, {"preset": "slow"}, "preset"),
        (TabularClassifier, {"n_members": 0}, "n_members"),
        (TabularClassifier, {"validation_fraction": 1.0}, "validation_fraction"),
        (TabularRegressor, {"loss": "mse"}, "loss"),
        (TabularRegressor, {"quantiles": [0.9, 0.1]}, "ascending numbers in"),
        (TabularRegressor, {"class_weight": "balanced"}, "class_weight is for classes"),
    ],
)
def test_wrong_parameters(estimator, options, message):
    X = np.random.default_rng(0).normal(size=(20, 2))
    with pytest.raises(ValueError, match=message):
        estimator(**options).fit(X, np.arange(20) % 2)


def test_tables_that_teach_nothing():
    with pytest.raises(ValueError, match="no column to learn from"):
        classifier().fit(pd.DataFrame({"a": [1.0] * 9}), [0, 1, 0, 1, 0, 1, 0, 1, 0])
    with pytest.raises(ValueError, match="one class only"):
        classifier().fit(np.random.default_rng(0).normal(size=(9, 2)), [1] * 9)
