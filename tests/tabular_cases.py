"""A table of fruit, and small estimators of tables that are fitted on it in a moment."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("sklearn", reason="scikit-learn is not installed")

from fusedmlp.sklearn import TabularClassifier, TabularRegressor

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
