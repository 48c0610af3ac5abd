"""``cross_validate``: a model measured on rows that it was not trained on."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import Executor
from typing import Any

from numpy.typing import ArrayLike

from ..checks.seeds import resolve_seed
from ..sequential import Sequential
from ..training.fit import LossLike, Metric
from .points import Point, checked_options, measure, split_options
from .scores import Scores


def cross_validate(
    builder: Sequential | Callable[[], Sequential],
    X: ArrayLike,
    y: ArrayLike,
    *,
    folds: Any = 5,
    loss: LossLike,
    metrics: Iterable[Metric] = (),
    seed: Any = 0,
    callbacks: Any = None,
    executor: Executor | None = None,
    **fit: Any,
) -> Scores:
    """Train a model for each fold, side by side, and measure it on the rows held out.

    Parameters
    ----------
    builder : callable or Sequential
        ``builder() -> Sequential``, called for each fold; of a model, every fold gets a copy as it
        is now.
    X, y : array_like
        As in ``fit``; folds are index arrays, nothing is copied.
    folds : int or iterable, default 5
        A number: random folds, every class in each alike. Or pairs of index arrays (rows to train
        on, rows held out), such as scikit-learn's splitters give.
    loss : str, fm.Loss or callable
        What is trained and measured.
    metrics : names or callables
        Measured besides.
    seed : int, numpy.random.Generator or None, default 0
        Of the folds. Models have their own.
    callbacks : callable or list of callbacks, optional
        ``callbacks() -> list``, or objects of which each fold gets copies. With callbacks
        "val_loss" and the metrics are measured after every epoch too, on the rows held out:
        stopping early by them makes the scores a little better than they would be on new rows.
    executor : concurrent.futures.Executor, optional
        See :func:`fm.fit_many`.
    **fit
        Further options of ``fit_many``; `optimizer` and the others have one value for all folds.

    Returns
    -------
    Scores
        A row for each fold: "loss" and the metrics on the rows held out, "train_loss", "epochs",
        "seconds", "stopped_by".

    Examples
    --------
    >>> import fusedmlp as fm
    >>> X, y = fm.datasets.load_digits()
    >>> scores = fm.cross_validate(lambda: fm.MLP([64, 32, 10], seed=0), X / 16, y,
    ...                            loss="cross_entropy", metrics=["accuracy"], epochs=10)
    >>> len(scores.rows), scores.mean["accuracy"] > 0.9
    (5, True)
    """
    what = "cross_validate"
    checked_options(fit, what)
    if not callable(builder) and not isinstance(builder, Sequential):
        raise TypeError(f"{what}: builder must be a function or a Sequential, got {builder!r}")
    build = builder.copy if isinstance(builder, Sequential) else builder
    options, alike = split_options({**fit, "loss": loss, "executor": executor})
    return measure(
        [Point(build, options)],
        X,
        y,
        folds=folds,
        metrics=metrics,
        seed=resolve_seed(seed, what),
        callbacks=callbacks,
        alike=alike,
        function=what,
    )[0]
