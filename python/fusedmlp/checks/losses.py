"""The settings of a loss: its name and checked parameters."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import numpy as np

from ..core.catalogue import LOSSES
from .arrays import float_array
from .classes import class_entries, class_vector, is_table
from .numbers import choice, number

_Settings = TypeVar("_Settings", bound="LossSettings")


class LossSettings:
    """Name and parameters of a loss; cannot be changed, compares by value."""

    __slots__ = ("_params", "name")
    name: str
    _params: tuple[tuple[str, Any], ...]

    @classmethod
    def checked(
        cls: type[_Settings], name: str, params: Mapping[str, Any], function: str
    ) -> _Settings:
        """Return the settings; error messages speak of `function`."""
        settings = cls.__new__(cls)
        settings._set(name, params, function)
        return settings

    def _set(self, name: str, params: Mapping[str, Any], function: str) -> None:
        name = choice(name, function, "name", tuple(LOSSES))
        known: dict[str, Any] = dict(LOSSES[name])
        if name == "cross_entropy":
            known["class_weight"] = None  # weighs rows: no number of the kernel's
        for key in params:
            if key not in known:
                options = ", ".join(known) or "none"
                raise TypeError(f"{function}: {name} has no parameter {key!r} (it has: {options})")
        values = {**known, **params}
        checked = tuple((key, _CHECKS[key](values[key], function)) for key in values)
        object.__setattr__(self, "name", name)
        object.__setattr__(self, "_params", checked)

    @property
    def params(self) -> dict[str, Any]:
        """All parameters by name."""
        return {k: dict(v) if isinstance(v, _Weights) else v for k, v in self._params}

    @property
    def class_weight(self) -> Any:
        """Weights of the classes as given (cross_entropy), else None."""
        return self.params.get("class_weight")

    def kernel_params(self, outputs: int, function: str = "Loss") -> tuple[float, ...]:
        """Return the kernels' numbers; for quantile one q for each of `outputs`."""
        numbers = tuple(value for key, value in self._params if key != "class_weight")
        if self.name != "quantile":
            return numbers
        (q,) = numbers
        each = q if isinstance(q, tuple) else (q,) * outputs
        if len(each) != outputs:
            raise ValueError(
                f"{function}: q must be one number or one per output ({outputs}), got {len(each)}"
            )
        return each


class _Weights(tuple[tuple[int, float], ...]):
    """The items of a dict of class weights: can be hashed."""


def _check_q(value: Any, function: str) -> float | tuple[float, ...]:
    if np.ndim(value) == 0:
        return number(value, function, "q", low=0.0, high=1.0, open_low=True, open_high=True)
    each = float_array(value, function, "q", dtype=np.float64, ndim=1)
    return tuple(
        number(q, function, "q", low=0.0, high=1.0, open_low=True, open_high=True) for q in each
    )


def _check_class_weight(value: Any, function: str) -> Any:
    if value is None:
        return None
    if is_table(value):
        return _Weights(class_entries(value, function).items())
    if isinstance(value, str):
        raise TypeError(
            f"{function}: class_weight must be a dict or one number per class, got {value!r}"
        )
    return tuple(class_vector(value, function).tolist())


_CHECKS: dict[str, Callable[[Any, str], Any]] = {
    "delta": lambda v, function: number(v, function, "delta", low=0.0, open_low=True),
    "q": _check_q,
    "label_smoothing": lambda v, f: number(v, f, "label_smoothing", low=0.0, high=1.0),
    "class_weight": _check_class_weight,
}
