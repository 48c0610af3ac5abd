"""Optimizers for models: torch.optim's names, formulas and defaults."""

from __future__ import annotations

from typing import Any

from ..checks.numbers import choice
from ..core.catalogue import OPTIMIZERS
from . import adam, adaptive, sgd, signs
from .adam import *  # noqa: F403
from .adaptive import *  # noqa: F403
from .base import LearningRate, Optimizer
from .sgd import *  # noqa: F403
from .signs import *  # noqa: F403

_CLASSES: dict[str, type[Any]] = {name: globals()[row.title] for name, row in OPTIMIZERS.items()}


def get(optimizer: str | Optimizer, function: str = "optim") -> Optimizer:
    """Return a new optimizer with default options for a name, or the object itself.

    Raises
    ------
    ValueError
        If there is no optimizer of this name.
    TypeError
        If it is neither a name nor an optimizer.

    Examples
    --------
    >>> from fusedmlp import optim
    >>> optim.get("adam").lr
    0.001
    """
    if isinstance(optimizer, Optimizer):
        return optimizer
    if not isinstance(optimizer, str):
        raise TypeError(
            f"{function}: optimizer must be a name or an fm.optim object, "
            f"got {type(optimizer).__name__}"
            + (f"; write {optimizer.__name__}()" if isinstance(optimizer, type) else "")
        )
    result: Optimizer = _CLASSES[choice(optimizer, function, "optimizer", tuple(_CLASSES))]()
    return result


__all__ = ["LearningRate", "Optimizer", "get"]
__all__ += adam.__all__
__all__ += adaptive.__all__
__all__ += sgd.__all__
__all__ += signs.__all__
