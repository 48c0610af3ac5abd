"""Kinds of parameters: a number, a flag, a pair of numbers; each with its default and its bounds.

The native kernels take their numbers as one flat list: a flag is 0 or 1, a pair is two numbers.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass


def _short(value: float) -> str:
    return f"{value:g}".replace("e+", "e")


@dataclass(frozen=True)
class Number:
    """A finite real number within [low, high], or an open end."""

    default: float
    low: float = -math.inf
    high: float = math.inf
    open_low: bool = False
    open_high: bool = False
    per_output: bool = False  # or a sequence, one number for each output of the model
    kernel: bool = True  # the kernels receive it; else it is for Python alone
    doc: str = ""

    def flat(self, key: str) -> dict[str, float]:
        """Return the default under the name that the kernels' list has for it."""
        return {key: self.default}

    def bounds(self) -> str:
        """Return the bounds for documentation: ">= 0" or "in [0, 1)"; empty without bounds."""
        if self.low == -math.inf and self.high == math.inf:
            return ""
        if self.high == math.inf:
            return f"{'>' if self.open_low else '>='} {_short(self.low)}"
        if self.low == -math.inf:
            return f"{'<' if self.open_high else '<='} {_short(self.high)}"
        left, right = "[("[self.open_low], "])"[self.open_high]
        return f"in {left}{_short(self.low)}, {_short(self.high)}{right}"


@dataclass(frozen=True)
class Flag:
    """True or False."""

    default: bool
    kernel: bool = True
    doc: str = ""

    def flat(self, key: str) -> dict[str, float]:
        """Return the default under the name that the kernels' list has for it."""
        return {key: float(self.default)}


@dataclass(frozen=True)
class Pair:
    """Two numbers that users pass as one tuple; `names` are those of the kernels' list."""

    names: tuple[str, str]
    first: Number
    second: Number
    ascending: bool = False  # the second may not be below the first
    kernel: bool = True
    doc: str = ""

    @property
    def default(self) -> tuple[float, float]:
        """Both defaults."""
        return self.first.default, self.second.default

    def flat(self, key: str) -> dict[str, float]:
        """Return the defaults under the names that the kernels' list has for them."""
        return dict(zip(self.names, self.default, strict=True))


Parameter = Number | Flag | Pair


def flat_defaults(parameters: Mapping[str, Parameter]) -> dict[str, float]:
    """Return the defaults of the kernels' parameters, by name and in the kernels' order."""
    flat: dict[str, float] = {}
    for key, parameter in parameters.items():
        if parameter.kernel:
            flat.update(parameter.flat(key))
    return flat
