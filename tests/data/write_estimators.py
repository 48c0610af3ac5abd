"""Writes the kept pickles of fitted estimators beside this file; run once, for a new version.

python tests/data/write_estimators.py
"""

from __future__ import annotations

from pathlib import Path

import joblib
import numpy as np
from sklearn.datasets import load_iris

from fusedmlp.sklearn import MLPClassifier, MLPRegressor

HERE = Path(__file__).parent
X, y = load_iris(return_X_y=True)

classifier = MLPClassifier((8,), ema_decay=0.9, max_iter=20, random_state=0).fit(X, y)
regressor = MLPRegressor(hidden_layer_sizes=(8, 4), norm="layer", solver="sgd", max_iter=20)
regressor.fit(X.astype(np.float32), y)
for name, model in (("classifier", classifier), ("regressor", regressor)):
    joblib.dump((model, X[::10], model.predict(X[::10])), HERE / f"{name}.joblib", compress=3)
