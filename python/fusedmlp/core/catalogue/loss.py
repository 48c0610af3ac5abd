"""The row of a loss."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .parameters import Number


@dataclass(frozen=True)
class TargetDomain:
    """What a target may be: numbers within [low, high], or one of `values`.

    `wanted` completes the sentence "target must ...". NaN lies within bounds (IEEE rules), but is
    none of `values`.
    """

    wanted: str
    low: float = -math.inf
    high: float = math.inf
    values: tuple[float, ...] = ()

    @property
    def bounds(self) -> tuple[float, float] | None:
        """The interval of what is allowed; None where it is not one."""
        return None if self.values else (self.low, self.high)

    def outside(self, target: NDArray[Any]) -> NDArray[np.bool_]:
        """Return which elements of `target` are not allowed."""
        bad: NDArray[np.bool_]
        if self.values:
            bad = np.logical_and.reduce([target != value for value in self.values])
        else:
            bad = (target > self.high) | (target < self.low)
        return bad


@dataclass(frozen=True)
class Loss:
    """What is true of one loss.

    Texts may run over several lines and be indented as the code around them; `element` and
    `derivative` are the formulas of docs/numerics.md, all others go into the docstrings.
    """

    summary: str
    formula: str
    element: str  # the loss of one element; x is the prediction, t the target
    derivative: str  # of `element` by x
    notes: str
    example: str
    gradient_example: str
    params: Mapping[str, Number] = field(default_factory=dict)  # in the kernels' order
    classes: bool = False  # exclusive classes: a target may be class indices
    class_weight: bool = False  # has a parameter of this name, which weighs rows
    two_classes: tuple[float, float] | None = None  # with one output: a target that means 0, and 1
    logits: bool = False  # takes logits: no sigmoid or the like before it
    target: TargetDomain | None = None  # None: any number
    pred_doc: str = "shape (batch,) for one output, or (batch, outputs)"
    target_doc: str = "Of the same shape; (batch,) and (batch, 1) stand for each other."

    @property
    def target_bounds(self) -> tuple[float, float] | None:
        """The interval in which targets must lie; None where they must lie in no interval."""
        return (-math.inf, math.inf) if self.target is None else self.target.bounds

    @property
    def defaults(self) -> dict[str, float]:
        """The defaults of the parameters by name, in the kernels' order."""
        return {key: parameter.default for key, parameter in self.params.items()}

    @property
    def per_output(self) -> bool:
        """Whether the kernels receive one number for each output."""
        return any(parameter.per_output for parameter in self.params.values())
