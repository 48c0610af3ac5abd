"""``fm.distributed.fit``: one model, trained by all ranks of an MPI job."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from inspect import signature
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ..checks.arrays import Array, raw_array
from ..checks.names import hint
from ..checks.numbers import flag, integer
from ..checks.seeds import resolve_seed
from ..core import backend
from ..losses.loss import Loss
from ..metrics import name_of
from ..optim import get as get_optimizer
from ..sequential import Sequential
from ..training.class_weights import class_counts, weigh_classes
from ..training.history import History
from ..training.interrupted import Saved
from ..training.options import (
    checked_callbacks,
    checked_metrics,
    fraction,
    unpacked,
    with_progress,
)
from ..training.prepare import prepare_run
from ..training.task import Task, prepare_task, split_task
from .group import Group
from .interrupts import Interrupts
from .run import DistributedRun

_WHAT = "distributed.fit"
# What this module makes of options before the run takes them; it takes all others as they are.
_MADE = (
    "optimizer", "batch_size", "callbacks", "num_threads", "seed", "doctor", "class_weight",
)  # fmt: skip
_PASSED = [
    name
    for name in signature(prepare_run).parameters
    if name in signature(Sequential.fit).parameters and name not in _MADE
]
# Of these, what is compared between the ranks by other means or not at all.
_NOT_COMPARED = ("metrics", "max_seconds", "on_gradient")


def fit(
    model: Sequential,
    X: ArrayLike,
    y: ArrayLike,
    *,
    comm: Any = None,
    shared: bool = False,
    **fit: Any,
) -> History:
    """Train one model on the rows of all ranks; every rank calls this, under ``mpirun -n N``.

    Each step takes the gradients of all ranks' parts of the batch, sums them with one Allreduce,
    and updates every rank's copy of the model in the same way. It is the step that one process
    would make on these parts together: `batch_size` is that of all ranks.

    Parameters
    ----------
    model : Sequential
        On every rank with the same layers; the first weights and the seed are those of rank 0.
    X, y : array_like
        The rows of this rank. With `shared` the rows of all ranks, the same everywhere (a memmap of
        a file that all see, say): each rank then reads its part alone.
    comm : mpi4py.MPI.Comm, optional
        None is ``MPI.COMM_WORLD``.
    shared : bool, default False
        Also for `sample_weight` and `validation_data`.
    **fit
        Options of ``Sequential.fit``, the same on all ranks. `callbacks` are told on rank 0
        alone (but :class:`fm.callbacks.EMA`), a checkpoint is written and read by rank 0, and
        the clock of rank 0 decides about `max_seconds`. `num_threads` is that of each rank; None
        divides the threads of a machine among its ranks.

    Returns
    -------
    History
        The same on every rank, over all ranks' rows.

    Raises
    ------
    ImportError
        Without mpi4py: ``pip install fusedmlp[mpi]``.
    ValueError, TypeError, DivergedError, CheckpointError, KeyboardInterrupt
        As ``fit`` does. What one rank raises ends the fit on all: the others raise a RuntimeError
        that tells it. What cannot be told in this way is printed and ends the MPI job.

    Notes
    -----
    An epoch is ``ceil(rows / batch_size)`` steps over the rows of all ranks, and each rank cuts
    its own rows into that many parts, equal up to a row. With one rank this is ``model.fit``. Batch
    norm takes the statistics of each rank's part of the batch; the running ones are averaged after
    every epoch. Metrics need the outputs for all rows on rank 0. After every epoch the weights of
    all ranks are compared by a hash.

    Examples
    --------
    In a script that ``mpirun -n 4 python script.py`` runs::

        X = np.load("rows.npy", mmap_mode="r")
        model = fm.MLP([X.shape[1], 256, 1], seed=0)
        history = fm.distributed.fit(model, X, y, shared=True, loss="mse", epochs=20)
    """
    group = Group(comm, _WHAT)
    if group.size == 1:
        _check(model, shared)
        return model.fit(X, y, **fit)
    with group.together(), Interrupts() as interrupts:
        options = group.attempt(lambda: _options(model, shared, fit))
        with model._exclusive(_WHAT):
            run, saved = _prepared(model, X, y, shared, options, group, interrupts)
            return run.fit(saved)


def _check(model: Any, shared: Any) -> None:
    if not isinstance(model, Sequential):
        raise TypeError(f"{_WHAT}: model must be a Sequential, got {model!r}")
    flag(shared, _WHAT, "shared")


def _options(model: Sequential, shared: bool, given: dict[str, Any]) -> dict[str, Any]:
    """Return all options of ``fit``, those that were not given with their defaults."""
    _check(model, shared)
    known = signature(model.fit).parameters
    for name in given:
        if name not in known:
            raise TypeError(f"{_WHAT}: there is no option {name!r}{hint(name, tuple(known))}")
    if "loss" not in given:
        raise TypeError(f"{_WHAT}: loss must be given")
    return {name: p.default for name, p in known.items() if name not in ("X", "y")} | given


@dataclass
class _Part:
    """What this rank trains on, before the ranks have compared anything."""

    task: Task
    validation: Task | None
    seed: int | None
    batch_size: int
    settings: dict[str, Any]  # what must be the same on all ranks


def _prepared(
    model: Sequential,
    X: ArrayLike,
    y: ArrayLike,
    shared: bool,
    options: dict[str, Any],
    group: Group,
    interrupts: Interrupts,
) -> tuple[DistributedRun, Saved | None]:
    """Return the run of this rank, checked here and compared with those of the others."""
    asked = options["seed"]
    seed = group.attempt(lambda: None if asked is None else resolve_seed(asked, _WHAT))
    options = {**options, "seed": group.from_first(seed)}
    saved = group.attempt(lambda: _saved(model, options["resume_from"], group))
    given = model.seed if options["seed"] is None else options["seed"]
    # A resumed fit holds out the same rows as before.
    split_seed = group.from_first(given if saved is None else saved.split_seed)
    part = group.attempt(lambda: _part(model, X, y, shared, options, group, split_seed))
    group.must_agree(part.settings)

    task = part.task
    if options["class_weight"] is not None:
        counts = group.attempt(lambda: np.asarray(class_counts(task, _WHAT), np.float64))
        group.sum(counts)
        task = group.attempt(
            lambda: weigh_classes(part.task, options["class_weight"], _WHAT, counts)
        )
    rows = sum(group.all(task.size))
    batches = -(-rows // part.batch_size)
    threads = options["num_threads"]
    if threads is None:
        threads = max(1, backend.core.get_num_threads() // group.ranks_on_this_machine())
    make = partial(DistributedRun, group=group, rows=rows, batches=batches, interrupts=interrupts)

    def prepare() -> DistributedRun:
        least = batches * max(layer.least_rows for layer in model.layers)
        if task.size < least:
            raise ValueError(
                f"{_WHAT}: rank {group.rank} must have at least {least} rows for the {batches} "
                f"batches of an epoch, got {task.size}; use fewer ranks or a larger batch_size"
            )
        chosen = checked_callbacks(options["callbacks"], _WHAT)
        shown = with_progress(chosen, options["progress"], _WHAT)
        if group.first:
            chosen = shown
        run = prepare_run(
            model,
            task,
            part.validation,
            optimizer=options["optimizer"],
            batch_size=part.batch_size,
            callbacks=[c for c in chosen if group.first or c.averages],
            num_threads=threads,
            seed=part.seed,
            doctor=flag(options["doctor"], _WHAT, "doctor") and group.first,
            **{name: options[name] for name in _PASSED},
            show=model._show_history,
            writer=model._write_run,
            function=_WHAT,
            kind=make,
        )
        assert isinstance(run, DistributedRun)
        return run

    return group.attempt(prepare), saved


def _saved(model: Sequential, path: Any, group: Group) -> Saved | None:
    """Return the saved fit, on the rank that reads it."""
    return None if path is None or not group.first else model._read_run(path)


def _part(
    model: Sequential,
    X: ArrayLike,
    y: ArrayLike,
    shared: bool,
    options: dict[str, Any],
    group: Group,
    split_seed: int,
) -> _Part:
    """Check what this rank was given, and cut out its rows."""
    cut = _cutter(group) if flag(shared, _WHAT, "shared") else _as_it_is
    loss, weights = options["loss"], options["sample_weight"]
    task = prepare_task(
        model, cut(X, "X"), cut(y, "y"), loss, _WHAT, sample_weight=cut(weights, "sample_weight")
    )
    held = fraction(options["validation_split"], _WHAT, "validation_split")
    validation = None
    if options["validation_data"] is not None:
        if held:
            raise ValueError(f"{_WHAT}: give validation_data or validation_split, not both")
        X_val, y_val, w_val = unpacked(options["validation_data"], _WHAT)
        what = f"{_WHAT}: validation_data"
        validation = prepare_task(
            model, cut(X_val, "X"), cut(y_val, "y"), loss, what, sample_weight=cut(w_val, "weights")
        )
    elif held:
        task, validation = split_task(task, held, split_seed)
    seed = None if options["seed"] is None else resolve_seed(options["seed"], _WHAT)
    batch_size = integer(options["batch_size"], _WHAT, "batch_size", low=1)
    optimizer = get_optimizer(options["optimizer"], _WHAT)
    metrics = checked_metrics(options["metrics"], _WHAT)
    settings = {
        "the layers": [layer.label() for layer in model.layers],
        "dtype": model.dtype,
        "inputs": task.x.shape[1],
        "loss": repr(task.loss) if isinstance(task.loss, Loss) else "a function",
        "optimizer": optimizer.name,
        "lr": "a schedule" if callable(optimizer.lr) else optimizer.lr,
        "batch_size": batch_size,
        "validation data": validation is not None,
        "class_weight": options["class_weight"] is not None,
        "metrics": [name_of(metric) for metric in metrics],
        **{n: _comparable(options[n]) for n in _PASSED if n not in _NOT_COMPARED},
    }
    return _Part(task, validation, seed, batch_size, settings)


def _comparable(value: Any) -> Any:
    """Return what the ranks can send each other and compare, whatever was given: options are
    checked after that, and functions cannot be sent."""
    if isinstance(value, (bool, int, float, str)) and value == value:
        return value
    return "a function" if callable(value) else repr(value)


def _cutter(group: Group) -> Callable[[Any, str], Any]:
    """Return a function that cuts this rank's rows out of those of all."""

    def cut(value: Any, argument: str) -> Array | None:
        if value is None:
            return None
        array = raw_array(value, _WHAT, argument)
        n = len(array)
        if n < group.size:
            raise ValueError(
                f"{_WHAT}: {argument} must have a row for each of {group.size} ranks, got {n}"
            )
        return array[group.rank * n // group.size : (group.rank + 1) * n // group.size]

    return cut


def _as_it_is(value: Any, argument: str) -> Any:
    return value
