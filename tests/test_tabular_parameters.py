"""Parameters of ``TabularClassifier`` and ``TabularRegressor``: all are used, wrong ones told."""

from __future__ import annotations

import inspect
import warnings

import numpy as np
import pytest

pytest.importorskip("sklearn", reason="scikit-learn is not installed")

from sklearn.utils.estimator_checks import check_estimator

from fusedmlp.sklearn import TabularClassifier, TabularRegressor
from support import same_bits
from tabular_cases import classifier, fruit, pd, regressor


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


def test_class_weights_move_the_probabilities():
    frame, y, _ = fruit()
    plain, heavy = classifier().fit(frame, y), classifier(class_weight={"ripe": 10.0}).fit(frame, y)
    assert heavy.predict_proba(frame)[:, 1].mean() > plain.predict_proba(frame)[:, 1].mean() + 0.02
    balanced = classifier(class_weight="balanced").fit(frame, y)
    assert np.isfinite(balanced.predict_proba(frame)).all()


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
