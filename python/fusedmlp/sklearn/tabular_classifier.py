"""``TabularClassifier``: classes from a table as it comes."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils import assert_all_finite, column_or_1d
from sklearn.utils._param_validation import StrOptions
from sklearn.utils.class_weight import compute_sample_weight
from sklearn.utils.multiclass import check_classification_targets

from ..checks.arrays import Array
from ..tabular import ClassHead, Head
from .docs import documented_tabular
from .tabular import CONSTRAINTS, BaseTabular


class _Answers(ClassifierMixin, BaseEstimator):
    """Probabilities that are known already, for scikit-learn's scorers."""

    def __init__(self, probabilities: Array, classes: Array) -> None:
        self.probabilities, self.classes_ = probabilities, classes

    def predict_proba(self, X: Any) -> Array:
        return self.probabilities

    def predict(self, X: Any) -> Array:
        return np.asarray(self.classes_[self.probabilities.argmax(axis=1)])


@documented_tabular
class TabularClassifier(ClassifierMixin, BaseTabular):
    """Classes from a table as it comes: the accuracy of tuned boosted trees, from networks.

    [INTRODUCTION]

    Parameters
    ----------
    [PARAMETERS]
    class_weight : dict, "balanced" or None, default=None
        Factor of each class; multiplies `sample_weight`.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
    [ATTRIBUTES]

    Examples
    --------
    >>> import numpy as np
    >>> from fusedmlp.sklearn import TabularClassifier
    >>> rng = np.random.default_rng(0)
    >>> color, size = rng.choice(["red", "blue"], 200), rng.normal(size=200)
    >>> X = np.column_stack([color, size]).astype(object)
    >>> X[::7, 1] = None
    >>> y = np.where((color == "red") & (size > -1), "ripe", "raw")
    >>> model = TabularClassifier("fast", random_state=0).fit(X, y)
    >>> model.score(X, y) > 0.85
    True
    """

    _parameter_constraints: dict[str, Any] = {  # noqa: RUF012
        **CONSTRAINTS,
        "class_weight": [dict, StrOptions({"balanced"}), None],
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

    def predict_proba(self, X: Any) -> Array:
        """Return the probabilities of the classes, in the order of ``classes_``.

        Parameters
        ----------
        X : table with the columns of the fit, in any order if they have names

        Returns
        -------
        ndarray of shape (n_samples, n_classes)
            Means over the members, calibrated on rows that these have not trained on.
        """
        outputs = self._outputs(X)
        head = self._model.head
        assert isinstance(head, ClassHead)
        return head.probabilities(outputs)

    def predict(self, X: Any) -> Array:
        """Return the most probable class of each row.

        Parameters
        ----------
        X : table with the columns of the fit, in any order if they have names

        Returns
        -------
        ndarray of shape (n_samples,)
        """
        best = self.predict_proba(X).argmax(axis=1)
        return np.asarray(self.classes_[best])

    # What y means.

    def _learn_target(self, y: Any) -> tuple[Array, Head]:
        if y is None:
            raise ValueError("TabularClassifier requires y to be passed, but the target y is None")
        y = column_or_1d(y, warn=True)
        assert_all_finite(y, input_name="y")
        check_classification_targets(y)
        self.classes_, codes = np.unique(y, return_inverse=True)
        if len(self.classes_) < 2:
            raise ValueError(
                f"y must have at least two classes, got one class only: {self.classes_[0]!r}"
            )
        return codes.astype(np.int64), ClassHead(len(self.classes_))

    def _encode_target(self, y: Any) -> Array:
        y = column_or_1d(y)
        codes = np.searchsorted(self.classes_, y)
        codes = np.minimum(codes, len(self.classes_) - 1)
        wrong = self.classes_[codes] != y
        if wrong.any():
            raise ValueError(
                f"eval_set: y holds {y[int(np.argmax(wrong))]!r}, which is no class of the "
                f"training rows {self.classes_.tolist()[:12]}"
            )
        return codes.astype(np.int64)

    def _original(self, y: Array) -> Array:
        return np.asarray(self.classes_[y])

    def _row_weights(self, y: Array, weights: Array | None) -> Array | None:
        if self.class_weight is None:
            return weights
        factors = compute_sample_weight(self.class_weight, self.classes_[y])
        return np.asarray(factors if weights is None else factors * weights)

    def _scored(self, head: Head, outputs: Array) -> Any:
        assert isinstance(head, ClassHead)
        return _Answers(head.probabilities(outputs), self.classes_)

    def _score_of(self, head: Head, outputs: Array, y: Array, weights: Array) -> float:
        assert isinstance(head, ClassHead)
        right = head.probabilities(outputs).argmax(axis=1) == y
        return float(np.average(right, weights=weights))
