"""``MLPRegressor``: scikit-learn's regressor on the engine."""

from __future__ import annotations

from numbers import Real
from typing import Any

import numpy as np
from sklearn.base import RegressorMixin, _fit_context
from sklearn.metrics import r2_score
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted

from ..checks.arrays import Array
from .base import BaseMLP, is_stochastic
from .compat import checked_pair
from .data import Held
from .docs import documented
from .heads import Head, gaussian_std, numbers_of, r_squared, regression_head
from .options import CONSTRAINTS


@documented
class MLPRegressor(RegressorMixin, BaseMLP):
    """Multi-layer perceptron for one or more numbers.

    Takes the place of ``sklearn.neural_network.MLPRegressor``: its parameters come first, with
    its defaults and formulas; docs/sklearn.md says where the two differ.

    Parameters
    ----------
    loss : str, default="squared_error"
        "squared_error", "poisson" (the network's output is the logarithm of the mean),
        "absolute_error", "huber", "quantile", or "gaussian" (mean and standard deviation).
    [PARAMETERS]
    quantile : float or list of float, default=0.5
        Of ``loss="quantile"``; a rising list gives one prediction for each, which do not cross.
    huber_delta : float, default=1.0
        Where ``loss="huber"`` turns from squares to absolute values.

    Attributes
    ----------
    [ATTRIBUTES]

    Examples
    --------
    >>> from sklearn.datasets import make_regression
    >>> from fusedmlp.sklearn import MLPRegressor
    >>> X, y = make_regression(n_features=5, random_state=1)
    >>> model = MLPRegressor(solver="lbfgs", random_state=1, tol=1e-2, max_iter=1000).fit(X, y)
    >>> model.score(X, y) > 0.99
    True
    """

    _parameter_constraints: dict[str, Any] = {  # noqa: RUF012
        **CONSTRAINTS,
        "loss": [
            StrOptions(
                {"squared_error", "poisson", "absolute_error", "huber", "quantile", "gaussian"}
            )
        ],
        "quantile": [Interval(Real, 0, 1, closed="neither"), "array-like"],
        "huber_delta": [Interval(Real, 0, None, closed="neither")],
    }

    def __init__(
        self,
        loss: str = "squared_error",
        hidden_layer_sizes: Any = (100,),
        activation: Any = "relu",
        *,
        solver: str = "adam",
        alpha: float = 0.0001,
        batch_size: Any = "auto",
        learning_rate: str = "constant",
        learning_rate_init: float = 0.001,
        power_t: float = 0.5,
        max_iter: int = 200,
        shuffle: bool = True,
        random_state: Any = None,
        tol: float = 1e-4,
        verbose: Any = False,
        warm_start: bool = False,
        momentum: float = 0.9,
        nesterovs_momentum: bool = True,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-8,
        n_iter_no_change: Any = 10,
        max_fun: int = 15000,
        dropout: float = 0.0,
        norm: str | None = None,
        clip_grad_norm: float | None = None,
        ema_decay: float | None = None,
        scoring: Any = None,
        keep_optimizer_state: bool = False,
        quantile: Any = 0.5,
        huber_delta: float = 1.0,
    ) -> None:
        self.loss = loss
        self.hidden_layer_sizes = hidden_layer_sizes
        self.activation = activation
        self.solver = solver
        self.alpha = alpha
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.learning_rate_init = learning_rate_init
        self.power_t = power_t
        self.max_iter = max_iter
        self.shuffle = shuffle
        self.random_state = random_state
        self.tol = tol
        self.verbose = verbose
        self.warm_start = warm_start
        self.momentum = momentum
        self.nesterovs_momentum = nesterovs_momentum
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.beta_1 = beta_1
        self.beta_2 = beta_2
        self.epsilon = epsilon
        self.n_iter_no_change = n_iter_no_change
        self.max_fun = max_fun
        self.dropout = dropout
        self.norm = norm
        self.clip_grad_norm = clip_grad_norm
        self.ema_decay = ema_decay
        self.scoring = scoring
        self.keep_optimizer_state = keep_optimizer_state
        self.quantile = quantile
        self.huber_delta = huber_delta

    @available_if(is_stochastic)
    @_fit_context(prefer_skip_nested_validation=True)
    def partial_fit(self, X: Any, y: Any, sample_weight: Any = None) -> Any:
        """Make one epoch over the given rows.

        Parameters
        ----------
        X, y, sample_weight
            As in ``fit``.

        Returns
        -------
        self
        """
        return self._fit(X, y, sample_weight, incremental=True)

    def predict(self, X: Any, return_std: bool = False) -> Any:
        """Return the prediction for each row.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)
        return_std : bool, default=False
            With ``loss="gaussian"``: return the standard deviation as well.

        Returns
        -------
        ndarray of shape (n_samples,) or (n_samples, n_targets)
            With several quantiles (n_samples, n_quantiles), or (n_samples, n_targets, n_quantiles).
        std : ndarray of the same shape
            Only with `return_std`.
        """
        check_is_fitted(self)
        if return_std and self.loss != "gaussian":
            raise ValueError(f"return_std=True needs loss='gaussian', got loss={self.loss!r}")
        outputs = self._outputs(X)
        mean = self._predictions(outputs)
        if not return_std:
            return mean
        std = gaussian_std(outputs[:, outputs.shape[1] // 2 :])
        return mean, std.ravel() if std.shape[1] == 1 else std

    def score(self, X: Any, y: Any, sample_weight: Any = None) -> float:
        """Return R^2 of the predictions; of several quantiles, that of the one nearest to 0.5.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)
        y : array-like of shape (n_samples,) or (n_samples, n_targets)
        sample_weight : array-like of shape (n_samples,), default=None

        Returns
        -------
        float
        """
        prediction = self._middle(self.predict(X))
        return float(r2_score(y, prediction, sample_weight=sample_weight))

    def _predictions(self, outputs: Array) -> Array:
        """Return what the network's outputs stand for."""
        if self.loss == "poisson":
            outputs = np.exp(outputs)
        elif self.loss == "gaussian":
            outputs = outputs[:, : outputs.shape[1] // 2]
        elif self.loss == "quantile" and (count := len(numbers_of(self.quantile))) > 1:
            # Sorted quantiles do not cross, and are no further from the true ones
            # (Chernozhukov, Fernandez-Val & Galichon 2010).
            sorted_: Array = np.sort(outputs.reshape(len(outputs), -1, count), axis=2)
            return sorted_[:, 0] if sorted_.shape[1] == 1 else sorted_
        return outputs.ravel() if outputs.shape[1] == 1 else outputs

    def _middle(self, prediction: Array) -> Array:
        quantiles = numbers_of(self.quantile)
        if self.loss != "quantile" or len(quantiles) == 1:
            return prediction
        return prediction[..., int(np.argmin(np.abs(np.array(quantiles) - 0.5)))]

    # What y means.

    def _validate_input(self, X: Any, y: Any, incremental: bool, reset: bool) -> tuple[Array, Any]:
        X, y = checked_pair(self, X, y, y_numeric=True, reset=reset)
        if self.loss == "poisson" and (y < 0).any():
            raise ValueError("loss='poisson' requires non-negative y.")
        return X, y

    def _head(self, y: Any) -> Head:
        targets = y.shape[1] if y.ndim == 2 else 1
        quantiles = numbers_of(self.quantile)
        return regression_head(self.loss, targets, delta=self.huber_delta, quantiles=quantiles)

    def _encode(self, y: Any) -> Array:
        target = y[:, None] if y.ndim == 1 else y
        if self.loss != "quantile":
            return np.asarray(target)
        return np.repeat(target, len(numbers_of(self.quantile)), axis=1)

    def _strata(self, target: Array) -> None:
        return None

    def _row_weights(self, y: Any, weights: Array | None, incremental: bool) -> Array | None:
        return weights

    def _score_outputs(self, outputs: Array, held: Held) -> float:
        prediction = self._middle(self._predictions(outputs))
        if not np.isfinite(prediction).all():
            return float("nan")
        return r_squared(held.y, prediction, held.sample_weight)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags
