"""What every layer is: settings with a way to save them, and what it needs once built.

``layer.build(in_features)`` says what the layer needs: its steps for the engine (``ops``), and the
parameters it owns, in the order in which they lie in ``model.theta``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

import numpy as np

from ..checks.arrays import Array

Op = tuple[str, tuple[int, ...], str, tuple[float, ...]]


@dataclass
class Tensor:
    """A named array of a layer: its shape, its first values, and whether weight decay applies."""

    name: str
    shape: tuple[int, ...]
    fill: Callable[[np.random.Generator], Array]
    decays: bool = False

    @property
    def size(self) -> int:
        """Number of elements."""
        return int(np.prod(self.shape))


@dataclass
class Built:
    """What a layer becomes for a known number of inputs."""

    out_features: int
    ops: list[Op]
    parameters: list[Tensor] = field(default_factory=list)
    buffers: list[Tensor] = field(default_factory=list)  # running statistics: not trained


class Layer:
    """Base class. Settings are attributes; ``config()`` gives them back for saving."""

    fields: ClassVar[tuple[str, ...]] = ()
    in_features: int | None = None
    least_rows = 1  # that a training pass needs

    def build(self, in_features: int) -> Built:
        """Return what this layer needs for inputs of width `in_features`."""
        raise TypeError(f"{type(self).__name__} is not a layer: it does not define build()")

    def config(self) -> dict[str, Any]:
        """Return the constructor's arguments, as plain values."""
        return {name: getattr(self, name) for name in self.fields}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Layer:
        """Return the layer with these constructor arguments."""
        return cls(**config)

    def label(self) -> str:
        """Return a short name for tables."""
        return repr(self)

    def __repr__(self) -> str:
        settings = ", ".join(f"{name}={getattr(self, name)!r}" for name in self.fields)
        return f"{type(self).__name__}({settings})"


def checked_layers(layers: Any, function: str) -> tuple[Layer, ...]:
    """Return `layers` as a tuple, at least one, after checking that they are layers."""
    if isinstance(layers, (Layer, str, bytes)) or not hasattr(layers, "__iter__"):
        raise TypeError(f"{function}: layers must be a list such as [fm.Dense(10)], got {layers!r}")
    checked = tuple(layers)
    for i, layer in enumerate(checked):
        if not isinstance(layer, Layer):
            raise TypeError(
                f"{function}: layers[{i}] must be a layer such as fm.Dense(10), got {layer!r}"
            )
    if not checked:
        raise ValueError(f"{function}: layers must hold at least one layer, got none")
    return checked


def chain(layers: Sequence[Layer], in_features: int, function: str) -> Built:
    """Build layers that follow each other; names get the layer's number in front: "0.weight"."""
    whole = Built(in_features, [])
    for i, layer in enumerate(layers):
        width = whole.out_features
        if layer.in_features is not None and layer.in_features != width:
            before = f"the layer before it gives {width}" if i else f"its input has {width}"
            raise ValueError(
                f"{function}: layers[{i}] has in_features={layer.in_features}, but {before}"
            )
        built = layer.build(width)
        whole.out_features = built.out_features
        whole.ops += built.ops
        whole.parameters += [replace(t, name=f"{i}.{t.name}") for t in built.parameters]
        whole.buffers += [replace(t, name=f"{i}.{t.name}") for t in built.buffers]
    return whole


def refuse_lone_row(layers: Sequence[Layer], rows: int, function: str) -> None:
    """Raise ValueError for a training batch of one row where a layer needs its variance."""
    for i, layer in enumerate(layers):
        if rows == 1 < layer.least_rows:
            raise ValueError(
                f"{function}: layers[{i}] {layer.label()} needs at least {layer.least_rows} rows "
                "in training, got 1: the variance of one row is 0, so its output would say nothing "
                "of the row; pass more rows at once, or use LayerNorm"
            )


def constant(name: str, size: int, value: float) -> Tensor:
    """Return a vector that starts with one value and does not decay."""
    return Tensor(name, (size,), lambda rng: np.full(size, value))
