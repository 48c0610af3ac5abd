"""Optimizers for models: torch.optim's names, formulas and defaults."""

from __future__ import annotations

from typing import Any

from ..checks.numbers import choice
from .adam import Adam, Adamax, AdamW, NAdam, RAdam
from .adaptive import Adadelta, Adagrad, RMSprop
from .base import LearningRate, Optimizer
from .sgd import SGD
from .signs import Lion, Rprop

_CLASSES: dict[str, type[Any]] = {
    cls.name: cls
    for cls in (SGD, Adagrad, Adadelta, RMSprop, Adam, AdamW, Adamax, NAdam, RAdam, Lion, Rprop)
}


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


__all__ = [
    "SGD",
    "Adadelta",
    "Adagrad",
    "Adam",
    "AdamW",
    "Adamax",
    "LearningRate",
    "Lion",
    "NAdam",
    "Optimizer",
    "RAdam",
    "RMSprop",
    "Rprop",
    "get",
]
