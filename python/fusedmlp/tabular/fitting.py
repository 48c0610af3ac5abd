"""From a table and its targets to a fitted model."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..checks.arrays import Array
from ..many import Ensemble
from ..table import Encoder, TableError
from ..table.frames import columns_of, take
from ..training.callbacks import Callback
from ..training.history import History
from .folds import Rows, member_rows
from .heads import Head
from .importance import Sample
from .model import TableModel
from .nets import train_members
from .rows import distinct_rows
from .settings import Settings, resolve
from .values import ValueHead

Scoring = Callable[[Head, Array, Array, NDArray[np.float64]], float]


@dataclass
class Fitted:
    """A fitted model and what else the fit found out.

    Attributes
    ----------
    model : TableModel
    settings : Settings
    histories : one of each member
    sample : some held-out rows of each member
    held : of each member: outputs (rows, outputs) for all held-out rows, targets, weights
    seconds : what the fit took
    """

    model: TableModel
    settings: Settings
    histories: list[History]
    sample: Sample
    held: list[tuple[Array, Array, NDArray[np.float64]]]
    seconds: float

    def held_score(self, score: Scoring) -> float:
        """Return the mean over the members of a score of their held-out rows."""
        return float(np.mean([score(self.model.head, o[None], y, w) for o, y, w in self.held]))


def fit_table(
    frame: Any,
    y: Array,
    head: Head,
    *,
    given: Mapping[str, Any],
    preset: str = "default",
    weights: NDArray[np.float64] | None = None,
    eval_set: tuple[Any, Array, NDArray[np.float64] | None] | None = None,
    categorical: str | Iterable[str] = "auto",
    drop: Iterable[str] = (),
    scoring: Scoring | None = None,
    clip: bool = True,
    max_seconds: float | None = None,
    seed: int = 0,
    progress: bool | str = False,
    callbacks: Callable[[int], list[Callback]] = lambda k: [],
) -> Fitted:
    """Fit encoder, nets and calibration.

    Parameters
    ----------
    frame : DataFrame, dict of arrays or array
    y : array, (rows,)
        Class indices (int64) or values (float64).
    head : ClassHead or ValueHead
        Not fitted yet.
    given : dict
        Settings by name that are not "auto".
    weights : array, (rows,), optional
        Not negative.
    eval_set : (frame, y, weights), optional
        Rows that take the place of held-out ones.
    scoring : callable, optional
        ``scoring(head, outputs, y, weights) -> float``, larger is better, of the outputs
        (1, rows, outputs) for held-out rows decides which epoch is the best; None is the loss.

    All else is as in the estimators.
    """
    began = time.monotonic()
    encoder = Encoder(categorical=categorical)
    drop = tuple(drop)
    X, order, weights = _inputs(encoder, frame, y, weights, drop)
    y = y[order]
    if len(y) < 2:
        raise TableError(
            f"n_samples = {len(y)}: a fit needs at least two different rows that weigh something"
        )
    if not X.shape[1]:
        raise TableError("the table has no column to learn from:\n" + encoder.report())
    if isinstance(head, ValueHead):
        head.fit(y, weights)
    classes = None if isinstance(head, ValueHead) else y
    settings = resolve(
        preset,
        given,
        rows=len(y),
        columns=len(encoder.columns_),
        classes=classes is not None,
        learning_rate=head.learning_rate,
    )
    if eval_set is None:
        train, held = member_rows(
            len(y), settings.n_members, settings.validation_fraction, classes, seed
        )
    else:
        n = len(y)
        X, y, weights = _joined(encoder, X, y, weights, eval_set)
        train = [np.arange(n)] * settings.n_members
        held = [np.arange(n, len(y))] * settings.n_members
    held_weights = [np.ones(len(r)) if weights is None else weights[r] for r in held]
    scores = None
    if scoring is not None:
        scores = [
            _score(scoring, head, X[r], y[r], w) for r, w in zip(held, held_weights, strict=True)
        ]
    nets, kept = train_members(
        encoder, settings, X, head.encode(y), loss=head.loss(settings.label_smoothing),
        outputs=head.outputs, train=train, held=held, seed=seed, weights=weights, scores=scores,
        max_seconds=None if max_seconds is None else max_seconds - (time.monotonic() - began),
        progress=progress, callbacks=callbacks,
    )  # fmt: skip
    outputs = [net.predict(X[rows]) for net, rows in zip(nets, held, strict=True)]
    head.calibrate(outputs, [y[rows] for rows in held], held_weights)
    model = TableModel(
        encoder, head, Ensemble(nets), clip=clip, best_epochs=[k.best_epoch for k in kept]
    )
    held_rows = [(o, y[r], w) for o, r, w in zip(outputs, held, held_weights, strict=True)]
    histories = [net.history for net in nets if net.history is not None]
    seconds = time.monotonic() - began
    return Fitted(model, settings, histories, Sample(X, y, held, seed), held_rows, seconds)


def _inputs(
    encoder: Encoder,
    frame: Any,
    y: Array,
    weights: NDArray[np.float64] | None,
    drop: tuple[str, ...],
) -> tuple[NDArray[np.float32], Rows, NDArray[np.float64] | None]:
    """Fit the encoder; return the inputs of the different rows, where they stand, their weights."""
    columns = columns_of(frame)
    X = encoder.fit(columns, drop=drop).transform(columns)
    order, total = distinct_rows(X, y, weights)
    if len(order) == len(X):
        return X[order], order, total
    # Rows that come twice, or weigh nothing, must not move the medians either.
    X = encoder.fit(take(columns, order), drop=drop).transform(take(columns, order))
    again, total = distinct_rows(X, y[order], np.ones(len(X)) if total is None else total)
    return X[again], order[again], total


def _joined(
    encoder: Encoder, X: Array, y: Array, weights: NDArray[np.float64] | None, eval_set: Any
) -> tuple[Array, Array, NDArray[np.float64] | None]:
    """Return the rows to train on and behind them those of `eval_set`."""
    frame, y_eval, w_eval = eval_set
    X_eval = encoder.transform(frame)
    if weights is None and w_eval is None:
        joined = None
    else:
        parts = [np.ones(len(y)) if weights is None else weights,
                 np.ones(len(y_eval)) if w_eval is None else w_eval]  # fmt: skip
        joined = np.concatenate(parts)
    return np.concatenate([X, X_eval]), np.concatenate([y, y_eval]), joined


def _score(
    scoring: Scoring, head: Head, X: Array, y: Array, weights: NDArray[np.float64]
) -> Callable[[Any], float]:
    return lambda net: scoring(head, net.predict(X)[None], y, weights)
