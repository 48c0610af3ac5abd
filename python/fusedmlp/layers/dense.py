"""The fully connected layer."""

from __future__ import annotations

import math
from typing import Any, ClassVar

import numpy as np

from ..checks.arrays import Array
from ..checks.numbers import choice, flag, integer
from ..checks.parameters import activation_params
from ..core.catalogue import ACTIVATIONS
from ..initializers import Initializer, check_initializer, initialize
from .base import Built, Layer, Op, Tensor, constant, factor


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

    weight_scale : "ntk" or None, default None
        "ntk": ``y = activation(x @ W / sqrt(in_features) + b)``, with ``W`` of the order of 1; see
        the notes.
    trainable_activation : bool, default False
        ``y = z + a * (activation(z) - z)`` with ``z = x @ W + b`` and a trained number `a` for each
        unit, at first 1.
    lr_scale, decay_scale : float, default 1
        Factors of the optimizer's learning rate and weight decay for ``W``. 0 keeps it as it is.
    bias_lr_scale, bias_decay_scale : float, default 1 and 0
        The same for ``b``.
    activation_lr_scale, activation_decay_scale : float, default 1 and 0
        The same for ``a``.

    Raises
    ------
    TypeError, ValueError
        For a wrong argument, or a trainable activation where there is none.

    Notes
    -----
    ``W`` has shape (in_features, units), as in Keras; PyTorch stores the transpose.

    With ``weight_scale="ntk"`` the model holds ``W`` itself, and the engine applies the factor to
    the product: gradients, every optimizer and every eps are those of the formula. "auto" then
    draws ``W`` from N(0, 1) (LeCun-normal times sqrt(in_features)); other rules are multiplied by
    sqrt(in_features) too, so that the layer computes the same at first as without the scale.

    Sources: Jacot, Gabriel, Hongler, "Neural tangent kernel", NeurIPS 2018 (the scale);
    Holzmueller, Grinsztajn, Steinwart, "Better by default", NeurIPS 2024 (both, on tables).

    Examples
    --------
    >>> import fusedmlp as fm
    >>> model = fm.Sequential([fm.Dense(3, "relu", in_features=2), fm.Dense(1)], seed=0)
    >>> model.num_parameters
    13
    """

    fields: ClassVar[tuple[str, ...]] = (
        "units", "activation", "in_features", "bias", "weight_init", "bias_init",
        "weight_scale", "trainable_activation", "lr_scale", "decay_scale",
        "bias_lr_scale", "bias_decay_scale", "activation_lr_scale",
        "activation_decay_scale",
    )  # fmt: skip

    def __init__(
        self,
        units: int,
        activation: str | None = None,
        *,
        in_features: int | None = None,
        bias: bool = True,
        weight_init: Initializer = "auto",
        bias_init: Initializer = "zeros",
        weight_scale: str | None = None,
        trainable_activation: bool = False,
        lr_scale: float = 1.0,
        decay_scale: float = 1.0,
        bias_lr_scale: float = 1.0,
        bias_decay_scale: float = 0.0,
        activation_lr_scale: float = 1.0,
        activation_decay_scale: float = 0.0,
    ) -> None:
        self.units: int = integer(units, "Dense", "units", low=1)
        if activation is not None:
            activation = choice(activation, "Dense", "activation", tuple(ACTIVATIONS))
        self.activation = activation
        if in_features is not None:
            in_features = integer(in_features, "Dense", "in_features", low=1)
        self.in_features = in_features
        self.bias: bool = flag(bias, "Dense", "bias")
        self.weight_init: Initializer = check_initializer(weight_init, "Dense", "weight_init")
        self.bias_init: Initializer = check_initializer(bias_init, "Dense", "bias_init")
        if weight_scale is not None:
            weight_scale = choice(weight_scale, "Dense", "weight_scale", ("ntk",))
        self.weight_scale = weight_scale
        self.trainable_activation: bool = flag(
            trainable_activation, "Dense", "trainable_activation"
        )
        if trainable_activation and activation in (None, "identity"):
            raise ValueError(
                "Dense: trainable_activation=True needs an activation to blend in, such as "
                f'"selu", got activation={activation!r}'
            )
        self.lr_scale: float = factor(lr_scale, "Dense", "lr_scale")
        self.decay_scale: float = factor(decay_scale, "Dense", "decay_scale")
        self.bias_lr_scale: float = factor(bias_lr_scale, "Dense", "bias_lr_scale")
        self.bias_decay_scale: float = factor(bias_decay_scale, "Dense", "bias_decay_scale")
        self.activation_lr_scale: float = factor(
            activation_lr_scale, "Dense", "activation_lr_scale"
        )
        self.activation_decay_scale: float = factor(
            activation_decay_scale, "Dense", "activation_decay_scale"
        )

    def config(self) -> dict[str, Any]:
        """Return the constructor's arguments; code cannot be saved, so callables become "auto"."""
        return {k: "auto" if callable(v) else v for k, v in super().config().items()}

    def build(self, in_features: int) -> Built:
        """Return what this layer needs for inputs of width `in_features`."""
        activation = self.activation or "identity"
        shape = (in_features, self.units)
        scaled = self.weight_scale == "ntk"

        def weight(rng: np.random.Generator) -> Array:
            rule = "lecun_normal" if scaled and self.weight_init == "auto" else self.weight_init
            W = initialize(rule, shape, rng, activation=activation, fan_in=in_features)
            return W * math.sqrt(in_features) if scaled else W

        def bias(rng: np.random.Generator) -> Array:
            # The rule that PyTorch follows draws biases too, from the same interval.
            spec = "torch" if self.weight_init == "torch" else self.bias_init
            return initialize(spec, (self.units,), rng, activation=activation, fan_in=in_features)

        parameters = [Tensor("weight", shape, weight, self.lr_scale, self.decay_scale)]
        if self.bias:
            size = (self.units,)
            scales = self.bias_lr_scale, self.bias_decay_scale
            parameters.append(Tensor("bias", size, bias, *scales))
        if self.trainable_activation:
            scales = self.activation_lr_scale, self.activation_decay_scale
            parameters.append(constant("activation", self.units, 1.0, *scales))
        params = activation_params("Dense", activation, {})
        settings = {
            "units": self.units,
            "bias": int(self.bias),
            "activation": activation,
            "params": params,
            "scale": 1.0 / math.sqrt(in_features) if scaled else 1.0,
            "blended": int(self.trainable_activation),
        }
        return Built(self.units, [Op("dense", settings, parameters)])

    def label(self) -> str:
        """Return a short name for tables."""
        trained = "trained " if self.trainable_activation else ""
        return f"Dense({self.units}{f', {trained}{self.activation}' if self.activation else ''})"
