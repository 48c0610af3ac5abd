"""The estimators inside scikit-learn's tools, in pickles, and as the user meets them."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import textwrap
import warnings
from pathlib import Path

import joblib
import numpy as np
import pytest

pytest.importorskip("sklearn", reason="scikit-learn is not installed")

import sklearn
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.datasets import load_iris
from sklearn.ensemble import AdaBoostClassifier, BaggingClassifier
from sklearn.inspection import permutation_importance
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from fusedmlp.sklearn import MLPClassifier, MLPRegressor
from support import same_bits

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

X, y = load_iris(return_X_y=True)
KEPT = Path(__file__).parent / "data"


def small(**options):
    options = {"learning_rate_init": 0.02, "max_iter": 40, "random_state": 0, **options}
    return MLPClassifier((8,), **options)


def test_pipeline_cross_validation_and_search_with_two_jobs():
    model = make_pipeline(StandardScaler(), small())
    assert cross_val_score(model, X, y, cv=3).mean() > 0.9
    grid = {"mlpclassifier__alpha": [1e-4, 1.0], "mlpclassifier__activation": ["relu", "tanh"]}
    search = GridSearchCV(model, grid, cv=3, n_jobs=2)
    # Workers are other processes, with filters of their own.
    search.fit(X, y)
    assert search.best_score_ > 0.9
    alone = GridSearchCV(model, grid, cv=3).fit(X, y)
    np.testing.assert_allclose(
        search.cv_results_["mean_test_score"], alone.cv_results_["mean_test_score"]
    )


def test_calibration_boosting_bagging_and_importance():
    Z = StandardScaler().fit_transform(X)
    assert CalibratedClassifierCV(small(), cv=3).fit(Z, y).score(Z, y) > 0.9
    assert BaggingClassifier(small(), 3, random_state=0).fit(Z, y).score(Z, y) > 0.9
    model = small().fit(Z, y)
    importance = permutation_importance(model, Z, y, n_repeats=3, random_state=0)
    assert importance.importances_mean.max() > 0.05
    if "sample_weight" in sklearn.neural_network.MLPClassifier.fit.__code__.co_varnames:
        assert AdaBoostClassifier(small(), n_estimators=3).fit(Z, y).score(Z, y) > 0.9


def test_clone_is_unfitted_and_repeats_the_fit():
    model = small().fit(X, y)
    again = clone(model)
    assert not hasattr(again, "coefs_") and again.get_params() == model.get_params()
    assert same_bits(again.fit(X, y).network_.theta, model.network_.theta)


@pytest.mark.parametrize("estimator", [MLPClassifier, MLPRegressor])
@pytest.mark.parametrize("solver", ["adam", "sgd", "rmsprop", "lbfgs"])
def test_pickles_and_joblib_keep_everything(estimator, solver, tmp_path):
    model = estimator(hidden_layer_sizes=6, solver=solver, max_iter=3, random_state=0).fit(X, y)
    joblib.dump(model, tmp_path / "model.joblib")
    for copy in (pickle.loads(pickle.dumps(model)), joblib.load(tmp_path / "model.joblib")):
        assert same_bits(copy.predict(X), model.predict(X))
        assert copy.coefs_[0].base is not None  # views again
        if solver != "lbfgs":
            a, b = copy.partial_fit(X, y), pickle.loads(pickle.dumps(model)).partial_fit(X, y)
            assert same_bits(a.network_.theta, b.network_.theta)
    state = model.__getstate__()
    assert {"network_", "n_iter_"} <= state.keys() and not {"coefs_", "_views"} & state.keys()


def _plain(value):
    """Whether a pickle's content is made of arrays and plain values."""
    if isinstance(value, dict):
        return all(_plain(v) for v in value.values())
    if isinstance(value, (list, tuple)):
        return all(_plain(v) for v in value)
    return value is None or isinstance(value, (bool, int, float, str, np.ndarray, np.generic))


def test_state_is_arrays_and_loads_on_another_backend(tmp_path):
    model = small(norm="batch", dropout=0.1, ema_decay=0.9).fit(X, y)
    assert _plain(model.__getstate__()["network_"])
    assert _plain(model._optimizer.__getstate__())
    joblib.dump((model, X, model.predict_proba(X)), tmp_path / "model")
    code = """
        import joblib, numpy as np, sys, fusedmlp
        model, X, wanted = joblib.load(sys.argv[1])
        assert fusedmlp.info()["backend"] == "numpy"
        np.testing.assert_allclose(model.predict_proba(X), wanted, rtol=1e-9)
        model.partial_fit(X, model.predict(X))
    """
    env = {**os.environ, "FUSEDMLP_BACKEND": "numpy"}
    run = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", textwrap.dedent(code), str(tmp_path / "model")],
        env=env, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr


# Written once by tests/data/write_estimators.py; never written anew, so that old pickles load.
@pytest.mark.parametrize("name", ["classifier", "regressor"])
def test_kept_pickles_load(core, name):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # LabelBinarizer tells of other versions of scikit-learn
        model, rows, wanted = joblib.load(KEPT / f"{name}.joblib")
    np.testing.assert_allclose(model.predict(rows), wanted, rtol=1e-5)
    labels = model.predict(rows)
    assert model.partial_fit(rows, labels).n_iter_ == 1


def test_feature_names_are_kept_and_compared():
    pd = pytest.importorskip("pandas")
    frame = pd.DataFrame(X, columns=list("abcd"))
    model = small(max_iter=2, early_stopping=True).fit(frame, y)
    assert model.feature_names_in_.tolist() == list("abcd")
    with pytest.raises(ValueError, match="feature names should match"):
        model.predict(frame[list("dcba")])
    with pytest.warns(UserWarning, match="valid feature names"):
        model.predict(X)


def test_metadata_is_routed():
    weights = np.linspace(0.5, 1.5, 150)
    with sklearn.config_context(enable_metadata_routing=True):
        model = small(max_iter=3).set_fit_request(sample_weight=True)
        model.set_score_request(sample_weight=True)
        scores = cross_val_score(model, X, y, cv=3, params={"sample_weight": weights})
        assert len(scores) == 3
        model.set_partial_fit_request(classes=True)


def test_html_and_text_show_what_was_set():
    model = small(dropout=0.2)
    assert "dropout=0.2" in repr(model) and "alpha" not in repr(model)
    assert "MLPClassifier" in model._repr_html_()


def test_the_package_alone_does_not_import_scikit_learn():
    code = "import fusedmlp, sys; assert not {'sklearn', 'scipy', 'joblib'} & {*sys.modules}"
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize("missing", ["sklearn", "scipy"])
def test_without_scikit_learn_the_error_names_the_extra(missing):
    code = f"""
        import sys
        sys.modules[{missing!r}] = None
        try:
            import fusedmlp.sklearn
        except ImportError as error:
            assert "pip install 'fusedmlp[sklearn]'" in str(error)
        else:
            raise SystemExit("no error")
    """
    subprocess.run([sys.executable, "-c", textwrap.dedent(code)], check=True)
