"""What the estimators have beyond scikit-learn's."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

pytest.importorskip("sklearn", reason="scikit-learn is not installed")

from sklearn.datasets import load_iris, make_classification, make_multilabel_classification
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import log_loss
from sklearn.preprocessing import scale

import fusedmlp as fm
from fusedmlp import functional as F
from fusedmlp.sklearn import MLPClassifier, MLPRegressor
from support import central_difference

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

X, y = load_iris(return_X_y=True)
X = scale(X)


def test_every_activation_alone_and_in_a_list(core):
    for name in F.ACTIVATIONS:
        assert MLPClassifier(8, name, max_iter=2, random_state=0).fit(X, y).n_iter_ == 2
    model = MLPClassifier((8, 4), ["mish", "logistic"], max_iter=2, random_state=0).fit(X, y)
    assert [layer.activation for layer in model.network_.layers] == ["mish", "sigmoid", None]
    for bad in (["relu"], ["relu", "relux"]):
        with pytest.raises(ValueError, match="activation must"):
            MLPClassifier((8, 4), bad).fit(X, y)


@pytest.mark.parametrize("solver", F.OPTIMIZERS)
def test_every_optimizer_learns(solver):
    lr = {"adadelta": 1.0, "sgd": 0.1, "adagrad": 0.1, "lion": 3e-3}.get(solver, 0.01)
    model = MLPClassifier(16, solver=solver, learning_rate_init=lr, random_state=0, batch_size=30)
    assert model.fit(X, y).score(X, y) > 0.94
    before = model.loss_
    assert model.partial_fit(X, y).loss_ < before + 0.05


def test_dropout_and_norms_reach_the_network(core):
    for norm in (None, "batch", "layer"):
        model = MLPClassifier((8, 8), norm=norm, dropout=0.1, learning_rate_init=0.01)
        model.set_params(random_state=0).fit(X, y)
        assert len(model.coefs_) == len(model.intercepts_) == 3
        assert sum(isinstance(layer, fm.Dropout) for layer in model.network_.layers) == 2
        assert model.score(X, y) > 0.8
    with pytest.raises(ValueError, match="BatchNorm needs at least 2 rows"):
        MLPClassifier(norm="batch", batch_size=1).fit(X, y)


def test_class_weights_are_sample_weights(core):
    options = {"hidden_layer_sizes": 8, "max_iter": 5, "random_state": 0}
    weights = np.array([1.0, 5.0, 0.5])
    by_class = MLPClassifier(class_weight=dict(enumerate(weights)), **options).fit(X, y)
    by_row = MLPClassifier(**options).fit(X, y, weights[y])
    assert (by_class.coefs_[0] == by_row.coefs_[0]).all()
    counts = np.array([30, 40, 50])
    rows = np.concatenate([np.flatnonzero(y == k)[:n] for k, n in enumerate(counts)])
    balanced = MLPClassifier(class_weight="balanced", **options).fit(X[rows], y[rows])
    by_row = MLPClassifier(**options).fit(X[rows], y[rows], (120 / (3 * counts))[y[rows]])
    np.testing.assert_allclose(balanced.coefs_[0], by_row.coefs_[0], rtol=1e-12)
    with pytest.raises(ValueError, match="'balanced' is not supported for partial_fit"):
        MLPClassifier(class_weight="balanced").partial_fit(X, y, classes=[0, 1, 2])


def test_label_smoothing_keeps_probabilities_from_the_ends():
    for target in (y, y > 0, np.eye(3, dtype=int)[y]):
        sure, smooth = (
            MLPClassifier(20, solver="lbfgs", label_smoothing=s, random_state=0).fit(X, target)
            for s in (0.0, 0.3)
        )
        assert smooth.predict_proba(X).max() < 0.95 < sure.predict_proba(X).max()


def test_clipping_limits_the_gradient():
    options = {"solver": "sgd", "momentum": 0.0, "alpha": 0.0, "max_iter": 1, "batch_size": 150}
    model = MLPRegressor(hidden_layer_sizes=5, random_state=0, clip_grad_norm=0.01, **options)
    start = MLPRegressor(hidden_layer_sizes=5, random_state=0, learning_rate_init=1e-30, **options)
    before, after = start.fit(X, y * 100.0).network_.theta, model.fit(X, y * 100.0).network_.theta
    assert np.linalg.norm(after - before) == pytest.approx(0.01 * 0.001, rel=1e-3)


def test_a_moving_average_goes_on_with_partial_fit(core):
    options = {"hidden_layer_sizes": 6, "ema_decay": 0.9, "random_state": 0, "tol": 0.0}
    whole = MLPClassifier(max_iter=6, **options).fit(X, y)
    parts = MLPClassifier(**options)
    for _ in range(6):
        parts.partial_fit(X, y, classes=[0, 1, 2])
    assert (whole.network_.theta == parts.network_.theta).all()
    plain = MLPClassifier(6, random_state=0, tol=0.0, max_iter=6).fit(X, y)
    np.testing.assert_allclose(whole.loss_curve_, plain.loss_curve_)  # of the training weights
    assert (whole.network_.theta != plain.network_.theta).any()


def test_eval_set_is_measured_with_the_weights_of_each_epoch(core):
    model = MLPClassifier(8, max_iter=5, random_state=0)
    model.fit(X[::2], y[::2], eval_set=(X[1::2], y[1::2]))
    assert len(model.validation_loss_curve_) == 5 and model.validation_scores_ is None
    wanted = log_loss(y[1::2], model.predict_proba(X[1::2]))
    assert model.validation_loss_curve_[-1] == pytest.approx(wanted)
    lbfgs = MLPClassifier(8, solver="lbfgs", max_iter=5, random_state=0)
    lbfgs.fit(X, y, eval_set=(X, y, np.ones(150)))
    assert len(lbfgs.validation_loss_curve_) == len(lbfgs.loss_curve_) == 5
    assert lbfgs.loss_curve_[-1] == pytest.approx(lbfgs.loss_)
    for bad in (X, (X,), (X, y, y, y)):
        with pytest.raises(TypeError, match="eval_set must be a tuple"):
            model.fit(X, y, eval_set=bad)


def test_early_stopping_watches_the_eval_set_and_keeps_the_best_weights(core):
    model = MLPRegressor(
        hidden_layer_sizes=8, early_stopping=True, scoring="loss", random_state=0, max_iter=30,
        learning_rate_init=0.3,
    )  # fmt: skip
    model.fit(X[::2], y[::2], eval_set=(X[1::2], y[1::2]))
    assert model.validation_scores_ == [-v for v in model.validation_loss_curve_]
    assert model.best_validation_score_ == max(model.validation_scores_)
    mse = np.mean((model.predict(X[1::2]) - y[1::2]) ** 2)
    assert mse / 2 == pytest.approx(-model.best_validation_score_)


@pytest.mark.parametrize("scoring", ["neg_log_loss", "f1_macro", lambda m, X, y: m.score(X, y)])
def test_any_scorer_decides(scoring):
    pd = pytest.importorskip("pandas")
    frame = pd.DataFrame(X, columns=list("abcd"))
    model = MLPClassifier(8, early_stopping=True, scoring=scoring, max_iter=5, random_state=0)
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(frame, y)
    assert len(model.validation_scores_) == 5 and len(model.validation_loss_curve_) == 5


def noisy(n=3000):
    rng = np.random.default_rng(0)
    x = rng.uniform(-1, 1, (n, 1))
    return x, 2 * x[:, 0] + (0.2 + 0.5 * (x[:, 0] > 0)) * rng.standard_normal(n)


def test_quantiles_cover_their_share_and_do_not_cross():
    x, target = noisy()
    q = [0.1, 0.5, 0.9]
    model = MLPRegressor("quantile", 16, quantile=q, random_state=0, tol=0.0, ema_decay=0.99)
    prediction = model.fit(x, target).predict(x)
    assert prediction.shape == (3000, 3) and (np.diff(prediction, axis=1) >= 0).all()
    np.testing.assert_allclose((target[:, None] <= prediction).mean(axis=0), q, atol=0.03)
    assert model.score(x, target) > 0.7
    # The outputs of a net that has hardly learnt cross; what it predicts does not.
    early = MLPRegressor("quantile", 16, quantile=q, max_iter=1, random_state=1).fit(x, target)
    assert (np.diff(early.network_.predict(x), axis=1) < 0).any()
    assert (np.diff(early.predict(x), axis=1) >= 0).all()
    several = MLPRegressor("quantile", 4, quantile=q, max_iter=2).fit(x, np.stack([target] * 2, 1))
    assert several.predict(x).shape == (3000, 2, 3)
    assert MLPRegressor("quantile", 4, max_iter=2).fit(x, target).predict(x).shape == (3000,)
    for bad in ([0.9, 0.1], [0.0, 0.5], []):
        with pytest.raises(ValueError, match="quantile must be in"):
            MLPRegressor("quantile", quantile=bad).fit(x, target)


@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
def test_the_gaussian_head_finds_mean_and_deviation(solver):
    x, target = noisy()
    model = MLPRegressor("gaussian", 16, solver=solver, random_state=0, learning_rate_init=0.01)
    mean, std = model.fit(x, target).predict(x, return_std=True)
    assert mean.shape == std.shape == (3000,)
    assert np.mean(np.abs(mean - 2 * x[:, 0])) < 0.06
    assert std[x[:, 0] < -0.2].mean() == pytest.approx(0.2, rel=0.15)
    assert std[x[:, 0] > 0.2].mean() == pytest.approx(0.7, rel=0.15)
    with pytest.raises(ValueError, match="return_std=True needs loss='gaussian'"):
        MLPRegressor(max_iter=2).fit(x, target).predict(x, return_std=True)


def test_robust_losses_bear_outliers():
    x, target = noisy(500)
    target[::20] += 100
    for loss in ("absolute_error", "huber"):
        model = MLPRegressor(loss, 16, random_state=0, learning_rate_init=0.01).fit(x, target)
        assert np.mean(np.abs(model.predict(x) - 2 * x[:, 0])) < 0.3


@pytest.mark.parametrize(
    "loss", ["squared_error", "poisson", "huber", "gaussian", "absolute_error", "quantile"]
)
@pytest.mark.parametrize("targets", [1, 3])
def test_gradients_are_those_of_the_loss_for_any_number_of_targets(core, loss, targets):
    """scikit-learn#8349: its gradient is k times the derivative of its loss for k targets."""
    Y = np.random.default_rng(0).uniform(0, 2, (150, targets))
    model = MLPRegressor(loss, 5, "tanh", solver="lbfgs", max_iter=1, alpha=2.0, random_state=0)
    model.fit(X, Y[:, 0] if targets == 1 else Y)
    weights = np.random.default_rng(1).uniform(0.1, 2, 150)
    theta = np.hstack([a.ravel() for a in model.coefs_ + model.intercepts_])

    def value(t):
        return model._loss_grad_lbfgs(t, X, Y, weights)[0]

    gradient = model._loss_grad_lbfgs(theta, X, Y, weights)[1]
    np.testing.assert_allclose(gradient, central_difference(value, theta), rtol=1e-5, atol=1e-7)


def test_blocks_of_rows_add_up_to_the_same_loss(monkeypatch):
    from fusedmlp.sklearn.lbfgs import Objective

    model = MLPClassifier(5, solver="lbfgs", max_iter=1, random_state=0).fit(X, y)
    theta = np.hstack([a.ravel() for a in model.coefs_ + model.intercepts_])
    whole = model._loss_grad_lbfgs(theta, X, np.eye(3)[y])
    init = Objective.__init__

    def small(self, *args):
        init(self, *args)
        self._block = 7

    monkeypatch.setattr(Objective, "__init__", small)
    blocks = model._loss_grad_lbfgs(theta, X, np.eye(3)[y])
    assert blocks[0] == pytest.approx(whole[0], rel=1e-13)
    np.testing.assert_allclose(blocks[1], whole[1], rtol=1e-11, atol=1e-14)


def test_n_iter_no_change_means_n(core):
    for n in (1, 3):
        model = MLPClassifier(4, tol=1e9, n_iter_no_change=n, solver="sgd").fit(X, y)
        assert model.n_iter_ == n + 1  # the first epoch always counts as better


def test_a_warm_start_keeps_the_optimizer_if_asked(core):
    options = {"hidden_layer_sizes": 6, "warm_start": True, "random_state": 0, "tol": 0.0}
    whole = MLPClassifier(max_iter=8, **options).fit(X, y)
    for keep in (True, False):
        model = MLPClassifier(max_iter=4, keep_optimizer_state=keep, **options)
        theta = model.fit(X, y).fit(X, y).network_.theta
        assert (theta == whole.network_.theta).all() == keep


def test_fit_and_partial_fits_are_the_same_course(core):
    whole = MLPRegressor(hidden_layer_sizes=5, max_iter=6, tol=0, random_state=0).fit(X, y)
    parts = MLPRegressor(hidden_layer_sizes=5, random_state=0)
    for _ in range(6):
        parts.partial_fit(X, y)
    assert (whole.network_.theta == parts.network_.theta).all()
    np.testing.assert_allclose(whole.loss_curve_, parts.loss_curve_)


def test_weights_put_into_coefs_count(core):
    model = MLPRegressor(hidden_layer_sizes=5, max_iter=2, random_state=0).fit(X, y)
    before = model.predict(X)
    model.intercepts_[-1][...] += 1  # in place
    np.testing.assert_allclose(model.predict(X), before + 1)
    model.intercepts_[-1] = model.intercepts_[-1] + 1  # another array
    np.testing.assert_allclose(model.predict(X), before + 2)
    assert model.network_.parameters()["1.bias"] is not None
    model.coefs_ = [np.zeros_like(c) for c in model.coefs_]
    assert np.ptp(model.predict(X)) == 0
    model.coefs_[0] = np.zeros((3, 5))
    with pytest.raises(ValueError, match="must have the shapes"):
        model.predict(X)


def test_r_squared_is_scikit_learns():
    from sklearn.metrics import r2_score

    from fusedmlp.sklearn.heads import r_squared

    rng = np.random.default_rng(0)
    for target in (rng.normal(size=30), rng.normal(size=(30, 3)), np.ones(30)):
        for prediction in (target + 0.1, rng.normal(size=target.shape), target):
            for weights in (None, rng.uniform(size=30)):
                wanted = r2_score(target, prediction, sample_weight=weights)
                assert r_squared(target, prediction, weights) == pytest.approx(wanted, abs=1e-12)


def test_multilabel_accuracy_and_score_agree_with_early_stopping():
    Xm, Ym = make_multilabel_classification(200, random_state=0)
    model = MLPClassifier(8, early_stopping=True, max_iter=4, random_state=0).fit(Xm, Ym)
    with pytest.raises(ValueError, match="a warm start or partial_fit cannot change them"):
        model.set_params(warm_start=True, hidden_layer_sizes=9).fit(Xm, Ym)
    Xc, yc = make_classification(100, random_state=0)
    held = MLPClassifier(8, early_stopping=True, max_iter=4, random_state=0)
    held.fit(Xc, yc, eval_set=(Xc, yc))
    assert held.score(Xc, yc) == pytest.approx(held.best_validation_score_)
