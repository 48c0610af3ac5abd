"""``TabularRegressor``: values from a table as it comes."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.metrics import r2_score
from sklearn.utils import check_array, column_or_1d
from sklearn.utils._param_validation import StrOptions

from ..checks.arrays import Array
from ..tabular import LOSSES, QUANTILES, Head, ValueHead
from .docs import documented_tabular
from .tabular import CONSTRAINTS, BaseTabular


class _Answers(RegressorMixin, BaseEstimator):
    """Values that are known already, for scikit-learn's scorers."""

    def __init__(self, values: Array) -> None:
        self.values = values

    def predict(self, X: Any) -> Array:
        return self.values


@documented_tabular
class TabularRegressor(RegressorMixin, BaseTabular):
    """Values from a table as it comes: the accuracy of tuned boosted trees, from networks.

    [INTRODUCTION]

    Parameters
    ----------
    [PARAMETERS]
    loss : {"squared_error", "absolute_error", "quantile", "gaussian"}, default="squared_error"
        "quantile": all `quantiles` at once. "gaussian": mean and variance of each row.
    quantiles : array-like of float, default=None
        What ``predict_quantiles`` gives, ascending; None is 0.1, 0.5, 0.9. Of losses other than
        "quantile" they follow from the deviation ("gaussian") or from the errors on held-out rows.
    clip_to_training_range : bool, default=True
        Keep predictions between the smallest and the largest target of the fit.

    Attributes
    ----------
    [ATTRIBUTES]

    Examples
    --------
    >>> import numpy as np
    >>> from fusedmlp.sklearn import TabularRegressor
    >>> rng = np.random.default_rng(0)
    >>> X = rng.normal(size=(300, 3))
    >>> y = X[:, 0] + np.abs(X[:, 1]) + rng.normal(scale=0.1, size=300)
    >>> model = TabularRegressor("fast", random_state=0).fit(X, y)
    >>> model.score(X, y) > 0.85
    True
    >>> value, deviation = model.predict(X[:2], return_std=True)
    >>> low, middle, high = model.predict_quantiles(X[:2]).T
    """

    _parameter_constraints: dict[str, Any] = {  # noqa: RUF012
        **CONSTRAINTS,
        "loss": [StrOptions(set(LOSSES))],
        "quantiles": ["array-like", None],
        "clip_to_training_range": ["boolean"],
    }

    def __init__(
        self,
        preset: str = "default",
        *,
        hidden_layer_sizes: Any = "auto",
        n_members: Any = "auto",
        epochs: Any = "auto",
        batch_size: int = 256,
        embedding: str = "auto",
        dropout: Any = "auto",
        weight_decay: Any = "auto",
        label_smoothing: Any = "auto",
        learning_rate_init: Any = "auto",
        activation: str = "auto",
        validation_fraction: float = 0.2,
        scoring: Any = None,
        categorical_features: Any = "auto",
        class_weight: Any = None,
        max_seconds: float | None = None,
        num_threads: int | None = None,
        random_state: Any = None,
        verbose: Any = 0,
        loss: str = "squared_error",
        quantiles: Any = None,
        clip_to_training_range: bool = True,
    ) -> None:
        self.preset = preset
        self.hidden_layer_sizes = hidden_layer_sizes
        self.n_members = n_members
        self.epochs = epochs
        self.batch_size = batch_size
        self.embedding = embedding
        self.dropout = dropout
        self.weight_decay = weight_decay
        self.label_smoothing = label_smoothing
        self.learning_rate_init = learning_rate_init
        self.activation = activation
        self.validation_fraction = validation_fraction
        self.scoring = scoring
        self.categorical_features = categorical_features
        self.class_weight = class_weight
        self.max_seconds = max_seconds
        self.num_threads = num_threads
        self.random_state = random_state
        self.verbose = verbose
        self.loss = loss
        self.quantiles = quantiles
        self.clip_to_training_range = clip_to_training_range

    def predict(self, X: Any, return_std: bool = False) -> Any:
        """Return the value of each row.

        Parameters
        ----------
        X : table with the columns of the fit, in any order if they have names
        return_std : bool, default=False
            Return the standard deviation of each row's target too: noise, as seen on held-out rows
            ("gaussian": as predicted for the row), and how far the members disagree.

        Returns
        -------
        ndarray of shape (n_samples,), or two of them
            Of loss "quantile" the quantile nearest to the median.
        """
        outputs = self._outputs(X)
        head = self._model.head
        assert isinstance(head, ValueHead)
        values = head.values(outputs, self.clip_to_training_range)
        return (values, head.deviations(outputs)) if return_std else values

    def predict_quantiles(self, X: Any) -> Array:
        """Return the quantiles of each row's target.

        Parameters
        ----------
        X : table with the columns of the fit, in any order if they have names

        Returns
        -------
        ndarray of shape (n_samples, n_quantiles)
            Ascending in every row.
        """
        outputs = self._outputs(X)
        head = self._model.head
        assert isinstance(head, ValueHead)
        return head.intervals(outputs, self.clip_to_training_range)

    # What y means.

    def _learn_target(self, y: Any) -> tuple[Array, Head]:
        if y is None:
            raise ValueError("TabularRegressor requires y to be passed, but the target y is None")
        if self.class_weight is not None:
            raise ValueError("class_weight is for classes: leave it None, or use sample_weight")
        return self._encode_target(y), ValueHead(self.loss, self._quantiles())

    def _quantiles(self) -> list[float]:
        if self.quantiles is None:
            return list(QUANTILES)
        try:
            chosen = [float(q) for q in np.asarray(self.quantiles, dtype=np.float64).ravel()]
        except (TypeError, ValueError) as error:
            raise ValueError(f"quantiles must be numbers, got {self.quantiles!r}") from error
        inside = chosen and min(chosen) > 0 and max(chosen) < 1
        if not inside or sorted(set(chosen)) != chosen:
            raise ValueError(f"quantiles must be ascending numbers in (0, 1), got {chosen}")
        return chosen

    def _encode_target(self, y: Any) -> Array:
        y = check_array(y, ensure_2d=False, dtype=np.float64, input_name="y", estimator=self)
        return np.asarray(column_or_1d(y, warn=True))

    def _original(self, y: Array) -> Array:
        return y

    def _scored(self, head: Head, outputs: Array) -> Any:
        assert isinstance(head, ValueHead)
        return _Answers(head.values(outputs, self.clip_to_training_range))

    def _score_of(self, head: Head, outputs: Array, y: Array, weights: Array) -> float:
        assert isinstance(head, ValueHead)
        if len(y) < 2:
            return float("nan")  # R2 of one row is not defined
        return float(r2_score(y, head.values(outputs, False), sample_weight=weights))
