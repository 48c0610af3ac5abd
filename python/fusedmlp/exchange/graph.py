"""``Graph``: a trained model as raw inputs, operations and class names, for the exports."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ..checks.arrays import Array
from ..table.encoder import Encoder
from .ops import Activate, Affine, Blend, Mean, Softmax, Steps, computed
from .table import Input

# The probabilities of two classes from that of the second.
_BOTH = Affine(np.array([[-1.0, 1.0]]), np.array([1.0, 0.0]))


@dataclass(frozen=True)
class Graph:
    """What an export writes.

    Attributes
    ----------
    in_features, out_features : widths
    ops : the operations in order
    dtype : of the model, "float32" or "float64"
    answer : "logits", "probabilities" or "values" as far as the model says it, else ""
    inputs : the raw inputs by name, empty for a model without a table
    classes : names of the classes in the order of the outputs, empty without a table
    target : name of what is predicted, empty where nobody said it
    encoder : what reads the columns of the table, None without a table
    """

    in_features: int
    out_features: int
    ops: Steps
    dtype: str
    answer: str = ""
    inputs: tuple[Input, ...] = ()
    classes: tuple[str, ...] = ()
    target: str = ""
    encoder: Encoder | None = None

    def __call__(self, x: Array) -> Array:
        """Return the outputs in float64."""
        with np.errstate(all="ignore"):
            return computed(self.ops, np.asarray(x, np.float64))

    @property
    def raw_dtype(self) -> str:
        """Type of the inputs: those of a table are doubles, because what is large loses digits."""
        return "float64" if self.inputs else self.dtype

    def with_probabilities(self, function: str) -> Graph:
        """Return the graph with probabilities as its outputs; of members those are averaged.

        Raises
        ------
        ValueError
            If the outputs are no logits.
        """
        if self.answer == "probabilities":
            return self
        if self.answer == "values":
            raise ValueError(f"{function}: probabilities are of classes, but the model has values")
        width, last = self.out_features, self.ops[-1] if self.ops else None
        if isinstance(last, Mean):
            averaged = last.with_parts(lambda ops: _probable(ops, width, function))
            ops: Steps = (*self.ops[:-1], averaged)
        else:
            ops = _probable(self.ops, width, function)
        width = max(2, width)
        return replace(self, ops=ops, out_features=width, answer="probabilities")


def _probable(ops: Steps, width: int, function: str) -> Steps:
    """Return operations that end in logits with probabilities behind them."""
    last = ops[-1] if ops else None
    if isinstance(last, Softmax) and not last.log:
        return ops
    if isinstance(last, Blend):
        last = last.activation
    if isinstance(last, Activate) and last.name != "identity":
        raise ValueError(
            f"{function}: the model ends in {last.name}, but probabilities are made of logits; "
            "leave the output activation out"
        )
    if width == 1:
        return (*ops, Activate("sigmoid", ()), _BOTH)
    return (*ops, Softmax())
