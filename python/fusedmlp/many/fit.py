"""``fit_many``: many models trained side by side."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from concurrent.futures import Executor
from typing import Any

from numpy.typing import ArrayLike

from ..checks.numbers import flag_or_auto
from ..sequential import Sequential
from ..training.exiting import watched
from ..training.history import History
from ..training.measure import Metric
from ..training.options import thread_count
from ..training.step import LossLike
from .nets import Net, Nets, checked_models
from .parcel import Parcel
from .remote import checked_executor, posted, run_there
from .tasks import Tasks
from .workers import Halt, run_here


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
    executor: Executor | None = None,
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
        For all models together; where there are fewer models than threads, each gets its share.
        With an executor: for each model, 1 by default.
    progress : bool or "auto", default "auto"
        One bar for all.
    executor : concurrent.futures.Executor, optional
        Trains the models in other processes or on other machines, to the same bits where these have
        the same instruction set level. A worker fetches the data once; a memmap is opened by its
        path. Models, options and callbacks must be picklable.
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
        each with its ``history``. An exception in a callback, metric or loss does the same. An
        executor cannot stop what has begun: those models stay as they were.

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
    what, given = "fit_many", locals()  # all arguments by name
    models = checked_models(models, what)
    tasks, halt = Tasks(X, y, what), Halt()
    nets = Nets(models, len(tasks.x), given, what)
    pool = checked_executor(executor, what)
    threads = thread_count(num_threads, what)
    runs = nets.runs(tasks, max(1, threads // len(models)), halt)
    bar = flag_or_auto(progress, what, "progress")
    if pool is None:
        with watched():
            run_here(runs, min(threads, len(models)), halt, bar)
        return [run.history for run in runs]
    orders, arrays = nets.orders()
    for _, options in orders:
        options["num_threads"] = 1 if num_threads is None else threads
    with posted({"X": X, "y": y, **arrays}, pool) as parcel:
        run_there(pool, _train, parcel, orders, bar)
    return [model.history for model in models if model.history is not None]


def _train(parcel: Parcel, net: Net, options: dict[str, Any]) -> Net:
    """Train one model in a worker of an executor."""
    arrays = parcel.open()
    model, optimizer, callbacks = net
    weights = options.pop("sample_weight")
    fit_many(
        [model],
        arrays["X"],
        arrays["y"],
        optimizers=[optimizer],
        callbacks=[callbacks],
        sample_weight=None if weights is None else [arrays[weights]],
        progress=False,
        **options,
    )
    return net
