"""The row of an optimizer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

from .parameters import Parameter, flat_defaults


@dataclass(frozen=True)
class State:
    """An array that an optimizer keeps between steps, as long as the parameters unless `scalar`."""

    start: float | str = 0.0  # first value; a name is that of an option, or "lr" (that of step 0)
    needs: str | None = None  # the option without which the array is left out
    scalar: bool = False  # one float64 number for all parameters, of shape (1,)
    keyword_only: bool = False  # in the step function


@dataclass(frozen=True)
class Optimizer:
    """What is true of one optimizer.

    `options` come in the order of the class's arguments; without ``weight_decay`` and what state
    starts with they are the kernels' numbers in their order. `doc` and `example` are the docstring
    of the step function, `update` is the formula of docs/numerics.md.
    """

    title: str  # name of the class in fm.optim
    lr: float
    options: Mapping[str, Parameter]
    state: Mapping[str, State]  # in the kernels' order, scalars last
    doc: str
    example: str
    update: str
    conflict: Callable[[Mapping[str, Any]], str | None] | None = None  # what is wrong together
    decoupled: bool | str = False  # weight decay shrinks the weights: always, never, by this option
    # What the step function is told of the step: its number, nothing it uses, or `first`, whether
    # it is the first one (such a function has no default for lr).
    counts: Literal["steps", "nothing", "first"] = "steps"

    @cached_property
    def kernel_options(self) -> dict[str, Parameter]:
        """The options whose numbers the kernels receive as one list."""
        return {key: option for key, option in self.options.items() if option.kernel}

    @cached_property
    def hyper(self) -> dict[str, float]:
        """The kernels' numbers by name, in their order: the defaults."""
        return flat_defaults(self.options)

    @cached_property
    def weight_decay(self) -> float:
        """The default; 0 where there is no such option."""
        option = self.options.get("weight_decay")
        return 0.0 if option is None else float(option.default)  # type: ignore[arg-type]

    @cached_property
    def optional_state(self) -> dict[str, int]:
        """State arrays that an option may leave out: where this option stands in `hyper`."""
        order = list(self.hyper)
        return {
            key: order.index(state.needs)
            for key, state in self.state.items()
            if state.needs is not None
        }

    @cached_property
    def scalar_states(self) -> tuple[str, ...]:
        """The state arrays that are one float64 number of shape (1,)."""
        return tuple(key for key, state in self.state.items() if state.scalar)

    @cached_property
    def step_options(self) -> dict[str, Parameter]:
        """The options of the step function: all but those that state starts with."""
        starts = {state.start for state in self.state.values()}
        return {key: option for key, option in self.options.items() if key not in starts}
