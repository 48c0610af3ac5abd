"""What the two estimators share: fit, partial fit, validation."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from sklearn.base import _fit_context
from sklearn.metrics import check_scoring
from sklearn.utils import check_random_state

from ..checks.arrays import Array
from ..core.catalogue import OPTIMIZERS
from ..training.task import Task
from .compat import checked_rows, dense, threads_here
from .data import Held, Watch, checked_weights, make_task, split
from .heads import Head
from .lbfgs import loss_and_gradient, minimize
from .network import draw
from .options import hidden_activations, hidden_sizes
from .solvers import Solver
from .state import NetworkState
from .stochastic import NOT_FINITE, Epochs
from .undo import as_before


def is_stochastic(estimator: Any) -> bool:
    """Whether ``partial_fit`` exists: the solver goes step by step."""
    if estimator.solver not in OPTIMIZERS:
        raise AttributeError(
            "partial_fit is only available for stochastic optimizers. "
            f"{estimator.solver} is not stochastic."
        )
    return True


class BaseMLP(NetworkState):
    """Fit and what it needs. The two estimators say what y means (`_validate_input`, `_encode`,
    `_head`), how rows are weighed and how outputs are scored."""

    _skip_checks = False
    loss_: float

    @_fit_context(prefer_skip_nested_validation=True)
    def fit(self, X: Any, y: Any, sample_weight: Any = None, *, eval_set: Any = None) -> Any:
        """Fit the model to rows X and targets y.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)
            float32 is computed in float32, everything else in float64.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
        sample_weight : array-like of shape (n_samples,), default=None
        eval_set : tuple (X, y) or (X, y, sample_weight), default=None
            Measured after every epoch into ``validation_loss_curve_``. With ``early_stopping`` it
            takes the place of the rows that would be held out.

        Returns
        -------
        self
        """
        return self._fit(X, y, sample_weight, eval_set=eval_set)

    def _fit(
        self, X: Any, y: Any, sample_weight: Any, *, incremental: bool = False, eval_set: Any = None
    ) -> Any:
        with as_before(self):
            task, held, head = self._prepare(X, y, sample_weight, incremental, eval_set)
        with self.network_._exclusive("fit"):
            self._run(task, held, head, incremental)
        if not np.isfinite(self.network_.theta).all():
            raise ValueError(NOT_FINITE)
        return self

    def _prepare(
        self, X: Any, y: Any, sample_weight: Any, incremental: bool, eval_set: Any
    ) -> tuple[Task, Held | None, Head]:
        """Check everything, and make the network of a first fit."""
        sizes = hidden_sizes(self.hidden_layer_sizes)
        hidden_activations(self.activation, len(sizes))
        if self.early_stopping and incremental:
            raise ValueError("partial_fit does not support early_stopping=True")
        first = not hasattr(self, "coefs_") or (not self.warm_start and not incremental)
        X, y = self._validate_input(X, y, incremental, first)
        user_weights = checked_weights(sample_weight, X)
        head, target = self._head(y), self._encode(y)
        random_state = self._random_state = check_random_state(self.random_state)
        if first:
            self._initialize([X.shape[1], *sizes, head.outputs], head, X.dtype)
        else:
            self._check_sizes(X.shape[1], head.outputs)
            self._synchronise()
        if first or "validation_loss_curve_" not in self.__dict__:
            self.validation_loss_curve_: list[float] = []
        weights = self._row_weights(y, user_weights, incremental)
        task, held = make_task(X, target, weights, head), None
        if eval_set is not None:
            held = self._eval_task(eval_set, head)
        elif self.early_stopping and self.solver != "lbfgs":
            stratify = self._strata(target)
            task, held = split(
                task, y, user_weights, self.validation_fraction, stratify, random_state
            )
        if first:
            self.network_.seed = int(random_state.randint(np.iinfo(np.int32).max))
        return task, held, head

    def _run(self, task: Task, held: Held | None, head: Head, incremental: bool) -> None:
        threads = threads_here()
        watch = None if held is None else Watch(self.network_, held, head, threads)
        if self.solver == "lbfgs":
            minimize(self, task, watch, head)
            return
        keep = incremental or self.keep_optimizer_state
        solver = self.__dict__.get("_optimizer")
        if not keep or solver is None or solver.name != self.solver:
            self._optimizer = Solver(self)
        if not incremental:
            self._no_improvement_count = 0
        self.__dict__.setdefault("loss_curve_", [])
        self.__dict__.setdefault("_averaging", None)
        self._prepare_stopping()
        Epochs(self, task, watch, head, threads).run(incremental)

    def _initialize(self, sizes: list[int], head: Head, dtype: Any) -> None:
        """Start anew: network with first weights, counters."""
        self.n_iter_ = self.t_ = 0
        self.n_outputs_, self.n_layers_ = head.outputs, len(sizes)
        self.out_activation_ = head.activation
        network = self._make_network(sizes, dtype)
        draw(network, self.activation, self._random_state)
        self._use_network(network)
        self.loss_curve_: list[float] = []
        self._averaging: Any = None
        self.__dict__.pop("_optimizer", None)
        if self.solver != "lbfgs":
            self.best_loss_: float | None = None if self.early_stopping else np.inf
            self.validation_scores_: list[float] | None = None
            self.best_validation_score_: float | None = None

    # Stopping, by scikit-learn's rules.

    def _prepare_stopping(self) -> None:
        self._best: tuple[Array, Array] | None = None
        if not self.early_stopping:
            if self.__dict__.get("best_loss_") is None:
                self.best_loss_ = np.inf
            self.__dict__.setdefault("validation_scores_", None)
            self.__dict__.setdefault("best_validation_score_", None)
            return
        self._best = self.network_.theta.copy(), self.network_.buffers.copy()
        if self.__dict__.get("validation_scores_") is None:
            self.validation_scores_ = []
            self.best_validation_score_, self.best_loss_ = -np.inf, None

    def _update_no_improvement_count(self, watch: Watch | None) -> None:
        if watch is not None:
            self.validation_loss_curve_.append(watch.loss())
        if not self.early_stopping:
            best = np.inf if self.best_loss_ is None else self.best_loss_
            better = self.loss_ <= best - self.tol
            self.best_loss_ = min(best, self.loss_)
        else:
            assert watch is not None and self.validation_scores_ is not None
            score = self._validation_score(watch)
            self.validation_scores_.append(score)
            if self.verbose:
                print(f"Validation score: {score:f}")
            best = self.best_validation_score_  # type: ignore[assignment]
            better = not score < best + self.tol
            if score > best:
                self.best_validation_score_ = score
                self._best = self.network_.theta.copy(), self.network_.buffers.copy()
        self._no_improvement_count = 0 if better else self._no_improvement_count + 1

    def _validation_score(self, watch: Watch) -> float:
        """Return the score of the network's outputs on the held-out rows; NaN if they are not
        finite."""
        held = watch.held
        if not np.isfinite(watch.outputs).all():
            return float("nan")
        if self.scoring == "loss":
            return -self.validation_loss_curve_[-1]
        if self.scoring is None:
            with np.errstate(over="ignore", invalid="ignore"):  # on its way to divergence
                return self._score_outputs(watch.outputs, held)
        options = {} if held.sample_weight is None else {"sample_weight": held.sample_weight}
        with self._without_checks():
            scorer = check_scoring(self, scoring=self.scoring)
            return float(scorer(self, held.X, held.y, **options))

    def _eval_task(self, eval_set: Any, head: Head) -> Held:
        if not isinstance(eval_set, (tuple, list)) or len(eval_set) not in (2, 3):
            raise TypeError(
                "eval_set must be a tuple (X, y) or (X, y, sample_weight), "
                f"got {type(eval_set).__name__}"
            )
        X, y, *rest = eval_set
        X, y = self._validate_input(X, y, True, False)
        weights = checked_weights(rest[0] if rest else None, X)
        return Held(make_task(X, self._encode(y), weights, head), X, y, weights)

    # Prediction.

    @contextmanager
    def _without_checks(self) -> Iterator[None]:
        """Rows of a fit have been checked, and have lost the names of their columns."""
        self._skip_checks = True
        try:
            yield
        finally:
            del self._skip_checks

    def _outputs(self, X: Any) -> Array:
        """Return the network's outputs: logits, or what the regressor's head says."""
        X = dense(X) if self._skip_checks else checked_rows(self, X)
        self._synchronise()
        return self.network_.predict(X)

    def _loss_grad_lbfgs(
        self, packed: Array, X: Any, y: Any, sample_weight: Any = None, *unused: Any
    ) -> tuple[float, Array]:
        """Return loss and gradient at weights packed as scikit-learn packs them; y has a column for
        each output. For checks of the gradient."""
        if isinstance(sample_weight, list):
            sample_weight = None  # before scikit-learn 1.7 its working memory comes here
        head = self._head(y)
        target = np.argmax(y, axis=1) if head.activation == "softmax" else np.asarray(y)
        task = make_task(np.asarray(X), target, checked_weights(sample_weight, X), head)
        return loss_and_gradient(self.network_, task, head, float(self.alpha), packed)
