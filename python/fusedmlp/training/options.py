"""What ``fit`` checks of its options, one function for each kind."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any

from ..checks.arrays import Array
from ..checks.numbers import flag_or_auto, integer, number
from ..core import backend
from ..metrics import get as get_metric
from ..metrics import name_of
from .callbacks import Callback, ProgressBar

# What fit records beside the metrics; "val_" begins the names of validation data.
_RECORDED = ("loss", "lr", "seconds", "gradient_norm")


def checked_metrics(metrics: Any, function: str) -> list[Callable[[Array, Array], float]]:
    """Return metrics as functions, each recorded under a name of its own.

    One metric alone may stand for itself.
    """
    chosen = [get_metric(metric, function) for metric in metric_list(metrics, function)]
    names = [name_of(metric) for metric in chosen]
    for i, name in enumerate(names):
        fix = "; give the function another __name__"
        if name in _RECORDED or name.startswith("val_"):
            raise ValueError(
                f"{function}: metrics[{i}] must not be called {name!r}, which fit records "
                f"itself{fix}"
            )
        first = names.index(name)
        if first != i:
            raise ValueError(
                f"{function}: metrics[{first}] and metrics[{i}] are both called {name!r} and "
                "would be one column of the History"
                + ("; drop one of them" if chosen[first] is chosen[i] else fix)
            )
    return chosen


def metric_list(metrics: Any, function: str) -> list[Any]:
    """Return metrics as a list of their own, whatever is in it."""
    if isinstance(metrics, str) or callable(metrics):
        return [metrics]
    if not isinstance(metrics, Iterable):
        raise TypeError(
            f"{function}: metrics must be a list of names or callables, got {metrics!r}"
        )
    return list(metrics)


def checked_callbacks(callbacks: Iterable[Callback], function: str = "fit") -> list[Callback]:
    """Return callbacks as a list, each of them checked."""
    if not isinstance(callbacks, Iterable):
        raise TypeError(f"{function}: callbacks must be a list of callbacks, got {callbacks!r}")
    chosen = list(callbacks)
    for i, callback in enumerate(chosen):
        if not isinstance(callback, Callback):
            raise TypeError(
                f"{function}: callbacks[{i}] must be a fm.callbacks.Callback object, got "
                f"{callback!r}"
            )
    return chosen


def unpacked(validation_data: Any, function: str) -> tuple[Any, Any, Any]:
    """Return X, y and the weights or None."""
    if not isinstance(validation_data, (tuple, list)) or len(validation_data) not in (2, 3):
        raise TypeError(
            f"{function}: validation_data must be a tuple (X, y) or (X, y, sample_weight), got "
            f"{type(validation_data).__name__}"
        )
    X, y, *weights = validation_data
    return X, y, weights[0] if weights else None


def limit(value: float | None, function: str, argument: str, infinite: bool = False) -> float:
    """Return a limit as a float; 0 stands for none from here on."""
    if infinite and isinstance(value, float) and value == math.inf:
        return value
    return 0.0 if value is None else number(value, function, argument, low=0.0, open_low=True)


def fraction(value: float, function: str, argument: str) -> float:
    """Return a share of the rows."""
    return number(value, function, argument, low=0.0, high=1.0, open_high=True)


def thread_count(n: int | None, function: str) -> int:
    """Return the number of threads of this call."""
    if n is None:
        return int(backend.core.get_num_threads())
    return integer(n, function, "num_threads", low=1, high=4096)


def with_progress(callbacks: list[Callback], progress: bool | str, function: str) -> list[Callback]:
    """Add a progress bar in front, unless there is one."""
    progress = flag_or_auto(progress, function, "progress")
    if not progress or any(isinstance(c, ProgressBar) for c in callbacks):
        return callbacks
    return [ProgressBar(progress), *callbacks]


def optional_callable(value: Any, function: str, argument: str) -> Any:
    """Return a function, or None for none."""
    if value is not None and not callable(value):
        raise TypeError(f"{function}: {argument} must be callable, got {value!r}")
    return value
