"""An activation as a layer."""

from __future__ import annotations

from typing import Any

from ..checks.numbers import choice
from ..checks.parameters import activation_params
from ..core.catalogue import ACTIVATIONS
from .base import Built, Layer, Op


class Activation(Layer):
    """An activation as a layer of its own, with its parameters.

    Parameters
    ----------
    name : str
        One of ``fm.functional.ACTIVATIONS``.
    **params
        Its parameters, under PyTorch's names: ``negative_slope``, ``alpha``, ``beta``, ...

    Examples
    --------
    >>> import fusedmlp as fm
    >>> fm.Activation("leaky_relu", negative_slope=0.2)
    Activation('leaky_relu', negative_slope=0.2)
    """

    def __init__(self, name: str, **params: float) -> None:
        self.name: str = choice(name, "Activation", "name", tuple(ACTIVATIONS))
        self.numbers: tuple[float, ...] = activation_params("Activation", self.name, params)
        self.params: dict[str, float] = {key: float(value) for key, value in params.items()}

    def config(self) -> dict[str, Any]:
        """Return the constructor's arguments, as plain values."""
        return {"name": self.name, **self.params}

    def build(self, in_features: int) -> Built:
        """Return what this layer needs for inputs of width `in_features`."""
        return Built(
            in_features, [Op("activation", {"activation": self.name, "params": self.numbers})]
        )

    def __repr__(self) -> str:
        settings = "".join(f", {key}={value:g}" for key, value in self.params.items())
        return f"Activation({self.name!r}{settings})"
