"""Layers: what a network is made of. A layer holds settings; the numbers live in the model.

``layer.build(in_features)`` says what the layer needs: its steps for the engine (``ops``), and the
parameters it owns, in the order in which they lie in ``model.theta``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np

from ._tables import ACTIVATIONS
from ._validate import Array, choice, flag, integer, number
from .initializers import Initializer, check_initializer, initialize

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
    buffers: list[Tensor] = field(default_factory=list)


class Layer:
    """Base class. Settings are attributes; ``config()`` gives them back for saving."""

    fields: ClassVar[tuple[str, ...]] = ()
    in_features: int | None = None

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


def activation_params(function: str, name: str, params: dict[str, Any]) -> tuple[float, ...]:
    """Return the numbers of activation `name` in the kernels' order, after checking them."""
    known = ACTIVATIONS[name]
    for key in params:
        if key not in known:
            options = ", ".join(known) or "none"
            raise TypeError(f"{function}: {name} has no parameter {key!r} (it has: {options})")
    values = {**known, **params}
    for key, value in values.items():
        low, open_low = _ACTIVATION_LIMITS.get(key, (-np.inf, False))
        number(value, function, key, low=low, open_low=open_low)
    if name == "hardtanh" and not values["min_val"] < values["max_val"]:
        raise ValueError(
            f"{function}: hardtanh needs min_val < max_val, got {values['min_val']} and "
            f"{values['max_val']}"
        )
    return tuple(float(v) for v in values.values())


_ACTIVATION_LIMITS = {"negative_slope": (0.0, False), "alpha": (0.0, True), "beta": (0.0, True)}


class Dense(Layer):
    """Fully connected layer: ``y = activation(x @ W + b)``.

    Parameters
    ----------
    units : int
        Number of outputs.
    activation : str, optional
        One of ``fm.functional.ACTIVATIONS``, with its default parameters; None is the identity.
        For other parameters put an :class:`Activation` layer behind.
    in_features : int, optional
        Number of inputs; only the first layer of a model can need it, and only to be built before
        it has seen data.
    bias : bool, default True
        Whether to add ``b``.
    weight_init : str or callable, default "auto"
        A name from :mod:`fusedmlp.initializers` or ``f(shape, rng) -> array``. "auto" looks at the
        activation: He-normal for the ReLU family, LeCun-normal for selu, Glorot-uniform otherwise.
    bias_init : str or callable, default "zeros"
        The same for ``b``.

    Notes
    -----
    ``W`` has shape (in_features, units), as in Keras; PyTorch stores the transpose.

    Examples
    --------
    >>> import fusedmlp as fm
    >>> model = fm.Sequential([fm.Dense(3, "relu", in_features=2), fm.Dense(1)], seed=0)
    >>> model.num_parameters
    13
    """

    fields = ("units", "activation", "in_features", "bias", "weight_init", "bias_init")

    def __init__(
        self,
        units: int,
        activation: str | None = None,
        *,
        in_features: int | None = None,
        bias: bool = True,
        weight_init: Initializer = "auto",
        bias_init: Initializer = "zeros",
    ) -> None:
        self.units = integer(units, "Dense", "units", low=1)
        self.activation = activation
        if activation is not None:
            choice(activation, "Dense", "activation", tuple(ACTIVATIONS))
        if in_features is not None:
            in_features = integer(in_features, "Dense", "in_features", low=1)
        self.in_features = in_features
        self.bias = flag(bias, "Dense", "bias")
        self.weight_init = check_initializer(weight_init, "Dense", "weight_init")
        self.bias_init = check_initializer(bias_init, "Dense", "bias_init")

    def config(self) -> dict[str, Any]:
        """Return the constructor's arguments; code cannot be saved, so callables become "auto"."""
        return {k: "auto" if callable(v) else v for k, v in super().config().items()}

    def build(self, in_features: int) -> Built:
        """Return what this layer needs for inputs of width `in_features`."""
        activation = self.activation or "identity"
        shape = (in_features, self.units)

        def weight(rng: np.random.Generator) -> Array:
            return initialize(
                self.weight_init, shape, rng, activation=activation, fan_in=in_features
            )

        def bias(rng: np.random.Generator) -> Array:
            # The rule that PyTorch follows draws biases too, from the same interval.
            spec = "torch" if self.weight_init == "torch" else self.bias_init
            return initialize(spec, (self.units,), rng, activation=activation, fan_in=in_features)

        parameters = [Tensor("weight", shape, weight, decays=True)]
        if self.bias:
            parameters.append(Tensor("bias", (self.units,), bias))
        params = activation_params("Dense", activation, {})
        op: Op = ("dense", (self.units, int(self.bias)), activation, params)
        return Built(self.units, [op], parameters)

    def label(self) -> str:
        """Return a short name for tables."""
        return f"Dense({self.units}{', ' + self.activation if self.activation else ''})"


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
        self.name = choice(name, "Activation", "name", tuple(ACTIVATIONS))
        self.numbers = activation_params("Activation", name, params)
        self.params = {key: float(value) for key, value in params.items()}

    def config(self) -> dict[str, Any]:
        """Return the constructor's arguments, as plain values."""
        return {"name": self.name, **self.params}

    def build(self, in_features: int) -> Built:
        """Return what this layer needs for inputs of width `in_features`."""
        return Built(in_features, [("activation", (), self.name, self.numbers)])

    def __repr__(self) -> str:
        settings = "".join(f", {key}={value:g}" for key, value in self.params.items())
        return f"Activation({self.name!r}{settings})"


LAYERS: dict[str, type[Layer]] = {cls.__name__: cls for cls in (Dense, Activation)}
