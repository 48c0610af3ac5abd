"""What every callback is, and functions as a callback."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ...model.passes import Passes
    from ...optim import Optimizer
    from ..run import Run


class Callback:
    """Base class; override what you need.

    Attributes
    ----------
    model : Sequential
        The model being fitted; set before ``on_train_begin``.
    optimizer : fm.optim object
        What updates it.

    Notes
    -----
    Callbacks are called in the order of the list; :class:`Checkpoint` objects come last, so that
    they save what the others did. An exception raised in a callback ends the fit and reaches the
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
    _run: Run | None = None

    def on_train_begin(self, logs: dict[str, Any]) -> None:
        """Called once before the first epoch; `logs` is empty. Forget the last fit here."""

    def on_train_end(self, logs: dict[str, Any]) -> None:
        """Called once at the end, however the fit ends; `logs` is the last epoch's."""

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any]) -> None:
        """Called before epoch `epoch` (from 0)."""

    def on_epoch_end(self, epoch: int, logs: dict[str, Any]) -> bool | None:
        """Called after an epoch with its losses and metrics; True stops the fit."""
        return None

    def state_dict(self) -> dict[str, Any]:
        """Return what a resumed fit needs to go on: NumPy arrays, and what JSON can hold."""
        return {}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Take over what :meth:`state_dict` returned; called after ``on_train_begin``."""

    def __getstate__(self) -> dict[str, Any]:
        # The settings of a running fit do not travel.
        return {key: value for key, value in self.__dict__.items() if key != "_run"}


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
