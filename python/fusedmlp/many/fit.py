"""``fit_many``: many models trained side by side."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from typing import Any

from numpy.typing import ArrayLike

from ..checks.numbers import flag, flag_or_auto
from ..checks.seeds import resolve_seed
from ..sequential import Sequential
from ..training.callbacks.display import open_display, short
from ..training.fit import LossLike, Metric
from ..training.history import History
from ..training.options import thread_count
from ..training.prepare import prepare_run
from ..training.run import Run
from .each import each, each_array, each_callbacks, each_optimizer, each_rows, refuse_twice
from .tasks import Tasks, part_of
from .workers import Halt, run_all


def fit_many(
    models: Sequence[Sequential],
    X: ArrayLike,
    y: ArrayLike,
    *,
    loss: LossLike | Sequence[LossLike],
    optimizers: Any = "adam",
    epochs: int | Sequence[int] = 10,
    batch_size: int | Sequence[int] = 32,
    rows: Any = None,
    validation_rows: Any = None,
    seeds: Any = None,
    shuffle: bool | Sequence[bool] = True,
    sample_weight: Any = None,
    class_weight: Any = None,
    metrics: Iterable[Metric] = (),
    callbacks: Any = None,
    clip_grad_norm: float | Sequence[float | None] | None = None,
    clip_grad_value: float | Sequence[float | None] | None = None,
    dropout_scale: Any = 1.0,
    max_seconds: float | Sequence[float | None] | None = None,
    num_threads: int | None = None,
    progress: bool | str = "auto",
    doctor: bool = True,
) -> list[History]:
    """Train many models on the same data, one model to a thread, the next when one is done.

    Each model ends with the very bits of its own ``fit`` on ``X[rows]``, ``y[rows]``. `X` and `y`
    are checked once and never copied.

    Parameters
    ----------
    models : sequence of Sequential
        Of any shapes and dtypes; each object once.
    X, y : array_like
        As in ``fit``; all models take rows of them.
    loss, epochs, batch_size, shuffle, class_weight, clip_grad_norm, clip_grad_value, max_seconds
    dropout_scale
        As in ``fit``; one value for all models, or a list of one each. `max_seconds` counts from
        where a model's own fit begins.
    optimizers : str, fm.optim object, or list of them
        Of an object for all, every model gets a copy; from a list, an object keeps its state.
    rows, validation_rows : array_like or list of array_like, optional
        Row numbers to train on and to measure "val_loss" on, or masks: one array for all models or
        a list of one each. None is all rows to train on, and none to validate on. A number may come
        more than once (bootstrap).
    seeds : int, numpy.random.Generator, None, or list of them
        Of shuffles and dropout, as `seed` in ``fit``: None is the model's own.
    sample_weight : array_like, shape (n,), or list of them, optional
        Of all rows of `X`; counts in "val_loss" too, as with ``validation_split``.
    metrics : names or callables
        The same for all models.
    callbacks : callable or list of lists, optional
        A function that makes a model's callbacks (called with its number if it takes an argument),
        or one list for each model: a callback object belongs to one fit. They are called from
        worker threads.
    num_threads : int, optional
        For all models together. Where there are fewer models than threads, each gets its share.
    progress : bool or "auto", default "auto"
        One bar for all.
    doctor : bool, default True
        As in ``fit``.

    Returns
    -------
    list of History
        One for each model, also as its ``history``. A model that diverged has
        ``stopped_by == "diverged"``, its message as first line of ``advice``, and the weights after
        its last good epoch; the others go on.

    Raises
    ------
    ValueError, TypeError
        For bad arguments; no model has changed then.
    BusyError
        If a model is in use by another thread's fit.
    KeyboardInterrupt
        On Ctrl-C; finished models stay as they are, those in work keep the weights of that moment,
        each with its ``history``. An exception in a callback, metric or loss does the same.

    Examples
    --------
    >>> import numpy as np, fusedmlp as fm
    >>> rng = np.random.default_rng(0)
    >>> X, y = rng.standard_normal((60, 4)), rng.integers(0, 2, 60)
    >>> models = [fm.MLP([4, width, 2], seed=0) for width in (4, 8, 16)]
    >>> histories = fm.fit_many(models, X, y, loss="cross_entropy", epochs=[3, 2, 1])
    >>> [len(history.epochs) for history in histories]
    [3, 2, 1]
    >>> alone = fm.MLP([4, 8, 2], seed=0)
    >>> _ = alone.fit(X, y, loss="cross_entropy", epochs=2)
    >>> bool((alone.theta == models[1].theta).all())
    True
    """
    what = "fit_many"
    models = checked_models(models, what)
    count, halt = len(models), Halt()
    tasks = Tasks(X, y, what)
    n = len(tasks.x)
    threads = thread_count(num_threads, what)
    options: dict[str, list[Any]] = {
        "optimizer": each_optimizer(optimizers, count, what),
        "epochs": each(epochs, count, what, "epochs"),
        "batch_size": each(batch_size, count, what, "batch_size"),
        "shuffle": each(shuffle, count, what, "shuffle"),
        "class_weight": each(class_weight, count, what, "class_weight"),
        "callbacks": each_callbacks(callbacks, count, what),
        "clip_grad_norm": each(clip_grad_norm, count, what, "clip_grad_norm"),
        "clip_grad_value": each(clip_grad_value, count, what, "clip_grad_value"),
        "dropout_scale": each(dropout_scale, count, what, "dropout_scale"),
        "max_seconds": each(max_seconds, count, what, "max_seconds"),
        "seed": [
            None if seed is None else resolve_seed(seed, what)
            for seed in each(seeds, count, what, "seeds")
        ],
    }
    common: dict[str, Any] = {
        "metrics": list(metrics) if not isinstance(metrics, str) else metrics,
        "num_threads": max(1, threads // count),
        "doctor": flag(doctor, what, "doctor"),
        "poll": halt,
    }
    losses = each(loss, count, what, "loss")
    weights = each_array(sample_weight, count, what, "sample_weight")
    train = each_rows(rows, count, n, what, "rows")
    held = each_rows(validation_rows, count, n, what, "validation_rows")
    runs = []
    for k, model in enumerate(models):
        where = f"{what}: models[{k}]"
        task = tasks.of(model, losses[k], weights[k], where)
        part = part_of(task, train[k], where, "rows")
        rows_held = held[k]
        validation = None
        if rows_held is not None:
            validation = part_of(task, rows_held, where, "validation_rows")
        runs.append(
            prepare_run(
                model,
                part,
                validation,
                **{name: values[k] for name, values in options.items()},
                **common,
                show=model._show_history,
                writer=model._write_run,
                function=where,
            )
        )
    _run(runs, models, min(threads, count), halt, flag_or_auto(progress, what, "progress"))
    return [run.history for run in runs]


def checked_models(models: Sequence[Sequential], function: str) -> list[Sequential]:
    """Return models as a list: at least one, and each object once."""
    if isinstance(models, Sequential) or not isinstance(models, Iterable):
        raise TypeError(f"{function}: models must be a list of Sequential, got {models!r}")
    chosen = list(models)
    if not chosen:
        raise ValueError(f"{function}: models must hold at least one model, got none")
    for k, model in enumerate(chosen):
        if not isinstance(model, Sequential):
            raise TypeError(f"{function}: models[{k}] must be a Sequential, got {model!r}")
    refuse_twice(chosen, function, "models", "a model is trained by one fit at a time; copy() it")
    return chosen


def _run(
    runs: list[Run], models: list[Sequential], workers: int, halt: Halt, progress: bool | str
) -> None:
    """Drive the runs, with a bar for all of them."""
    total = sum(run.epochs for run in runs)
    display = open_display(progress, 0, total)
    start, shown = time.monotonic(), 0.0

    def look() -> None:
        nonlocal shown
        now = time.monotonic()
        if not display.interval or now < shown + display.interval:
            return
        shown = now
        begun = [run for run in runs if hasattr(run, "history")]
        over = [run for run in begun if run.ended]
        rows = sum(len(run.history.epochs) * run.rows for run in begun)
        done = sum(run.epochs if run.ended else len(run.history.epochs) for run in begun)
        rate = short(rows / max(now - start, 1e-9))
        display.update(done, f"{len(over)}/{len(runs)} models  {rate} samples/s")

    try:
        with ExitStack() as stack:
            for model in models:
                stack.enter_context(model._exclusive("fit_many"))
            run_all(runs, workers, halt, look)
        shown = 0.0
        look()
    finally:
        display.close()
