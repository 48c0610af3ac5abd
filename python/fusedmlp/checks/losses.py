"""The settings of a loss: its name and checked parameters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from ..core.catalogue import LOSSES
from ..core.catalogue import Loss as LossRow
from .classes import class_entries, class_vector, is_table
from .numbers import choice
from .parameters import check_names, check_values

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
        row = LOSSES[name]
        # Class weights weigh rows: they are no number of the kernels'.
        known = {**row.defaults, **({"class_weight": None} if row.class_weight else {})}
        check_names(params, known, name, function)
        values = {**known, **params}
        checked = check_values(row.params, values, function)
        if row.class_weight:
            checked["class_weight"] = _check_class_weight(values["class_weight"], function)
        object.__setattr__(self, "name", name)
        object.__setattr__(self, "_params", tuple(checked.items()))

    @property
    def params(self) -> dict[str, Any]:
        """All parameters by name."""
        return {k: dict(v) if isinstance(v, _Weights) else v for k, v in self._params}

    @property
    def class_weight(self) -> Any:
        """Weights of the classes as given (cross_entropy), else None."""
        return self.params.get("class_weight")

    @property
    def row(self) -> LossRow:
        """What the catalogue says of this loss."""
        return LOSSES[self.name]

    def kernel_params(self, outputs: int, function: str = "Loss") -> tuple[float, ...]:
        """Return the kernels' numbers: a parameter of each output once for each of `outputs`."""
        flat: list[float] = []
        for key, parameter in self.row.params.items():
            value = dict(self._params)[key]
            if not parameter.per_output:
                flat.append(value)
                continue
            each = value if isinstance(value, tuple) else (value,) * outputs
            if len(each) != outputs:
                raise ValueError(
                    f"{function}: {key} must be one number or one per output ({outputs}), "
                    f"got {len(each)}"
                )
            flat += each
        return tuple(flat)


class _Weights(tuple[tuple[int, float], ...]):
    """The items of a dict of class weights: can be hashed."""


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
