"""What the two estimators of tables share: fit, files, attributes."""

from __future__ import annotations

from abc import abstractmethod
from contextlib import nullcontext
from numbers import Integral, Real
from os import PathLike
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, _fit_context
from sklearn.metrics import get_scorer_names
from sklearn.utils import check_random_state
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.validation import check_is_fitted

from ..checks.arrays import Array
from ..core.catalogue import ACTIVATIONS
from ..exchange.exports import Exports
from ..exchange.source import Source
from ..sequential import Sequential
from ..table.frames import Columns
from ..tabular import PRESETS, Fitted, Head, Sample, TableModel, fit_table
from ..tabular.model import KEY
from ..threads import num_threads
from .compat import threads_here
from .frames import categorical_names, checked_frame, checked_weights, learn_columns
from .options import hidden_sizes
from .undo import as_before

_AUTO = StrOptions({"auto"})
CONSTRAINTS: dict[str, list[Any]] = {
    "preset": [StrOptions(set(PRESETS))],
    "hidden_layer_sizes": [_AUTO, "array-like", Interval(Integral, 1, None, closed="left")],
    "n_members": [_AUTO, Interval(Integral, 1, None, closed="left")],
    "epochs": [_AUTO, Interval(Integral, 1, None, closed="left")],
    "batch_size": [Interval(Integral, 1, None, closed="left")],
    "embedding": [StrOptions({"auto", "periodic", "piecewise", "none"})],
    "dropout": [_AUTO, Interval(Real, 0, 1, closed="left")],
    "weight_decay": [_AUTO, Interval(Real, 0, None, closed="left")],
    "label_smoothing": [_AUTO, Interval(Real, 0, 1, closed="left")],
    "learning_rate_init": [_AUTO, Interval(Real, 0, None, closed="neither")],
    "activation": [_AUTO, StrOptions(set(ACTIVATIONS))],
    "validation_fraction": [Interval(Real, 0, 1, closed="neither")],
    "scoring": [StrOptions({"loss", *get_scorer_names()}), callable, None],
    "categorical_features": [_AUTO, "array-like"],
    "max_seconds": [Interval(Real, 0, None, closed="neither"), None],
    "num_threads": [Interval(Integral, 1, None, closed="left"), None],
    "random_state": ["random_state"],
    "verbose": ["verbose"],
}
# Parameters of the fit that a preset decides unless they are given.
_SETTINGS = (
    "hidden_layer_sizes", "n_members", "epochs", "batch_size", "embedding", "dropout",
    "weight_decay", "label_smoothing", "learning_rate_init", "activation",
)  # fmt: skip


def _seed(random_state: Any) -> int:
    # A whole number as it is: the same as `fusedmlp train --seed`.
    if isinstance(random_state, Integral):
        return int(random_state)
    return int(check_random_state(random_state).randint(np.iinfo(np.int32).max))


class BaseTabular(Exports, BaseEstimator):
    """Fit and what it needs. The two estimators say what y means."""

    _model: TableModel
    _sample: Sample | None

    @abstractmethod
    def _learn_target(self, y: Any) -> tuple[Array, Head]:
        """Check y; return what is learned, and the head for it."""

    @abstractmethod
    def _encode_target(self, y: Any) -> Array:
        """Return a checked target of more rows, as that of the fit."""

    @abstractmethod
    def _scored(self, head: Head, outputs: Array) -> Any:
        """Return something that scikit-learn's scorers can ask for predictions."""

    @abstractmethod
    def _score_of(self, head: Head, outputs: Array, y: Array, weights: Array) -> float:
        """Return accuracy or R2 of outputs (1, rows, outputs)."""

    @abstractmethod
    def _original(self, y: Array) -> Array:
        """Return targets as the user gave them."""

    def _row_weights(self, y: Array, weights: Array | None) -> Array | None:
        return weights

    @_fit_context(prefer_skip_nested_validation=True)
    def fit(self, X: Any, y: Any, sample_weight: Any = None, *, eval_set: Any = None) -> Any:
        """Fit the model to a table X and targets y.

        Parameters
        ----------
        X : DataFrame of pandas, Polars or PyArrow, or array-like of shape (n_samples, n_features)
            As it comes: categories, dates and gaps need no preparation.
        y : array-like of shape (n_samples,)
        sample_weight : array-like of shape (n_samples,), default=None
            A row of weight 2 counts as two equal rows, one of weight 0 as none.
        eval_set : tuple (X, y) or (X, y, sample_weight), default=None
            Rows that choose the best epoch and the calibration. All rows of X are then trained on.

        Returns
        -------
        self
        """
        with as_before(self):
            found, frame = self._found(X, y, sample_weight, eval_set)
            learn_columns(self, X, frame)
            self._keep(found)
        if self.verbose:
            print(found.model.encoder.report())
            print(f"{type(self).__name__}: validation score {self.validation_score_:.4f}")
        return self

    def _found(self, X: Any, y: Any, sample_weight: Any, eval_set: Any) -> tuple[Fitted, Columns]:
        """Check everything, and train."""
        frame = checked_frame(self, X, y)
        target, head = self._learn_target(y)
        weights = self._row_weights(target, checked_weights(sample_weight, frame.n_rows))
        held = None if eval_set is None else self._eval_rows(eval_set, frame)
        seed = _seed(self.random_state)
        threads = self.num_threads or threads_here()
        with num_threads(threads) if threads else nullcontext():
            found = fit_table(
                frame,
                target,
                head,
                given=self._given(),
                preset=self.preset,
                weights=weights,
                eval_set=held,
                categorical=categorical_names(self.categorical_features, frame),
                scoring=self._scoring() if self.scoring not in (None, "loss") else None,
                clip=getattr(self, "clip_to_training_range", True),
                max_seconds=self.max_seconds,
                seed=seed,
                progress=bool(self.verbose),
            )
        return found, frame

    def _given(self) -> dict[str, Any]:
        given = {name: getattr(self, name) for name in _SETTINGS}
        given = {name: v for name, v in given.items() if not isinstance(v, str) or v != "auto"}
        if "hidden_layer_sizes" in given:
            given["hidden_layer_sizes"] = tuple(hidden_sizes(given["hidden_layer_sizes"]))
        return {**given, "validation_fraction": float(self.validation_fraction)}

    def _eval_rows(self, eval_set: Any, frame: Any) -> tuple[Any, Array, Array | None]:
        if not isinstance(eval_set, (tuple, list)) or len(eval_set) not in (2, 3):
            raise TypeError(
                "eval_set must be a tuple (X, y) or (X, y, sample_weight), "
                f"got {type(eval_set).__name__}"
            )
        X, y, *rest = eval_set
        rows = checked_frame(self, X, y, like=frame.names)
        weights = checked_weights(rest[0] if rest else None, rows.n_rows)
        return rows, self._encode_target(y), weights

    def _scoring(self) -> Any:
        from sklearn.metrics import check_scoring

        scorer = check_scoring(self, scoring=self.scoring)

        def score(head: Head, outputs: Array, y: Array, weights: Array) -> float:
            options = {} if (weights == 1).all() else {"sample_weight": weights}
            fixed = self._scored(head, outputs)
            return float(scorer(fixed, np.zeros((len(y), 1)), self._original(y), **options))

        return score

    def _keep(self, found: Fitted) -> None:
        self._model, self._sample = found.model, found.sample
        self.history_ = found.histories
        self.best_epochs_ = found.model.best_epochs
        self.settings_ = found.settings
        score = self._scoring() if self.scoring not in (None, "loss") else self._score_of
        self.validation_score_ = found.held_score(score)

    # Prediction and what else a fitted estimator is asked for.

    def _outputs(self, X: Any) -> Array:
        check_is_fitted(self)
        frame = checked_frame(self, X, None, like=self._model.encoder.names_in_)
        return self._model.outputs(frame)

    @property
    def networks_(self) -> list[Sequential]:
        """The members' networks; inputs are those of ``encoder_``, outputs logits or values."""
        check_is_fitted(self)
        return list(self._model.nets.models)

    @property
    def encoder_(self) -> Any:
        """The :class:`fusedmlp.table.Encoder` in front of the networks."""
        check_is_fitted(self)
        return self._model.encoder

    @property
    def feature_importances_(self) -> Array:
        """For each column of X the rise of the loss on held-out rows when it is shuffled.

        The loss is the log-loss of classes, and 1 - R2 of values. Worked out when it is first
        asked for.
        """
        check_is_fitted(self)
        found = self._model.column_importances(self._sample)
        return np.array([found[name] for name in self._model.encoder.names_in_])

    def _source(self, function: str) -> Source:
        """Return for an export what a file would hold, with the parameters as they now are."""
        check_is_fitted(self)
        stored = self._model.to_dict()
        stored["clip"] = getattr(self, "clip_to_training_range", True)
        if hasattr(self, "classes_"):
            stored["extra"] = {"classes": [str(name) for name in self.classes_.tolist()]}
        return Source(self._model.nets.models, {**self._model.nets.metadata, KEY: stored})

    def save(self, path: str | PathLike[str]) -> None:
        """Write the fitted estimator to one safetensors file, for ``fusedmlp.sklearn.load``.

        Parameters
        ----------
        path : path-like
            The old file stays until the new one is whole.

        Notes
        -----
        No code is in the file: a `scoring` that is a function, and a `random_state` that is a
        generator, are not saved.
        """
        from .files import save

        check_is_fitted(self)
        self._model.column_importances(self._sample)
        save(self, path)

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "_model")

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.input_tags.categorical = True
        tags.input_tags.string = True
        return tags
