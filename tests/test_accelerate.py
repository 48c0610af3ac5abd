"""``accelerate``: scikit-learn's networks; those of other libraries stand with them."""

from __future__ import annotations

import numpy as np
import pytest

import fusedmlp as fm
from exchange_cases import agree, rows_for

sklearn = pytest.importorskip("sklearn.neural_network", reason="scikit-learn is not installed")
pytestmark = [pytest.mark.peers, pytest.mark.filterwarnings("ignore")]


@pytest.mark.parametrize("activation", ["identity", "logistic", "tanh", "relu"])
@pytest.mark.parametrize("dtype, tolerance", [(np.float32, 1e-5), (np.float64, 1e-12)])
def test_regressor(activation, dtype, tolerance):
    x = rows_for("plain", dtype=dtype)
    slow = sklearn.MLPRegressor(
        hidden_layer_sizes=(8, 5), activation=activation, max_iter=3, random_state=0
    )
    slow.fit(x, x[:, :2])
    fast = fm.accelerate(slow)
    assert fast.dtype == np.dtype(dtype).name
    agree(fast.predict(x), slow.predict(x), tolerance)


@pytest.mark.parametrize("classes", [2, 3])
def test_classifier(classes):
    x = rows_for("plain", dtype=np.float64)
    y = np.arange(len(x)) % classes
    slow = sklearn.MLPClassifier((8,), max_iter=3, random_state=0).fit(x, y)
    found, wanted = fm.accelerate(slow).predict(x), slow.predict_proba(x)
    agree(found, wanted if classes > 2 else wanted[:, 1:], 1e-12)
    from fusedmlp.sklearn import from_sklearn

    agree(fm.accelerate(from_sklearn(slow)).predict(x), found, 1e-12)


def test_not_fitted():
    with pytest.raises(ValueError, match="accelerate: the MLPClassifier must be fitted"):
        fm.accelerate(sklearn.MLPClassifier())
