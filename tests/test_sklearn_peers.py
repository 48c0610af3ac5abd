"""The estimators beside scikit-learn's: from the same weights, the same course of the fit."""

from __future__ import annotations

import pickle
import warnings

import numpy as np
import pytest

pytest.importorskip("sklearn", reason="scikit-learn is not installed")

import sklearn
import sklearn.neural_network as theirs
from sklearn.datasets import load_diabetes, load_digits

from fusedmlp import sklearn as ours

pytestmark = pytest.mark.peers
VERSION = tuple(int(n) for n in sklearn.__version__.split(".")[:2])


def data(kind, n=300):
    load = load_diabetes if kind in ("regression", "counts") else load_digits
    X, y = (a[:n] for a in load(return_X_y=True))
    if kind == "digits":
        return X / 16, y
    if kind == "binary":
        return X / 16, y > 4
    if kind == "multilabel":
        return X / 16, np.stack([y > 4, y % 2 == 0, y % 3 == 0], axis=1).astype(int)
    X = (X - X.mean(0)) / X.std(0)
    if kind == "counts":
        return X, np.floor(y / 50)
    return X, (y - y.mean()) / y.std()


def pair(name, X, y, sample_weight=None, **options):
    """Both estimators, fitted with the same options; both draw the same first weights."""
    options = {"max_iter": 20, "tol": 0, "random_state": 3, "shuffle": False, **options}
    fitted = []
    for module in (ours, theirs):
        model = getattr(module, name)(hidden_layer_sizes=(20, 10), **options)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            model.fit(X, y) if sample_weight is None else model.fit(X, y, sample_weight)
        fitted.append(model)
    return fitted


def assert_same_course(mine, peer, rtol=1e-8):
    for a, b in zip(mine.coefs_ + mine.intercepts_, peer.coefs_ + peer.intercepts_, strict=True):
        np.testing.assert_allclose(a, b, rtol=rtol, atol=1e-8)
    assert (mine.n_iter_, mine.t_) == (peer.n_iter_, peer.t_) or mine.solver == "lbfgs"
    np.testing.assert_allclose(mine.loss_, peer.loss_, rtol=1e-8)
    if mine.solver != "lbfgs":
        np.testing.assert_allclose(mine.loss_curve_, peer.loss_curve_, rtol=1e-8)


COURSES = [
    {"solver": "sgd"},
    {"solver": "sgd", "momentum": 0.5, "nesterovs_momentum": False, "learning_rate_init": 0.01},
    {"solver": "sgd", "momentum": 0.0, "alpha": 1.0},
    {"solver": "sgd", "learning_rate": "invscaling", "learning_rate_init": 0.1, "power_t": 0.3},
    {"solver": "adam"},
    {"solver": "adam", "epsilon": 1e-2, "beta_1": 0.5, "beta_2": 0.9, "alpha": 0.5},
    {"solver": "adam", "batch_size": 7},
    {"solver": "lbfgs"},
    {"solver": "lbfgs", "alpha": 1.0},
]


@pytest.mark.parametrize("options", COURSES, ids=str)
@pytest.mark.parametrize("kind", ["digits", "binary", "multilabel", "regression"])
def test_weights_and_losses_follow_scikit_learns_over_20_epochs(core, kind, options):
    name = "MLPRegressor" if kind == "regression" else "MLPClassifier"
    assert_same_course(*pair(name, *data(kind), **options))


@pytest.mark.parametrize("activation", ["identity", "logistic", "tanh"])
def test_every_activation_follows(activation):
    for solver in ("sgd", "adam", "lbfgs"):
        X, y = data("digits")
        assert_same_course(*pair("MLPClassifier", X, y, solver=solver, activation=activation))


@pytest.mark.skipif(VERSION < (1, 7), reason="scikit-learn 1.7 brings sample_weight and poisson")
def test_sample_weights_and_poisson_follow(core):
    weights = np.random.default_rng(0).uniform(0.1, 3, 300)
    for solver in ("sgd", "adam", "lbfgs"):
        assert_same_course(*pair("MLPClassifier", *data("digits"), weights, solver=solver))
        options = {"solver": solver, "loss": "poisson"}
        assert_same_course(*pair("MLPRegressor", *data("counts"), weights, **options))


def test_several_targets_follow_with_sgd_and_adam():
    X, y = data("regression")
    for solver in ("sgd", "adam"):
        assert_same_course(*pair("MLPRegressor", X, np.stack([y, -y, y**2], 1), solver=solver))


@pytest.mark.parametrize("kind", ["digits", "binary", "regression"])
def test_early_stopping_holds_out_the_same_rows(kind):
    name = "MLPRegressor" if kind == "regression" else "MLPClassifier"
    mine, peer = pair(name, *data(kind), early_stopping=True, learning_rate_init=0.01)
    assert_same_course(mine, peer)
    np.testing.assert_allclose(mine.validation_scores_, peer.validation_scores_, rtol=1e-8)
    assert mine.best_validation_score_ == pytest.approx(peer.best_validation_score_)


def test_adaptive_lowers_at_n_epochs_as_theirs_at_one_less():
    """A count of n here is one of n - 1 there."""
    X, y = data("digits")
    options = {"solver": "sgd", "learning_rate": "adaptive", "tol": 0.05, "max_iter": 60}
    mine = pair("MLPClassifier", X, y, n_iter_no_change=4, **options)[0]
    peer = pair("MLPClassifier", X, y, n_iter_no_change=3, **options)[1]
    assert mine._optimizer.learning_rate == peer._optimizer.learning_rate < 1e-3
    assert_same_course(mine, peer)


@pytest.mark.parametrize("kind", ["digits", "binary", "multilabel", "regression", "counts"])
def test_from_sklearn_gives_the_same_predictions(kind):
    X, y = data(kind)
    regression = kind in ("regression", "counts")
    options = {"hidden_layer_sizes": (20, 10), "max_iter": 5, "random_state": 0}
    if kind == "counts" and VERSION >= (1, 7):
        options["loss"] = "poisson"
    peer = getattr(theirs, "MLPRegressor" if regression else "MLPClassifier")(**options)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        peer.fit(X, y)
    mine = ours.from_sklearn(peer)
    np.testing.assert_allclose(mine.predict(X), peer.predict(X), rtol=1e-10)
    if not regression:
        np.testing.assert_allclose(mine.predict_proba(X), peer.predict_proba(X), rtol=1e-9)
    assert pickle.loads(pickle.dumps(mine)).loss_curve_ == peer.loss_curve_


@pytest.mark.parametrize("solver", ["sgd", "adam"])
def test_from_sklearn_goes_on_where_the_fit_stood(solver):
    X, y = data("digits")
    peer = theirs.MLPClassifier((20,), solver=solver, random_state=0, shuffle=False)
    for _ in range(3):
        peer.partial_fit(X, y, classes=np.unique(y))
    mine = ours.from_sklearn(peer)
    for _ in range(3):
        peer.partial_fit(X, y)
        mine.partial_fit(X, y)
    assert_same_course(mine, peer)


def test_from_sklearn_refuses_other_things():
    from sklearn.exceptions import NotFittedError
    from sklearn.linear_model import Ridge

    with pytest.raises(TypeError, match=r"must be a sklearn.neural_network.MLPClassifier or"):
        ours.from_sklearn(Ridge())
    with pytest.raises(NotFittedError):
        ours.from_sklearn(theirs.MLPRegressor())
