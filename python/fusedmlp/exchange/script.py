"""What the writers of Python and JavaScript share: named arrays, functions in use, lines."""

from __future__ import annotations

import base64
from typing import Any, ClassVar

import numpy as np

from ..checks.arrays import Array
from . import ops
from .graph import Graph

_WIDTH = 92


class ScriptWriter:
    """Collects lines, arrays and functions; values are called `h` between two operations."""

    writers: ClassVar[dict[type[ops.Operation], Any]] = {}
    ends = ""  # of a statement
    declares = ""  # in front of a new variable

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.arrays: list[tuple[str, Array]] = []
        self.parts: list[str] = []
        self.lines: list[str] = []
        self.blocks = 0
        self.sequence(graph.ops, graph.in_features)

    def sequence(self, found: ops.Steps, width: int) -> None:
        """Write operations."""
        for op in found:
            self.writers[type(op)](self, op, width)
            width = op.out(width)

    def need(self, *parts: str) -> None:
        """Have these functions in the file."""
        self.parts += [part for part in parts if part not in self.parts]

    def array(self, values: Array) -> str:
        """Keep an array: floats in the model's type, whole numbers in 32 bits."""
        kind = self.graph.dtype if values.dtype.kind == "f" else "int32"
        name = f"w{len(self.arrays)}"
        self.arrays.append((name, np.ascontiguousarray(values, kind)))
        return name

    def line(self, text: str) -> None:
        """Write a statement."""
        self.lines.append(f"{text}{self.ends}")

    def set(self, value: str) -> None:
        """Let the values become these."""
        self.line(f"h = {value}")

    def residual(self, op: ops.Residual, width: int, add: str) -> None:
        """Write a block; `add` says how its result and `{before}` are added."""
        before = f"before{self.blocks}"
        self.blocks += 1
        self.line(f"{self.declares}{before} = h")
        self.sequence(op.inner, width)
        self.set(add.format(before=before))

    def mean(self, op: ops.Mean, width: int, empty: str, keep: str, mean: str) -> None:
        """Write members one after the other, and the mean of what they give.

        `empty` is a new list, `keep` puts the values into the list, `mean` takes the mean of it;
        they are formats of ``{list}``.
        """
        before, found = f"before{self.blocks}", f"members{self.blocks}"
        self.blocks += 1
        self.line(f"{self.declares}{before} = h")
        self.line(f"{self.declares}{found} = {empty}")
        for k, member in enumerate(op.members):
            if k:
                self.set(before)
            self.sequence(member, width)
            self.line(keep.format(list=found))
        self.set(mean.format(list=found))


def layer_norm(w: ScriptWriter, op: Any, width: int) -> None:
    """Write a layer norm: a call in both languages."""
    w.need("layer_norm")
    w.set(f"layer_norm(h, {w.array(op.weight)}, {w.array(op.bias)}, {op.eps!r})")


def base64_lines(values: Array) -> list[str]:
    """Return the bytes of an array (little endian) as lines of text."""
    little = values.astype(values.dtype.newbyteorder("<"))
    text = base64.b64encode(little.tobytes()).decode("ascii")
    return [text[i : i + _WIDTH] for i in range(0, len(text), _WIDTH)] or [""]
