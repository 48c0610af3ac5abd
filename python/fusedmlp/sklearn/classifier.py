"""``MLPClassifier``: scikit-learn's classifier on the engine."""

from __future__ import annotations

from numbers import Real
from typing import Any

import numpy as np
from scipy.special import expit
from sklearn.base import ClassifierMixin, _fit_context
from sklearn.preprocessing import LabelBinarizer
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.class_weight import compute_class_weight, compute_sample_weight
from sklearn.utils.metaestimators import available_if
from sklearn.utils.multiclass import _check_partial_fit_first_call, type_of_target, unique_labels
from sklearn.utils.validation import check_is_fitted

from ..checks.arrays import Array
from ..functional import log_softmax, softmax, softplus
from .base import BaseMLP, is_stochastic
from .compat import checked_pair
from .data import Held
from .docs import documented
from .heads import Head, classes_head
from .options import CONSTRAINTS


@documented
class MLPClassifier(ClassifierMixin, BaseMLP):
    """Multi-layer perceptron for classes and multi-label targets.

    Takes the place of ``sklearn.neural_network.MLPClassifier``: its parameters come first, with
    its defaults and formulas; docs/sklearn.md says where the two differ.

    Parameters
    ----------
    [PARAMETERS]
    class_weight : dict, "balanced" or None, default=None
        Factor of each class; multiplies `sample_weight`.
    label_smoothing : float, default=0.0
        Share of the target that is spread over all classes.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
    [ATTRIBUTES]

    Examples
    --------
    >>> from sklearn.datasets import make_classification
    >>> from fusedmlp.sklearn import MLPClassifier
    >>> X, y = make_classification(random_state=1)
    >>> clf = MLPClassifier(random_state=1, max_iter=300, tol=1e-3).fit(X, y)
    >>> clf.score(X, y) > 0.9
    True
    """

    loss = "log_loss"
    _parameter_constraints: dict[str, Any] = {  # noqa: RUF012
        **CONSTRAINTS,
        "class_weight": [dict, StrOptions({"balanced"}), None],
        "label_smoothing": [Interval(Real, 0, 1, closed="left")],
    }

    def __init__(
        self,
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
        class_weight: Any = None,
        label_smoothing: float = 0.0,
    ) -> None:
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
        self.class_weight = class_weight
        self.label_smoothing = label_smoothing

    @available_if(is_stochastic)
    @_fit_context(prefer_skip_nested_validation=True)
    def partial_fit(self, X: Any, y: Any, sample_weight: Any = None, classes: Any = None) -> Any:
        """Make one epoch over the given rows.

        Parameters
        ----------
        X, y, sample_weight
            As in ``fit``.
        classes : array-like of shape (n_classes,), default=None
            All classes that will ever come; needed at the first call.

        Returns
        -------
        self
        """
        if _check_partial_fit_first_call(self, classes):
            self._label_binarizer = LabelBinarizer()
            several = type_of_target(y).startswith("multilabel")
            self._label_binarizer.fit(y if several else classes)
        return self._fit(X, y, sample_weight, incremental=True)

    def predict(self, X: Any) -> Array:
        """Return the class, or the labels, of each row.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)

        Returns
        -------
        ndarray of shape (n_samples,) or (n_samples, n_labels)
        """
        check_is_fitted(self)
        logits = self._outputs(X)
        if self._kind == "multiclass":
            return np.asarray(self.classes_[logits.argmax(axis=1)])
        logits = logits.ravel() if self.n_outputs_ == 1 else logits
        return np.asarray(self._label_binarizer.inverse_transform(expit(logits)))

    def predict_proba(self, X: Any) -> Array:
        """Return the probability of each class, or of each label.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)

        Returns
        -------
        ndarray of shape (n_samples, n_classes)
        """
        check_is_fitted(self)
        logits = self._outputs(X)
        if self._kind == "multiclass":
            return softmax(logits)
        p: Array = expit(logits)
        return np.hstack([1 - p, p]) if self.n_outputs_ == 1 else p

    def predict_log_proba(self, X: Any) -> Array:
        """Return the logarithms of :meth:`predict_proba`, exact where those are near 0.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)

        Returns
        -------
        ndarray of shape (n_samples, n_classes)
        """
        check_is_fitted(self)
        logits = self._outputs(X)
        if self._kind == "multiclass":
            return log_softmax(logits)
        x = np.hstack([-logits, logits]) if self.n_outputs_ == 1 else logits
        p = self.predict_proba(X)
        # The logarithm of what was rounded to 1 is 0, so that both have their largest at one place.
        return np.where(p > 0.5, np.log(np.maximum(p, 0.5)), -softplus(-x))

    # What y means.

    @property
    def _kind(self) -> str:
        """Kind of the targets in scikit-learn's words."""
        return str(self._label_binarizer.y_type_)

    def _validate_input(self, X: Any, y: Any, incremental: bool, reset: bool) -> tuple[Array, Any]:
        X, y = checked_pair(self, X, y, reset=reset)
        if not hasattr(self, "classes_") or (not self.warm_start and not incremental):
            self._label_binarizer = LabelBinarizer().fit(y)
            self.classes_ = self._label_binarizer.classes_
            return X, y
        classes = unique_labels(y)
        if self.warm_start and not incremental:
            if set(classes) != set(self.classes_):
                raise ValueError(
                    "warm_start can only be used where `y` has the same classes as in the previous "
                    f"call to fit. Previously got {self.classes_}, `y` has {classes}"
                )
        elif len(np.setdiff1d(classes, self.classes_, assume_unique=True)):
            raise ValueError(
                "`y` has classes not in `self.classes_`. "
                f"`self.classes_` has {self.classes_}. 'y' has {classes}."
            )
        return X, y

    def _head(self, y: Any) -> Head:
        several = y.shape[1] if self._kind.startswith("multilabel") else 1
        outputs = len(self.classes_) if self._kind == "multiclass" else several
        return classes_head(self._kind, outputs, self.label_smoothing)

    def _encode(self, y: Any) -> Array:
        """Return class indices, or for one output and for labels columns of 0 and 1."""
        if self._kind == "multiclass":
            return np.searchsorted(self.classes_, y).astype(np.int64)
        target = self._label_binarizer.transform(y)
        target = np.asarray(target.toarray() if hasattr(target, "toarray") else target, bool)
        if self.label_smoothing == 0:
            return target
        return np.where(target, 1 - self.label_smoothing / 2, self.label_smoothing / 2)

    def _strata(self, target: Array) -> Array | None:
        """Only two classes are held out in equal shares, as in scikit-learn."""
        return target > 0.5 if self.n_outputs_ == 1 else None

    def _row_weights(self, y: Any, weights: Array | None, incremental: bool) -> Array | None:
        if self.class_weight is None:
            return weights
        if incremental and isinstance(self.class_weight, str):
            raise ValueError(
                "class_weight 'balanced' is not supported for partial_fit: give a dict with the "
                "factor of each class."
            )
        if self._kind.startswith("multilabel"):
            factors = compute_sample_weight(self.class_weight, y)
        else:
            table = compute_class_weight(self.class_weight, classes=self.classes_, y=y)
            factors = table[np.searchsorted(self.classes_, y)]
        product: Array = np.asarray(factors, np.float64) * (1 if weights is None else weights)
        if not product.any():
            raise ValueError("sample_weight times class_weight is zero for all rows.")
        return product

    def _score_outputs(self, logits: Array, held: Held) -> float:
        """Return the accuracy; for labels, that of whole rows."""
        if self._kind == "multiclass":
            right = logits.argmax(axis=1) == held.task.target
        else:
            right = ((logits > 0) == (held.task.target > 0.5)).all(axis=1)
        return float(np.average(right, weights=held.sample_weight))

    def _more_tags(self) -> dict[str, Any]:  # scikit-learn 1.5
        return {"multilabel": True}

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        tags.input_tags.sparse = True
        return tags
