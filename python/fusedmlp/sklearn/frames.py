"""Tables as the estimators of tables take them: scikit-learn's checks, then named columns."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from sklearn.utils import check_array, check_consistent_length
from sklearn.utils.validation import _check_sample_weight, _get_feature_names

from ..checks.arrays import Array
from ..table.frames import Columns, columns_of


def is_frame(X: Any) -> bool:
    """Return whether X has named columns that are read one by one."""
    return hasattr(X, "columns") or hasattr(X, "column_names") or hasattr(X, "__dataframe__")


def checked_frame(estimator: Any, X: Any, y: Any, like: list[str] | None = None) -> Columns:
    """Return X as columns; `like` are the names of the fit, where there was one."""
    name = type(estimator).__name__
    if is_frame(X):
        columns = columns_of(X)
        if not columns.n_rows or not columns.names:
            check_array(np.empty((columns.n_rows, len(columns.names))), estimator=estimator)
    else:
        array = check_array(
            X, dtype=None, ensure_all_finite="allow-nan", estimator=estimator, input_name="X"
        )
        columns = columns_of(array)
    if y is not None:
        check_consistent_length(np.empty(columns.n_rows), y)
    if like is None:
        return columns
    if columns.by_position and len(columns.names) != len(like):
        raise ValueError(
            f"X has {len(columns.names)} features, but {name} is expecting {len(like)} features "
            "as input"
        )
    named = hasattr(estimator, "feature_names_in_")
    fitted = hasattr(estimator, "n_features_in_")
    if columns.by_position:
        if fitted and named:
            warnings.warn(
                f"X does not have valid feature names, but {name} was fitted with feature names",
                stacklevel=3,
            )
        return _renamed(columns, like)
    if fitted and not named and columns.names != like:
        if len(columns.names) != len(like):
            raise ValueError(
                f"X has {len(columns.names)} features, but {name} is expecting {len(like)} "
                "features as input"
            )
        if _get_feature_names(X) is not None:
            warnings.warn(
                f"X has feature names, but {name} was fitted without feature names", stacklevel=3
            )
        return _renamed(columns, like)
    return columns


def _renamed(columns: Columns, names: list[str]) -> Columns:
    given = columns.names
    return Columns(list(names), columns.n_rows, lambda j: columns.cells(given[j]))


def learn_columns(estimator: Any, X: Any, frame: Columns) -> None:
    """Set the attributes that tell of the columns of a fit."""
    names = _get_feature_names(X) if is_frame(X) else None
    if names is None and is_frame(X) and not hasattr(X, "iloc"):
        names = np.array(frame.names, dtype=object)
    if names is None:
        estimator.__dict__.pop("feature_names_in_", None)
    else:
        estimator.feature_names_in_ = names
    estimator.n_features_in_ = len(frame.names)


def checked_weights(sample_weight: Any, rows: int) -> Array | None:
    """Return weights as float64, None where all are 1."""
    if sample_weight is None:
        return None
    weights = _check_sample_weight(
        sample_weight, np.empty((rows, 1)), dtype=np.float64, ensure_non_negative=True
    )
    if not weights.any():
        raise ValueError("sample_weight must not be zero for all rows")
    return np.asarray(weights)


def categorical_names(chosen: Any, frame: Columns) -> Any:
    """Return ``categorical_features`` as "auto" or names; it may be a mask, places or names."""
    if isinstance(chosen, str):
        return chosen
    chosen, count = np.asarray(chosen), len(frame.names)
    if chosen.ndim != 1 or (chosen.dtype.kind == "b" and len(chosen) != count):
        raise ValueError(
            "categorical_features must be a list of names or indices, or a mask of shape "
            f"({count},), got shape {chosen.shape}"
        )
    if chosen.dtype.kind == "b":
        chosen = np.flatnonzero(chosen)
    if chosen.dtype.kind in "iu":
        if chosen.size and not -count <= chosen.min() <= chosen.max() < count:
            raise ValueError(
                f"categorical_features must be in [{-count}, {count - 1}] for {count} features, "
                f"got {chosen.tolist()}"
            )
        return [frame.names[j] for j in chosen.tolist()]
    names = [str(name) for name in chosen.tolist()]
    if unknown := [name for name in names if name not in frame.names]:
        raise ValueError(
            f"categorical_features must be names of columns {frame.names[:12]}, got {unknown}"
        )
    return names
