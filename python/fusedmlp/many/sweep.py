"""``sweep``: settings of a grid, each measured on folds."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Executor
from functools import partial
from inspect import signature
from itertools import product
from typing import Any

from numpy.typing import ArrayLike

from ..checks.numbers import flag
from ..checks.seeds import resolve_seed
from ..sequential import Sequential
from ..training.callbacks.monitor import Monitor
from ..training.measure import Metric
from ..training.options import metric_list
from ..training.step import LossLike
from .points import Point, checked_options, fit_whole, measure, option_names, split_options
from .scores import Scores


def sweep(
    builder: Callable[..., Sequential],
    grid: Mapping[str, Sequence[Any]] | Iterable[Mapping[str, Any]],
    X: ArrayLike,
    y: ArrayLike,
    *,
    folds: Any = 3,
    refit: bool = False,
    loss: LossLike,
    metrics: Iterable[Metric] = (),
    monitor: str = "loss",
    mode: str = "auto",
    seed: Any = 0,
    callbacks: Any = None,
    executor: Executor | None = None,
    **fit: Any,
) -> Scores:
    """Cross-validate every point of a grid, all its models side by side.

    Parameters
    ----------
    builder : callable
        ``builder(**point) -> Sequential``, called for each point and fold.
    grid : dict of lists, or list of dicts
        All combinations, or the points themselves. Keys that are options of ``fit`` (loss,
        optimizer, epochs, batch_size, class_weight, ...) and no arguments of the builder go to the
        fit, the others to the builder.
    X, y, folds, loss, metrics, seed, callbacks, executor, **fit
        As in :func:`fm.cross_validate`; every point gets the same folds.
    refit : bool, default False
        Train a new model with the best point on all rows, without callbacks: for as many epochs as
        its folds took to their best one if there were callbacks, for all epochs otherwise.
    monitor : str, default "loss"
        What decides about the best point: "loss" or a metric, as the mean over the folds.
    mode : {"auto", "min", "max"}, default "auto"
        Which way it is better, as in :class:`fm.callbacks.EarlyStopping`.

    Returns
    -------
    Scores
        A row for each point: its settings, and of every number the mean over the folds and the
        standard deviation with "_std". ``best`` is the number of the best row, ``best_model`` the
        refitted model.

    Examples
    --------
    >>> import fusedmlp as fm
    >>> X, y = fm.datasets.load_digits()
    >>> def build(width):
    ...     return fm.MLP([64, width, 10], seed=0)
    >>> grid = {"width": [2, 32], "optimizer": ["sgd", "adam"]}
    >>> table = fm.sweep(build, grid, X / 16, y, loss="cross_entropy", epochs=5, refit=True)
    >>> best = table.rows[table.best]
    >>> best["width"], best["optimizer"], table.best_model.num_parameters
    (32, 'adam', 2410)
    """
    what = "sweep"
    checked_options(fit, what)
    if not callable(builder):
        raise TypeError(f"{what}: builder must be callable, got {builder!r}")
    points = _points(grid, what)
    watch = Monitor(monitor, mode, 0.0, what)
    base, alike = split_options({**fit, "loss": loss, "executor": executor})
    # A builder that takes a seed itself gets it.
    keys = set(option_names()) - set(signature(builder).parameters)
    settings = []
    for point in points:
        own = {name: point[name] for name in point if name in keys}
        build = partial(builder, **{k: v for k, v in point.items() if k not in own})
        settings.append(Point(build, {**base, **own}))
    refit = flag(refit, what, "refit")
    metrics = metric_list(metrics, what)
    measured = measure(
        settings,
        X,
        y,
        folds=folds,
        metrics=metrics,
        seed=resolve_seed(seed, what),
        callbacks=callbacks,
        alike=alike,
        function=what,
    )
    rows = []
    for point, scores in zip(points, measured, strict=True):
        std = {f"{name}_std": value for name, value in scores.std.items()}
        rows.append({**point, **scores.mean, **std})
    best = None
    for k, scores in enumerate(measured):
        value = scores.mean.get(monitor, math.nan)
        if watch.improved(watch.value(scores.mean) if best is None else value):
            best = k
    table = Scores(rows, [s.models for s in measured], [s.histories for s in measured], best)
    if refit and best is not None:
        epochs = None
        if callbacks is not None:
            ends = [(h.best_epoch or 0) + 1 for h in measured[best].histories]
            epochs = max(1, round(sum(ends) / len(ends)))
        table.best_model = fit_whole(settings[best], X, y, epochs, alike, what)
    return table


def _points(
    grid: Mapping[str, Sequence[Any]] | Iterable[Mapping[str, Any]], function: str
) -> list[dict[str, Any]]:
    """Return the points of a grid as dicts."""
    if isinstance(grid, Mapping):
        for name, values in grid.items():
            if isinstance(values, (str, bytes)) or not isinstance(values, Iterable):
                raise TypeError(
                    f"{function}: grid[{name!r}] must be a list of values, got {values!r}"
                )
        columns = [list(values) for values in grid.values()]
        points = [dict(zip(grid, values, strict=True)) for values in product(*columns)]
    else:
        if not isinstance(grid, Iterable):
            raise TypeError(f"{function}: grid must be a dict or a list of dicts, got {grid!r}")
        points = [dict(point) for point in grid]
    if not points:
        raise ValueError(f"{function}: grid must hold at least one point, got {grid!r}")
    return points
