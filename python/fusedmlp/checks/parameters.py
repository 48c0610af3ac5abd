"""Parameters of activations, losses and optimizers: checked against their rows of the catalogue."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from ..core.catalogue import ACTIVATIONS, Flag, Number, Pair, Parameter
from .arrays import float_array
from .numbers import flag, number

Conflict = Callable[[Mapping[str, Any]], str | None]


def check_names(
    given: Mapping[str, Any], known: Mapping[str, Any], name: str, function: str
) -> None:
    """Refuse parameters that `name` does not have."""
    for key in given:
        if key not in known:
            options = ", ".join(known) or "none"
            raise TypeError(f"{function}: {name} has no parameter {key!r} (it has: {options})")


def check_values(
    parameters: Mapping[str, Parameter],
    values: Mapping[str, Any],
    function: str,
    conflict: Conflict | None = None,
) -> dict[str, Any]:
    """Return the values as plain numbers, flags and tuples; an error names `function`."""
    checked = {
        key: check_value(parameter, values[key], function, key)
        for key, parameter in parameters.items()
    }
    wrong = None if conflict is None else conflict(checked)
    if wrong is not None:
        raise ValueError(f"{function}: {wrong}")
    return checked


def check_value(parameter: Parameter, value: Any, function: str, argument: str) -> Any:
    """Return a value as a float, a bool, or a tuple of floats."""
    if isinstance(parameter, Flag):
        return flag(value, function, argument)
    if isinstance(parameter, Pair):
        return _pair(parameter, value, function, argument)
    if parameter.per_output and np.ndim(value) > 0:
        each = float_array(value, function, argument, dtype=np.float64, ndim=1)
        return tuple(_number(parameter, item, function, argument) for item in each)
    return _number(parameter, value, function, argument)


def _number(
    parameter: Number, value: Any, function: str, argument: str, low: float | None = None
) -> float:
    least = parameter.low if low is None else low
    if type(value) is float and least < value < parameter.high:
        return value  # the usual case, told in no time
    return number(
        value,
        function,
        argument,
        low=least,
        high=parameter.high,
        open_low=parameter.open_low,
        open_high=parameter.open_high,
    )


def _pair(pair: Pair, value: Any, function: str, argument: str) -> tuple[float, float]:
    try:
        first, second = value
    except (TypeError, ValueError) as error:
        raise TypeError(f"{function}: {argument} must be two numbers, got {value!r}") from error
    first = _number(pair.first, first, function, f"{argument}[0]")
    low = first if pair.ascending else None
    return first, _number(pair.second, second, function, f"{argument}[1]", low)


def kernel_numbers(
    parameters: Mapping[str, Parameter], checked: Mapping[str, Any]
) -> tuple[float, ...]:
    """Return checked values as the kernels' flat list of numbers."""
    flat: list[float] = []
    for key, parameter in parameters.items():
        if parameter.kernel:
            value = checked[key]
            flat += value if isinstance(value, tuple) else [float(value)]
    return tuple(flat)


def activation_params(function: str, name: str, params: Mapping[str, Any]) -> tuple[float, ...]:
    """Return the numbers of activation `name` in the kernels' order, after checking them."""
    row = ACTIVATIONS[name]
    check_names(params, row.params, name, function)
    if not params:
        return tuple(row.defaults.values())
    values = check_values(row.params, {**row.defaults, **params}, function, row.conflict)
    return kernel_numbers(row.params, values)
