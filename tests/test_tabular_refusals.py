"""A fit of an estimator of tables that is refused leaves what was fitted before."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("sklearn", reason="scikit-learn is not installed")

from fusedmlp.sklearn import TabularClassifier, TabularRegressor

X = np.random.default_rng(0).normal(size=(40, 3))
Y = np.arange(40) % 2


@pytest.mark.parametrize("kind", [TabularClassifier, TabularRegressor])
@pytest.mark.parametrize("at", ["weights", "eval_set", "target", "scorer"])
def test_a_refused_fit_leaves_the_estimator_as_it_was(kind, at):
    model = kind(hidden_layer_sizes=4, n_members=1, epochs=1, random_state=0).fit(X, Y)
    before, attributes = model.predict(X), set(vars(model))
    other = Y + 5  # other classes, which would be learned before the mistake is seen
    options = {
        "weights": {"sample_weight": -np.ones(40)},
        "eval_set": {"eval_set": (X, Y[:3])},
        "target": {},
        "scorer": {},
    }[at]
    if at == "target":
        other = np.full(40, np.nan)
    if at == "scorer":

        def fails(*arguments):
            raise RuntimeError("a scorer of the user")

        model.set_params(scoring=fails)
    with pytest.raises(RuntimeError if at == "scorer" else ValueError):
        model.fit(X, other, **options)
    assert set(vars(model)) == attributes
    np.testing.assert_array_equal(model.predict(X), before)
