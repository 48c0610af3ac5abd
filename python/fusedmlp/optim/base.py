"""What all optimizers share: learning rate, step count, state arrays."""

from __future__ import annotations

import inspect
import operator
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from ..checks.arrays import float_array
from ..checks.numbers import flag, integer, number_or_schedule
from ..checks.optimizers import Hyper, hyper_of, unused_state
from ..checks.parameters import check_value
from ..core import backend
from ..core.catalogue import OPTIMIZERS
from ..core.memory import aligned_zeros
from ..core.records import Segment, Steps
from ..schedules import Schedule
from ..schedules import __all__ as SCHEDULES
from ..schedules.base import values_at

if TYPE_CHECKING:
    from ..core._core import Optimizer as KernelOptimizer

Array = NDArray[Any]
LearningRate = float | Schedule | Callable[[int], float]
WeightDecay = float | Schedule | Callable[[int], float]


class Trainable(Protocol):
    """What :meth:`Optimizer.step` needs of a model."""

    @property
    def theta(self) -> Array: ...
    @property
    def grad(self) -> Array: ...
    @property
    def segments(self) -> Sequence[Segment]: ...


_DERIVED = ("_made", "_hyper")
_BY_STEP = ("step_count", "lr", "_lr", "weight_decay", "_weight_decay")


class _Made(NamedTuple):
    """A kernel optimizer and what it was made from besides the options."""

    core: Any
    dtype: np.dtype[Any]
    size: int
    segments: Sequence[Segment]
    state: dict[str, Array]
    kernel: KernelOptimizer

    def fits(
        self, core: Any, theta: Array, segments: Sequence[Segment], state: dict[str, Array]
    ) -> bool:
        """Whether everything but the options is as it was."""
        if self.core is not core or self.dtype is not theta.dtype or self.size != theta.size:
            return False
        if self.segments is not segments and tuple(self.segments) != tuple(segments):
            return False
        return len(state) == len(self.state) and all(
            map(operator.is_, state.values(), self.state.values())
        )


class Optimizer:
    """Base of all optimizers: updates a model's flat parameters from its flat gradient.

    Attributes
    ----------
    lr : float or callable
        Learning rate, or a schedule ``step -> lr`` (``fm.schedules``) counted from step 0.
    step_count : int
        Steps made so far.
    state : dict of str to numpy.ndarray
        Moments and the like, flat, as long as theta; made at the first step, kept for the next.
    weight_decay : float or callable
        Applies to weights only: biases and norm parameters are left out unless `decay_all`.
        A schedule as for `lr`, or one number for all steps.
    decay_all : bool
        Let weight decay apply to every parameter, as torch does.
    """

    name: ClassVar[str]
    # The last kernel optimizer, with what it was made from; None after an option has changed.
    _made: _Made | None = None
    _hyper: Hyper | None = None  # what `hyper` found; None as above

    def __init__(self, lr: LearningRate, weight_decay: WeightDecay = 0.0, decay_all: bool = False):
        self.lr = lr
        self.weight_decay = weight_decay
        self.decay_all = flag(decay_all, type(self).__name__, "decay_all")
        self.step_count = 0
        self.state: dict[str, Array] = {}
        row = OPTIMIZERS[self.name]
        for key in set(row.options) - set(row.step_options):  # what state starts with
            value = check_value(row.options[key], getattr(self, key), type(self).__name__, key)
            setattr(self, key, value)
        _ = self.hyper  # refuse bad options now, not at the first step

    @property
    def lr(self) -> LearningRate:
        return self._lr

    @lr.setter
    def lr(self, value: LearningRate) -> None:
        self._lr: LearningRate = number_or_schedule(value, type(self).__name__, "lr", SCHEDULES)

    @property
    def weight_decay(self) -> WeightDecay:
        return self._weight_decay

    @weight_decay.setter
    def weight_decay(self, value: WeightDecay) -> None:
        self._weight_decay: WeightDecay = number_or_schedule(
            value, type(self).__name__, "weight_decay", SCHEDULES
        )

    @property
    def hyper(self) -> Hyper:
        """The options as numbers, in the order of the kernels' table."""
        hyper = self._hyper
        if hyper is None:
            options = {key: getattr(self, key) for key in OPTIMIZERS[self.name].options}
            hyper = self.__dict__["_hyper"] = hyper_of(self.name, options, type(self).__name__)
        return hyper

    def lr_at(self, step: int) -> float:
        """Return the learning rate of step `step`, counted from 0."""
        if isinstance(self._lr, float):
            return self._lr
        return float(self.lrs(step, 1)[0])

    def rates(self, step: int) -> tuple[float, float]:
        """Return learning rate and weight decay of step `step`, counted from 0."""
        decay = self._weight_decay
        if not isinstance(decay, float):
            decay = float(self.weight_decays(step, 1)[0])
        return self.lr_at(step), decay

    def lrs(self, first_step: int, count: int) -> NDArray[np.float64]:
        """Return the learning rates of `count` steps from `first_step` on."""
        return values_at(self._lr, first_step, count, type(self).__name__, "lr")

    def weight_decays(self, first_step: int, count: int) -> NDArray[np.float64]:
        """Return the weight decays of `count` steps from `first_step` on."""
        name = type(self).__name__
        return values_at(self._weight_decay, first_step, count, name, "weight_decay")

    def steps(
        self,
        count: int,
        first_draw: int,
        average_rates: Array | None = None,
        dropout: Array | None = None,
    ) -> Steps:
        """Return what varies in the next `count` steps, for the engine."""
        return Steps(
            self.lrs(self.step_count, count),
            self.weight_decays(self.step_count, count),
            dropout,
            average_rates,
            self.step_count + 1,
            first_draw,
        )

    def prepare(self, theta: Array) -> tuple[Hyper, list[Array | None]]:
        """Return the options and the state for parameters `theta`, in the kernels' order.

        Makes the state, or checks that the present one fits; None where an option is off.
        """
        hyper = self.hyper
        state: list[Array | None] = []
        unused = unused_state(self.name, hyper)
        for key in OPTIMIZERS[self.name].state:
            if key in unused:
                state.append(None)
                continue
            array = self.state.get(key)
            if array is None:
                array = self.state[key] = self._initial_state(key, theta)
            elif not self._fits(key, array, theta):
                raise ValueError(
                    f"{type(self).__name__}: its state belongs to {array.size} {array.dtype} "
                    f"parameters, got {theta.size} {theta.dtype}; use a new optimizer or reset()"
                )
            state.append(array)
        return hyper, state

    def _fits(self, key: str, array: Array, theta: Array) -> bool:
        scalar = key in OPTIMIZERS[self.name].scalar_states
        return scalar or (array.shape, array.dtype) == (theta.shape, theta.dtype)

    def _initial_state(self, key: str, theta: Array) -> Array:
        row = OPTIMIZERS[self.name].state[key]
        start = row.start
        if isinstance(start, str):
            start = self.lr_at(0) if start == "lr" else float(getattr(self, start))
        if row.scalar:
            return np.full(1, start)
        array = aligned_zeros(theta.size, theta.dtype)
        if start != 0.0:
            array.fill(start)
        return array

    def __setattr__(self, name: str, value: Any) -> None:
        # The kernels are told of options once, and of these with each step.
        object.__setattr__(self, name, value)
        if name not in _BY_STEP:
            self.__dict__.update(dict.fromkeys(_DERIVED))

    def kernel(self, theta: Array, segments: Sequence[Segment]) -> KernelOptimizer:
        """Return this optimizer as the kernels take it; made again only after a change."""
        made = self._made
        if made is not None and made.fits(backend.core, theta, segments, self.state):
            return made.kernel
        hyper, state = self.prepare(theta)
        factors = segments
        if self.decay_all:
            factors = [segment._replace(decay=1.0) for segment in segments]
        kernel = backend.core.optimizer(theta.dtype.name, self.name, hyper, state, factors)
        self.__dict__["_made"] = _Made(
            backend.core, theta.dtype, theta.size, segments, dict(self.state), kernel
        )
        return kernel

    def step(self, model: Trainable) -> None:
        """Update ``model.theta`` in place from ``model.grad``."""
        theta, number = model.theta, self.step_count
        kernel = self.kernel(theta, model.segments)
        lr, weight_decay = self.rates(number)
        kernel.step(theta, model.grad, lr, number + 1, weight_decay)
        self.step_count = number + 1

    def __getstate__(self) -> dict[str, Any]:
        # What the kernels take belongs to this process.
        return {key: value for key, value in self.__dict__.items() if key not in _DERIVED}

    def reset(self) -> None:
        """Forget all steps made so far."""
        self.step_count = 0
        self.state = {}

    def options(self) -> dict[str, Any]:
        """Return the constructor's arguments as they are now."""
        return {key: getattr(self, key) for key in inspect.signature(type(self)).parameters}

    def state_dict(self) -> dict[str, Any]:
        """Return name, options, step count and copies of the state arrays."""
        return {
            "name": self.name,
            "options": self.options(),
            "step_count": self.step_count,
            "state": {key: array.copy() for key, array in self.state.items()},
        }

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over what :meth:`state_dict` returned: options, step count, state."""
        function = f"{type(self).__name__}.load_state_dict"
        missing = {"name", "options", "step_count", "state"} - set(state_dict)
        if missing:
            raise ValueError(f"{function}: keys are missing: {', '.join(sorted(missing))}")
        if state_dict["name"] != self.name:
            raise ValueError(
                f"{function}: the state must be of {self.name}, got {state_dict['name']!r}"
            )
        unknown = set(state_dict["state"]) - set(OPTIMIZERS[self.name].state)
        if unknown:
            raise ValueError(f"{function}: unknown state arrays: {', '.join(sorted(unknown))}")
        # Checked as a whole before anything is changed.
        new = type(self)(**state_dict["options"])
        new.step_count = integer(state_dict["step_count"], function, "step_count")
        for key, value in state_dict["state"].items():
            array = float_array(value, function, key, ndim=1)
            scalar = OPTIMIZERS[self.name].state[key].scalar
            if scalar and (array.size != 1 or array.dtype != np.float64):
                raise ValueError(f"{function}: {key} must be float64 of shape (1,)")
            new.state[key] = aligned_zeros(array.size, array.dtype)
            new.state[key][:] = array
        self.__dict__.update(new.__dict__)

    def __repr__(self) -> str:
        inner = ", ".join(f"{key}={value!r}" for key, value in self.options().items())
        return f"{type(self).__name__}({inner})"
