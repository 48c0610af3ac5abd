"""The other learners of `bench/tables.py`, each with its defaults behind the usual preparation."""

from __future__ import annotations

import importlib.util
import warnings
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from table_data import Table

Answer = tuple[NDArray | None, NDArray]  # probabilities and classes, or None and values


def _categories(table: Table) -> list[str]:
    return [c for c in table.X.columns if not pd.api.types.is_numeric_dtype(table.X[c])]


def _as_category(table: Table) -> tuple[pd.DataFrame, pd.DataFrame]:
    train, test = table.X.copy(), table.X_test.copy()
    for name in _categories(table):
        train[name] = train[name].astype("category")
        test[name] = pd.Categorical(test[name], categories=train[name].cat.categories)
    return train, test


def _answer(model: Any, table: Table, X: Any, X_test: Any, **fit: Any) -> Answer:
    model.fit(X, table.y, **fit)
    if table.task == "regress":
        return None, np.asarray(model.predict(X_test)).ravel()
    probabilities = np.asarray(model.predict_proba(X_test))
    return probabilities, np.asarray(model.classes_)


def lightgbm(table: Table, seed: int) -> Answer:
    import lightgbm as lgb

    kind = lgb.LGBMClassifier if table.task == "classify" else lgb.LGBMRegressor
    return _answer(kind(random_state=seed, verbose=-1, n_jobs=2), table, *_as_category(table))


def catboost(table: Table, seed: int) -> Answer:
    import catboost as cb

    names = _categories(table)
    frames = [X.assign(**{c: X[c].astype(object).fillna("missing") for c in names})
              for X in (table.X, table.X_test)]  # fmt: skip
    kind = cb.CatBoostClassifier if table.task == "classify" else cb.CatBoostRegressor
    model = kind(
        random_seed=seed, verbose=0, thread_count=2, allow_writing_files=False, cat_features=names
    )
    return _answer(model, table, *frames)


def hist_gradient_boosting(table: Table, seed: int) -> Answer:
    from sklearn import ensemble

    kind = (
        ensemble.HistGradientBoostingClassifier
        if table.task == "classify"
        else ensemble.HistGradientBoostingRegressor
    )
    return _answer(kind(random_state=seed), table, *_as_category(table))


def sklearn_mlp(table: Table, seed: int) -> Answer:
    from sklearn.compose import make_column_transformer
    from sklearn.impute import SimpleImputer
    from sklearn.neural_network import MLPClassifier, MLPRegressor
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    names = _categories(table)
    others = [c for c in table.X.columns if c not in names]
    prepared = make_column_transformer(
        (make_pipeline(SimpleImputer(strategy="median"), StandardScaler()), others),
        (OneHotEncoder(handle_unknown="ignore", sparse_output=False), names),
    )
    kind = MLPClassifier if table.task == "classify" else MLPRegressor
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its 200 iterations are often not enough
        return _answer(
            make_pipeline(prepared, kind(random_state=seed)), table, table.X, table.X_test
        )


def realmlp(table: Table, seed: int) -> Answer:
    from pytabkit import RealMLP_TD_Classifier, RealMLP_TD_Regressor

    kind = RealMLP_TD_Classifier if table.task == "classify" else RealMLP_TD_Regressor
    return _answer(kind(random_state=seed, device="cpu"), table, *_as_category(table))


# Name: what must be installed, and the learner.
PEERS: dict[str, tuple[str, Any]] = {
    "LightGBM": ("lightgbm", lightgbm),
    "CatBoost": ("catboost", catboost),
    "HistGradientBoosting": ("sklearn", hist_gradient_boosting),
    "scikit-learn MLP": ("sklearn", sklearn_mlp),
    "RealMLP-TD": ("pytabkit", realmlp),
}


def installed() -> list[str]:
    """Return the names of the peers that can run here."""
    return [name for name, (package, _) in PEERS.items() if importlib.util.find_spec(package)]
