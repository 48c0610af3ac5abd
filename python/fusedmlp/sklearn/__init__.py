"""Estimators with the parameters, attributes and methods of scikit-learn's own.

Needs the extra ``sklearn``: ``pip install fusedmlp[sklearn]``.
"""

try:
    import scipy.sparse  # noqa: F401
    import sklearn.base  # noqa: F401
except ImportError as error:
    raise ImportError(
        f"fusedmlp.sklearn needs scikit-learn and SciPy ({error}): pip install 'fusedmlp[sklearn]'"
    ) from error

from .classifier import MLPClassifier
from .convert import from_sklearn
from .files import load
from .regressor import MLPRegressor
from .tabular_classifier import TabularClassifier
from .tabular_regressor import TabularRegressor

__all__ = [
    "MLPClassifier",
    "MLPRegressor",
    "TabularClassifier",
    "TabularRegressor",
    "from_sklearn",
    "load",
]
