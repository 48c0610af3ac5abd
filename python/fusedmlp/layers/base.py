"""What every layer is: settings with a way to save them, and what it needs once built.

``layer.build(in_features)`` says what the layer needs: its operations in the engine with the
arrays they own, in the order in which they lie in ``model.theta``.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

import numpy as np

from ..checks.arrays import Array
from ..checks.numbers import number


@dataclass
class Tensor:
    """A named array of a layer: its shape, its first values, and its factors of learning rate and
    weight decay."""

    name: str
    shape: tuple[int, ...]
    fill: Callable[[np.random.Generator], Array]
    lr_scale: float = 1.0
    decay_scale: float = 0.0

    @property
    def size(self) -> int:
        """Number of elements."""
        return int(np.prod(self.shape))


@dataclass
class Op:
    """An operation of the engine: its kind, its settings by name, and the arrays it owns."""

    kind: str
    settings: dict[str, Any] = field(default_factory=dict)
    parameters: list[Tensor] = field(default_factory=list)
    buffers: list[Tensor] = field(default_factory=list)  # running statistics: not trained

    @property
    def spec(self) -> tuple[str, dict[str, Any]]:
        """What the engine is told."""
        return self.kind, self.settings


@dataclass
class Built:
    """What a layer becomes for a known number of inputs.

    `groups` tells how a row of outputs is shaped: that many groups of equal width, with a target
    each (members that share layers, steps of a sequence). `integer_inputs` are the columns of the
    input that hold indices, where fractions are refused.
    """

    out_features: int
    ops: list[Op]
    groups: int = 1
    integer_inputs: tuple[int, ...] = ()

    @property
    def parameters(self) -> list[Tensor]:
        """All trained arrays in the order of ``theta``."""
        return [tensor for op in self.ops for tensor in op.parameters]

    @property
    def buffers(self) -> list[Tensor]:
        """All running statistics."""
        return [tensor for op in self.ops for tensor in op.buffers]


@dataclass
class Placed:
    """A layer in its place: the names of its arrays begin with `name`, its operations are
    ``ops[begin:end]`` of the model."""

    layer: Layer
    name: str
    in_features: int
    out_features: int
    begin: int
    end: int


@dataclass
class Chain(Built):
    """Layers that follow each other, with the place of each."""

    layers: list[Placed] = field(default_factory=list)


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
        """The settings that are not the defaults."""
        known = inspect.signature(type(self)).parameters
        settings = ((name, getattr(self, name), known[name].default) for name in self.fields)
        given = ", ".join(f"{name}={value!r}" for name, value, usual in settings if value != usual)
        return f"{type(self).__name__}({given})"


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


def chain(layers: Sequence[Layer], in_features: int, function: str) -> Chain:
    """Build layers that follow each other; names get the layer's number in front: "0.weight"."""
    whole = Chain(in_features, [])
    for i, layer in enumerate(layers):
        width = whole.out_features
        if layer.in_features is not None and layer.in_features != width:
            before = f"the layer before it gives {width}" if i else f"its input has {width}"
            raise ValueError(
                f"{function}: layers[{i}] has in_features={layer.in_features}, but {before}"
            )
        built = layer.build(width)
        begin = len(whole.ops)
        whole.ops += [_renamed(op, f"{i}.") for op in built.ops]
        whole.out_features, whole.groups = built.out_features, built.groups
        if i == 0:
            whole.integer_inputs = built.integer_inputs
        whole.layers.append(Placed(layer, str(i), width, built.out_features, begin, len(whole.ops)))
    return whole


def _renamed(op: Op, prefix: str) -> Op:
    parameters = [replace(t, name=prefix + t.name) for t in op.parameters]
    buffers = [replace(t, name=prefix + t.name) for t in op.buffers]
    return replace(op, parameters=parameters, buffers=buffers)


def refuse_lone_row(layers: Sequence[Layer], rows: int, function: str) -> None:
    """Raise ValueError for a training batch of one row where a layer needs its variance."""
    for i, layer in enumerate(layers):
        if rows == 1 < layer.least_rows:
            raise ValueError(
                f"{function}: layers[{i}] {layer.label()} needs at least {layer.least_rows} rows "
                "in training, got 1: the variance of one row is 0, so its output would say nothing "
                "of the row; pass more rows at once, or use LayerNorm"
            )


def constant(
    name: str, size: int, value: float, lr_scale: float = 1.0, decay_scale: float = 0.0
) -> Tensor:
    """Return a vector that starts with one value; by default it does not decay."""
    return Tensor(name, (size,), lambda rng: np.full(size, value), lr_scale, decay_scale)


def factor(value: Any, function: str, argument: str) -> float:
    """Return a factor of the learning rate or of the weight decay: a number >= 0."""
    return number(value, function, argument, low=0.0)
