"""Files of fitted estimators of tables: one safetensors file, in which nothing is executed."""

from __future__ import annotations

from collections.abc import Mapping
from os import PathLike
from typing import Any

import numpy as np

from ..core.exceptions import CheckpointError
from ..tabular import ClassHead, TableModel, load_table
from .tabular_classifier import TabularClassifier
from .tabular_regressor import TabularRegressor

KEY = "estimator"  # of what a table's model stores besides
# Of NumPy's kinds those whose values JSON can hold: classes may be texts, numbers or truth values.
_KINDS = "biufU"


def save(estimator: Any, path: str | PathLike[str]) -> None:
    """Write a fitted estimator."""
    model: TableModel = estimator._model
    stored: dict[str, Any] = {
        "parameters": _plain_parameters(estimator.get_params(deep=False)),
        "n_features_in": estimator.n_features_in_,
        "validation_score": _finite(estimator.validation_score_),
    }
    if hasattr(estimator, "feature_names_in_"):
        stored["feature_names_in"] = estimator.feature_names_in_.tolist()
    if isinstance(model.head, ClassHead):
        stored["classes"] = _classes_to_dict(estimator.classes_)
    before = model.extra
    model.extra = {**before, KEY: stored}
    try:
        model.save(path)
    finally:
        model.extra = before


def load(path: str | PathLike[str]) -> Any:
    """Return the estimator in a file of ``TabularClassifier.save`` or ``TabularRegressor.save``.

    Parameters
    ----------
    path : path-like
        A model of ``fusedmlp train`` of a table is read too.

    Returns
    -------
    TabularClassifier or TabularRegressor
        It predicts the same bits.

    Raises
    ------
    CheckpointError
        If the file is damaged, of a later version, or no model of a table.
    OSError
        If it cannot be read.

    Examples
    --------
    >>> import os, tempfile, numpy as np, fusedmlp.sklearn
    >>> rng = np.random.default_rng(0)
    >>> X, y = rng.normal(size=(60, 2)), rng.integers(0, 2, 60)
    >>> model = fusedmlp.sklearn.TabularClassifier("fast", epochs=2, random_state=0).fit(X, y)
    >>> path = os.path.join(tempfile.mkdtemp(), "model.safetensors")
    >>> model.save(path)
    >>> same = fusedmlp.sklearn.load(path)
    >>> bool((same.predict_proba(X) == model.predict_proba(X)).all())
    True
    """
    model = load_table(path)
    stored = model.extra.get(KEY, {})
    classes = isinstance(model.head, ClassHead)
    kind = TabularClassifier if classes else TabularRegressor
    try:
        known = set(kind().get_params())
        parameters = {k: v for k, v in stored.get("parameters", {}).items() if k in known}
        estimator = kind(**parameters)
        if isinstance(model.head, ClassHead):
            estimator.classes_ = _classes_from_dict(_classes_of(model, stored), model.head.count)
        names = stored.get("feature_names_in", None if stored else model.encoder.names_in_)
        if names is not None:
            estimator.feature_names_in_ = np.array([str(name) for name in names], dtype=object)
        estimator.n_features_in_ = len(model.encoder.names_in_)
        score = stored.get("validation_score")
        estimator.validation_score_ = float("nan") if score is None else float(score)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise CheckpointError(f"load: {path} describes no valid estimator: {error}") from error
    if model.importances is None:
        raise CheckpointError(f"load: {path} holds no importances")
    estimator._model, estimator._sample = model, None
    estimator.best_epochs_ = model.best_epochs
    return estimator


def _classes_of(model: TableModel, stored: Mapping[str, Any]) -> Any:
    if stored:
        return stored["classes"]
    return {"kind": "U", "values": model.extra["classes"]}


def _plain_parameters(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Return those parameters that JSON can hold; the others keep their defaults."""
    plain = {}
    for name, value in parameters.items():
        if isinstance(value, np.generic):
            value = value.item()
        if isinstance(value, np.ndarray):
            value = value.tolist()
        if isinstance(value, dict):
            continue  # class weights by class: JSON would make texts of the classes
        if value is None or isinstance(value, (bool, int, float, str, list, tuple)):
            plain[name] = list(value) if isinstance(value, tuple) else value
    return plain


def _finite(value: float) -> float | None:
    return value if np.isfinite(value) else None


def _classes_to_dict(classes: Any) -> dict[str, Any]:
    kind = classes.dtype.kind
    if kind == "O" and all(isinstance(value, str) for value in classes.tolist()):
        return {"kind": "O", "values": classes.tolist()}
    if kind not in _KINDS:
        raise TypeError(
            f"save: classes must be texts, numbers or truth values, got {classes.dtype}"
        )
    return {"kind": kind, "dtype": classes.dtype.str, "values": classes.tolist()}


def _classes_from_dict(stored: Any, count: int) -> Any:
    kind, values = stored["kind"], stored["values"]
    if len(values) != count or kind not in (*_KINDS, "O"):
        raise ValueError(f"{len(values)} classes of kind {kind!r} for {count} outputs")
    if kind == "O":
        return np.array([str(value) for value in values], dtype=object)
    if kind == "U":
        return np.array([str(value) for value in values])
    return np.array(values, dtype=np.dtype(stored["dtype"]))
