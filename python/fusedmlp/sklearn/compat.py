"""What differs between the versions of scikit-learn that this package works with."""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.sparse
from joblib.parallel import get_active_backend
from sklearn.utils import column_or_1d

from ..core import backend

try:
    from sklearn.utils.validation import validate_data as _validate_data
except ImportError:  # scikit-learn 1.5: a method of every estimator

    def _validate_data(estimator: Any, *arrays: Any, **options: Any) -> Any:
        return estimator._validate_data(*arrays, **options)


try:
    from sklearn.utils.fixes import _get_additional_lbfgs_options_dict as lbfgs_printing
except ImportError:

    def lbfgs_printing(name: str, value: int) -> dict[str, int]:
        """Return the option as SciPy takes it; quiet is its default."""
        return {name: value} if value >= 0 else {}


__all__ = ["checked_pair", "checked_rows", "dense", "lbfgs_printing", "threads_here"]


_ROWS: dict[str, Any] = {"accept_sparse": ["csr", "csc"], "dtype": (np.float64, np.float32)}


def checked_rows(estimator: Any, X: Any) -> Any:
    """Return the rows of a fitted estimator after scikit-learn's own checks, dense."""
    return dense(_validate_data(estimator, X, reset=False, **_ROWS))


def checked_pair(estimator: Any, X: Any, y: Any, **options: Any) -> tuple[Any, Any]:
    """Return X and y after scikit-learn's own checks, X dense, y with several columns or one."""
    X, y = _validate_data(estimator, X, y, multi_output=True, **_ROWS, **options)
    if y.ndim == 2 and y.shape[1] == 1:
        y = column_or_1d(y, warn=True)
    return dense(X), y


def dense(X: Any) -> Any:
    """Return sparse rows as a NumPy array, others as they are."""
    return X.toarray() if scipy.sparse.issparse(X) else X


def threads_here() -> int:
    """Return how many threads a fit may use: one inside a joblib worker that is a thread, since
    its neighbours use the other processors. (Worker processes are told by OMP_NUM_THREADS.)
    """
    if getattr(get_active_backend()[0], "nesting_level", 0):
        return 1
    return int(backend.core.get_num_threads())
