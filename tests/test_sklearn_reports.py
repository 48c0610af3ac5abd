"""What users of scikit-learn's networks have reported, each case tried."""

from __future__ import annotations

import signal
import threading
import time
import warnings

import joblib
import numpy as np
import pytest

pytest.importorskip("sklearn", reason="scikit-learn is not installed")

import scipy.sparse
from sklearn.datasets import load_iris
from sklearn.exceptions import ConvergenceWarning, DataConversionWarning
from sklearn.preprocessing import scale

import fusedmlp as fm
from fusedmlp.sklearn import MLPClassifier, MLPRegressor
from fusedmlp.sklearn.compat import threads_here
from support import same_bits

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

X, y = load_iris(return_X_y=True)
X = scale(X)


def test_early_stopping_with_two_rows_says_what_is_too_small():
    """scikit-learn#24713: NaN scores."""
    with pytest.raises(ValueError, match="The validation set is too small"):
        MLPRegressor(early_stopping=True, random_state=0).fit(X[:2], y[:2])


def test_divergence_with_early_stopping_keeps_the_best_weights(core):
    """scikit-learn#29504: an error from the scorer."""
    model = MLPRegressor(
        hidden_layer_sizes=20, activation="identity", solver="sgd", learning_rate_init=1,
        early_stopping=True, random_state=0,
    )  # fmt: skip
    with pytest.warns(ConvergenceWarning, match="The loss became"):
        model.fit(X * 10, y)
    assert np.isnan(model.validation_scores_[-1]) and np.isnan(model.loss_curve_[-1])
    assert np.isfinite(model.predict(X)).all()


def test_divergence_without_it_says_where_and_keeps_good_weights(core):
    model = MLPRegressor(solver="sgd", activation="identity", learning_rate_init=10, batch_size=10)
    with pytest.raises(fm.DivergedError, match=r"non-finite parameter weights.*iteration") as error:
        model.fit(X * 10, y)
    assert isinstance(error.value, ValueError) and error.value.epoch >= 0
    assert np.isfinite(model.network_.theta).all()


@pytest.mark.parametrize("scoring, better", [(None, "r2"), ("loss", "loss"), ("r2", "r2")])
def test_a_regressors_validation_score_is_what_was_asked_for(scoring, better):
    """scikit-learn#24411: R^2 where users expect the loss."""
    model = MLPRegressor(early_stopping=True, scoring=scoring, max_iter=5, random_state=0).fit(X, y)
    if better == "loss":
        assert model.validation_scores_ == [-v for v in model.validation_loss_curve_]
    else:
        first = MLPRegressor(early_stopping=True, max_iter=5, random_state=0).fit(X, y)
        np.testing.assert_allclose(model.validation_scores_, first.validation_scores_)


def test_a_chunk_may_have_labels_of_one_class(core):
    model = MLPClassifier(8, learning_rate_init=0.01, random_state=0)
    for _ in range(60):
        for label in range(3):
            rows = y == label
            model.partial_fit(X[rows][:10], y[rows][:10], classes=[0, 1, 2])
    assert model.score(X, y) > 0.6
    assert MLPClassifier(4, max_iter=2).fit(X, np.ones(150)).predict(X).tolist() == [1] * 150


@pytest.mark.parametrize(
    "labels", [y.astype(float), y.astype(np.float32), y > 0, y.astype(str), y.astype(np.uint64),
               np.array(["ä", "β", "c"], object)[y], y - 10, y.astype(np.int8)],
    ids=lambda a: f"{a.dtype}",
)  # fmt: skip
def test_labels_of_any_kind_come_back_as_they_were(labels):
    model = MLPClassifier(8, solver="lbfgs", random_state=0, max_iter=50).fit(X, labels)
    prediction = model.predict(X)
    assert prediction.dtype == model.classes_.dtype and (prediction == labels).mean() > 0.9
    early = MLPClassifier(8, early_stopping=True, max_iter=3, scoring="accuracy").fit(X, labels)
    assert np.isfinite(early.validation_scores_).all()


def test_fractions_are_no_labels():
    with pytest.raises(ValueError, match="Unknown label type"):
        MLPClassifier().fit(X, y + 0.5)


@pytest.mark.parametrize("estimator", [MLPClassifier, MLPRegressor])
def test_one_column_of_y_is_a_warning_and_no_error(estimator):
    model = estimator(hidden_layer_sizes=4, max_iter=2, random_state=0)
    with pytest.warns(DataConversionWarning, match="column-vector y"):
        model.fit(X, y[:, None])
    assert model.predict(X).shape == (150,)


def test_read_only_memory_maps_give_the_same_bits(core, tmp_path):
    for name, array in (("X", X), ("y", y)):
        np.save(tmp_path / f"{name}.npy", array)
    mapped = np.load(tmp_path / "X.npy", mmap_mode="r"), np.load(tmp_path / "y.npy", mmap_mode="r")
    for solver in ("adam", "lbfgs"):
        model = MLPClassifier(5, solver=solver, max_iter=3, random_state=0)
        theta = model.fit(X, y).network_.theta.copy()
        assert same_bits(model.fit(*mapped).network_.theta, theta)
        assert same_bits(model.predict_proba(mapped[0]), model.predict_proba(X))


def test_layouts_give_the_same_bits():
    model = MLPClassifier(5, max_iter=3, random_state=0)
    theta = model.fit(X, y).network_.theta.copy()
    wide = np.zeros((150, 8))
    wide[:, ::2] = X
    for layout in (np.asfortranarray(X), wide[:, ::2], X[::-1][::-1], X.tolist()):
        assert same_bits(model.fit(layout, y).network_.theta, theta)


def test_nullable_columns_of_pandas_are_numbers():
    pd = pytest.importorskip("pandas")
    frame = pd.DataFrame(X).astype("Float64")
    frame.columns = list("abcd")
    model = MLPClassifier(5, max_iter=3, random_state=0)
    wanted = model.fit(X, y).network_.theta.copy()
    assert same_bits(model.fit(frame, pd.Series(y, dtype="Int64")).network_.theta, wanted)
    numbers = MLPRegressor(hidden_layer_sizes=5, max_iter=3, random_state=0)
    assert numbers.fit(frame, pd.Series(y, dtype="Int64")).predict(frame).shape == (150,)
    frame.iloc[3, 1] = pd.NA
    with pytest.raises(ValueError, match="contains NaN"):
        model.fit(frame, y)


@pytest.mark.parametrize("kind", ["csr_matrix", "csc_matrix", "coo_matrix", "csr_array"])
def test_sparse_rows_give_the_same_bits(kind):
    sparse = getattr(scipy.sparse, kind)(X)
    model = MLPClassifier(5, max_iter=3, random_state=0)
    wanted = model.fit(X, y).predict_proba(X)
    assert same_bits(model.fit(sparse, y).predict_proba(sparse), wanted)
    model.partial_fit(sparse, y)


def test_threads_of_joblib_use_one_thread_each():
    def report():
        return threads_here(), MLPClassifier(5, max_iter=2, random_state=0).fit(X, y).loss_

    alone = report()
    assert alone[0] == fm.get_num_threads()
    inside = joblib.Parallel(n_jobs=-1, backend="threading")(
        joblib.delayed(report)() for _ in range(4)
    )
    # On one processor joblib runs the calls itself.
    assert {n for n, _ in inside} == ({1} if joblib.cpu_count() > 1 else {alone[0]})
    assert {loss for _, loss in inside} == {alone[1]}


@pytest.mark.skipif(fm.info()["backend"] == "numpy", reason="the twin has no threads of its own")
def test_worker_processes_share_the_processors():
    jobs = max(2, joblib.cpu_count())
    found = joblib.Parallel(n_jobs=jobs)(joblib.delayed(fm.get_num_threads)() for _ in range(jobs))
    assert set(found) == {max(1, joblib.cpu_count() // jobs)}


def test_weights_that_make_no_sense_are_errors():
    for weights, message in (
        (-np.ones(150), "must not be negative, got -1 at row 0"),
        (np.zeros(150), "zero"),
        (np.full(150, np.nan), "NaN"),
        (np.ones(3), "shape"),
    ):
        with pytest.raises(ValueError, match=message):
            MLPClassifier().fit(X, y, weights)
    with pytest.raises(ValueError, match="requires non-negative y"):
        MLPRegressor("poisson").fit(X, -y)


def test_rows_that_weigh_nothing_change_nothing(core):
    model = MLPRegressor(hidden_layer_sizes=5, max_iter=4, random_state=0)
    model.set_params(shuffle=False, batch_size=50, solver="sgd", learning_rate_init=0.1)
    weights = np.repeat([1.0, 0.0, 1.0], 50)
    some = np.r_[0:50, 100:150]
    with_zero = model.fit(X, y, weights).predict(X)
    # A batch without weight still makes a step of the momentum.
    assert np.isfinite(with_zero).all()
    model.set_params(momentum=0.0)
    np.testing.assert_allclose(
        model.fit(X, y, weights).predict(X), model.fit(X[some], y[some]).predict(X), rtol=1e-12
    )


def test_ctrl_c_ends_a_fit_with_a_warning_and_a_model():
    rows = np.random.default_rng(0).standard_normal((20_000, 20))
    model = MLPRegressor(hidden_layer_sizes=64, max_iter=10_000, tol=0, n_iter_no_change=10_000)
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    timer = threading.Timer(0.5, signal.raise_signal, [signal.SIGINT])
    timer.start()
    began = time.monotonic()
    try:
        with pytest.warns(UserWarning, match="interrupted by user"):
            model.fit(rows, rows[:, 0])
    finally:
        timer.join()
        signal.signal(signal.SIGINT, before)
    assert time.monotonic() - began < 20
    assert np.isfinite(model.predict(rows[:5])).all()


def test_a_refused_fit_leaves_the_model_as_it_was(core):
    model = MLPClassifier(5, max_iter=3, random_state=0).fit(X, y)
    wanted = model.predict_proba(X)
    bad = X.copy()
    bad[3, 1] = np.inf
    with pytest.raises(ValueError, match="infinity"):
        model.fit(bad, y)
    with pytest.raises(ValueError, match=r"(?i)sample.weight"):
        model.partial_fit(X, y, np.zeros(150))
    with pytest.raises(ValueError, match=r"not in `self\.classes_`"):
        model.partial_fit(X, y + 1)
    with pytest.raises(ValueError, match=r"(?i)sample.weight"):
        model.fit(X[:, :2], y > 0, np.zeros(150))
    assert model.classes_.tolist() == [0, 1, 2] and model.n_features_in_ == 4
    assert same_bits(model.predict_proba(X), wanted)


def test_extreme_logits_have_finite_logarithms():
    model = MLPClassifier((), solver="lbfgs", max_iter=1).fit(X, y > 0)
    model.coefs_[0] = np.full((4, 1), 1e4)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        logs = model.predict_log_proba(np.full((1, 4), 10.0))
    logit = 4e5 + model.intercepts_[0][0]
    assert logs[0, 0] == pytest.approx(-logit) and logs[0, 1] == 0
