"""The row of an activation."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from math import inf

from .parameters import Number

# An end of a range: a number, the name of a parameter, or None for no end.
End = float | str | None


@dataclass(frozen=True)
class Activation:
    """What is true of one activation.

    Texts may run over several lines and be indented as the code around them; `formula`,
    `derivative`, `notes` and `source` go into the docstrings, `computed` into docs/numerics.md.
    """

    summary: str
    formula: str
    derivative: str
    values: tuple[float, float, float]  # f at -1, 0 and 2, to 4 decimals
    slopes: tuple[float, float, float]  # f' there
    params: Mapping[str, Number] = field(default_factory=dict)  # in the kernels' order
    conflict: Callable[[Mapping[str, float]], str | None] | None = None  # what is wrong together
    from_output: bool = False  # the backward pass can work from the output alone
    limits: tuple[float, float] = (-inf, inf)  # f(-inf) and f(inf), with the defaults
    output_range: tuple[End, End] | None = None  # of a bounded activation
    silent: tuple[End, End] | None = None  # at or beyond these outputs no gradient comes through
    weight_init: str = "glorot_uniform"  # what "auto" stands for in the layer before it
    computed: str = ""  # where the formula itself would overflow or cancel
    notes: str = ""
    source: str = ""

    @property
    def defaults(self) -> dict[str, float]:
        """The defaults of the parameters by name, in the kernels' order."""
        return {key: parameter.default for key, parameter in self.params.items()}

    def ends(
        self, ends: tuple[End, End], numbers: tuple[float, ...]
    ) -> tuple[float | None, float | None]:
        """Return `ends` (of `output_range` or `silent`) for these parameters."""
        given = dict(zip(self.params, numbers, strict=True))
        low, high = (given[end] if isinstance(end, str) else end for end in ends)
        return low, high
