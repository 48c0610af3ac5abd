"""Models trained by an executor: in other processes, or on other machines."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ProcessPoolExecutor, wait
from contextlib import ExitStack, contextmanager
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ..core.waiting import LOOK
from ..training.callbacks.display import open_display
from .nets import Net
from .parcel import Parcel, content_key, file_of, hold, let_go
from .post import Sender

# What a model is after its fit, and what belongs to this process.
_TAKEN = ("epochs_trained", "steps_trained", "seed", "history")
_STAY = ("model", "optimizer", "run")

Train = Callable[[Parcel, Net, dict[str, Any]], Net]


def checked_executor(value: Any, function: str) -> Executor | None:
    """Return an executor, or None for the threads of this process."""
    if value is not None and not isinstance(value, Executor):
        fix = "; write client.get_executor()" if hasattr(value, "get_executor") else ""
        raise TypeError(
            f"{function}: executor must be a concurrent.futures.Executor, got {value!r}{fix}"
        )
    return value


@contextmanager
def posted(values: Mapping[str, ArrayLike], executor: Executor) -> Iterator[Parcel]:
    """Have arrays ready for the workers of an executor, as long as the block runs.

    A memmap is not sent at all: the worker opens its file.
    """
    files = {name: file for name, value in values.items() if (file := file_of(value)) is not None}
    arrays = {name: np.asarray(value) for name, value in values.items() if name not in files}
    key = content_key(arrays, files)
    with ExitStack() as stack:
        # For workers that are threads of this process, or are forked from it from now on.
        hold(key, {**arrays, **{name: np.asarray(values[name]) for name in files}})
        stack.callback(let_go, key)
        names = tuple(arrays)
        if not names:
            yield Parcel(key, files, names)
            return
        sender = Sender([arrays[name] for name in names], _is_local(executor))
        stack.callback(sender.close)
        yield Parcel(key, files, names, sender.hosts, sender.port, sender.token)


def run_there(
    executor: Executor,
    train: Train,
    parcel: Parcel,
    nets: Sequence[tuple[Net, dict[str, Any]]],
    progress: bool | str,
) -> None:
    """Let an executor train models, and take over what becomes of them as they end.

    Parameters
    ----------
    executor : Executor
    train : callable
        ``train(parcel, net, options)``, called by the workers, returns the net; a function of a
        module, so that it can be sent.
    parcel : Parcel
    nets : sequence of (net, options)
    progress : bool or "auto"

    Raises
    ------
    BaseException
        The first one of any worker, or KeyboardInterrupt of this process. What has not begun is
        cancelled; an executor cannot stop what has.
    """
    futures: dict[Future[Net], Net] = {}
    display = open_display(progress, 0, len(nets), "model")
    try:
        for net, options in nets:
            futures[executor.submit(train, parcel, net, options)] = net
        pending = set(futures)
        while pending:
            ended, pending = wait(pending, timeout=LOOK, return_when=FIRST_COMPLETED)
            for future in ended:
                take_over(futures[future], future.result())
            if ended:
                display.update(len(futures) - len(pending), "")
    except BaseException:
        for future in futures:
            future.cancel()
        raise
    finally:
        display.close()


def take_over(ours: Net, theirs: Net) -> None:
    """Let a model, its optimizer and its callbacks become what their copies became elsewhere."""
    model, optimizer, callbacks = ours
    if theirs[0] is model:  # the worker was a thread of this process
        return
    other = theirs[0]
    with model._exclusive("fit_many"):
        model.build(other.in_features or 0)
        model.theta[:], model.buffers[:] = other.theta, other.buffers
        for name in _TAKEN:
            setattr(model, name, getattr(other, name))
    optimizer.load_state_dict(theirs[1].state_dict())
    for callback, copy in zip(callbacks, theirs[2], strict=True):
        state = {k: v for k, v in copy.__dict__.items() if k not in _STAY}
        callback.__dict__.update(state)
        callback.model, callback.optimizer = model, optimizer


def _is_local(executor: Executor) -> bool:
    """Whether all workers are on this machine for sure."""
    return isinstance(executor, ProcessPoolExecutor) or type(executor).__module__.startswith(
        ("concurrent.futures", "joblib.", "loky")
    )
