"""What ``fit`` checks of its options, one function for each kind."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any

from ..checks.arrays import Array
from ..checks.numbers import flag, integer, number
from ..core import backend
from ..layers import Built
from .callbacks import Callback, ProgressBar

Metric = str | Callable[[Array, Array], float]


def listed(metrics: Iterable[Metric]) -> list[Metric]:
    """Return metrics as a list; one alone may stand for itself."""
    return [metrics] if isinstance(metrics, str) or callable(metrics) else list(metrics)


def checked_callbacks(callbacks: Iterable[Callback]) -> list[Callback]:
    """Return callbacks as a list, each of them checked."""
    chosen = list(callbacks)
    for i, callback in enumerate(chosen):
        if not isinstance(callback, Callback):
            raise TypeError(
                f"fit: callbacks[{i}] must be a fm.callbacks.Callback object, got {callback!r}"
            )
    return chosen


def unpacked(validation_data: Any) -> tuple[Any, Any, Any]:
    """Return X, y and the weights or None."""
    if not isinstance(validation_data, (tuple, list)) or len(validation_data) not in (2, 3):
        raise TypeError(
            "fit: validation_data must be a tuple (X, y) or (X, y, sample_weight), got "
            f"{type(validation_data).__name__}"
        )
    X, y, *weights = validation_data
    return X, y, weights[0] if weights else None


def limit(value: float | None, function: str, argument: str, infinite: bool = False) -> float:
    """0 stands for no limit below the door."""
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


def with_progress(callbacks: list[Callback], progress: bool | str) -> list[Callback]:
    """Add a progress bar in front, unless there is one."""
    if progress != "auto":
        flag(progress, "fit", "progress")
    if not progress or any(isinstance(c, ProgressBar) for c in callbacks):
        return callbacks
    return [ProgressBar(progress), *callbacks]


def optional_callable(value: Any, function: str, argument: str) -> Any:
    """Return a function, or None for none."""
    if value is not None and not callable(value):
        raise TypeError(f"{function}: {argument} must be callable, got {value!r}")
    return value


def refuse_lone_rows(plan: Built, rows: int) -> None:
    """Refuse batches of one row in networks with batch norm."""
    if rows == 1 and any(op.kind == "batch_norm" for op in plan.ops):
        raise ValueError(
            "fit: BatchNorm needs batches of at least 2 rows: the variance of a single row is 0; "
            "use a larger batch_size, more rows, or LayerNorm"
        )
