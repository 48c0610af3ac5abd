"""What every callback is, and functions as a callback."""

from __future__ import annotations

from collections.abc import Callable
from os import PathLike
from typing import Any, Protocol

from ...checks.arrays import Array
from ...model.passes import Passes
from ...optim import Optimizer


class FitView(Protocol):
    """What callbacks see of the fit.

    Attributes
    ----------
    epochs : int
        How many epochs the fit is asked for.
    rows : int
        Rows to train on.
    has_validation : bool
        Whether the logs will hold "val_loss".
    epoch_whole : bool
        Whether the last epoch went through all rows (``max_seconds`` may cut one short).
    """

    epochs: int
    rows: int
    has_validation: bool
    epoch_whole: bool

    def save(self, path: str | PathLike[str]) -> None:
        """Write the fit as it stands, for ``fit(resume_from=path)``."""

    def check_writable(self, path: str | PathLike[str]) -> None:
        """Raise the OSError that ``save(path)`` would raise; nothing is written."""


class Callback:
    """Base class; override what you need.

    Attributes
    ----------
    model : Sequential
        The model being fitted; set before ``on_train_begin``.
    optimizer : fm.optim object
        What updates it.
    run : FitView or None
        The fit: ``epochs``, ``rows``, ``has_validation``, ``epoch_whole``, ``save(path)``,
        ``check_writable(path)``; None outside of one.
    order : int
        Callbacks are called in ascending order, those of equal order as in the list. 0;
        :class:`Checkpoint` has 100, so that it saves what the others did.
    restores_best : bool
        Whether the weights of the best epoch come back at the end, so that overfitting at the end
        is no news. False.
    stopped : bool
        Whether this callback stopped the fit; a resumed fit then does not go on. False.
    averages : bool
        Whether it keeps a moving average of the weights as :class:`EMA` does: then it has
        ``average`` (the array that the training loop moves), ``rates(count)`` (how far, for each of
        the next steps), ``advance(count)`` (steps were made) and ``use(average)`` (puts the
        average, or the training weights, into the model). False.

    Notes
    -----
    An exception raised in a callback ends the fit and reaches the
    caller unchanged, after every callback's ``on_train_end``; the model stays usable.

    Examples
    --------
    >>> import numpy as np, fusedmlp as fm
    >>> class Stop(fm.callbacks.Callback):
    ...     def on_epoch_end(self, epoch, logs):
    ...         return logs["loss"] < 1e9
    >>> X = np.ones((4, 1), np.float32)
    >>> fm.MLP([1, 1], seed=0).fit(X, X, loss="mse", callbacks=[Stop()]).stopped_by
    'callback'
    """

    model: Passes
    optimizer: Optimizer
    run: FitView | None = None
    order: int = 0
    restores_best: bool = False
    stopped: bool = False
    averages: bool = False

    def on_train_begin(self, logs: dict[str, Any]) -> None:
        """Called once before the first epoch; `logs` is empty. Forget the last fit here."""

    def on_train_end(self, logs: dict[str, Any]) -> None:
        """Called once at the end, however the fit ends; `logs` is the last epoch's."""

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any]) -> None:
        """Called before epoch `epoch` (from 0)."""

    def on_epoch_end(self, epoch: int, logs: dict[str, Any]) -> bool | None:
        """Called after an epoch with its losses and metrics; True stops the fit."""
        return None

    @property
    def average(self) -> Array:
        """The array that the training loop moves."""
        raise TypeError(f"{type(self).__name__} keeps no moving average")

    def rates(self, count: int) -> Array:
        """Return how far the average moves in each of the next `count` steps."""
        raise TypeError(f"{type(self).__name__} keeps no moving average")

    def advance(self, count: int) -> None:
        """Count the steps that were made."""

    def use(self, average: bool) -> None:
        """Put the average, or the training weights, into the model."""

    def state_dict(self) -> dict[str, Any]:
        """Return what a resumed fit needs to go on: NumPy arrays, and what JSON can hold."""
        return {}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Take over what :meth:`state_dict` returned; called after ``on_train_begin``."""

    def __getstate__(self) -> dict[str, Any]:
        # The settings of a running fit do not travel.
        return {key: value for key, value in self.__dict__.items() if key != "run"}


class LambdaCallback(Callback):
    """Functions as a callback.

    Parameters
    ----------
    on_epoch_end : callable, optional
        ``f(epoch, logs)``; returning True stops the fit.
    on_epoch_begin : callable, optional
        ``f(epoch, logs)``.
    on_train_begin, on_train_end : callable, optional
        ``f(logs)``.
    """

    def __init__(
        self,
        on_epoch_end: Callable[[int, dict[str, Any]], Any] | None = None,
        *,
        on_epoch_begin: Callable[[int, dict[str, Any]], Any] | None = None,
        on_train_begin: Callable[[dict[str, Any]], Any] | None = None,
        on_train_end: Callable[[dict[str, Any]], Any] | None = None,
    ) -> None:
        for name, function in {
            "on_epoch_end": on_epoch_end,
            "on_epoch_begin": on_epoch_begin,
            "on_train_begin": on_train_begin,
            "on_train_end": on_train_end,
        }.items():
            if function is None:
                continue
            if not callable(function):
                raise TypeError(f"LambdaCallback: {name} must be callable, got {function!r}")
            setattr(self, name, function)
