"""The fully connected layer."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..checks.arrays import Array
from ..checks.numbers import choice, flag, integer
from ..checks.parameters import activation_params
from ..core.catalogue import ACTIVATIONS
from ..initializers import Initializer, check_initializer, initialize
from .base import Built, Layer, Op, Tensor, factor


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

    lr_scale, decay_scale : float, default 1
        Factors of the optimizer's learning rate and weight decay for ``W``. 0 keeps it as it is.
    bias_lr_scale, bias_decay_scale : float, default 1 and 0
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

    fields = ("units", "activation", "in_features", "bias", "weight_init", "bias_init",
              "lr_scale", "decay_scale", "bias_lr_scale", "bias_decay_scale")  # fmt: skip

    def __init__(
        self,
        units: int,
        activation: str | None = None,
        *,
        in_features: int | None = None,
        bias: bool = True,
        weight_init: Initializer = "auto",
        bias_init: Initializer = "zeros",
        lr_scale: float = 1.0,
        decay_scale: float = 1.0,
        bias_lr_scale: float = 1.0,
        bias_decay_scale: float = 0.0,
    ) -> None:
        self.units = integer(units, "Dense", "units", low=1)
        if activation is not None:
            activation = choice(activation, "Dense", "activation", tuple(ACTIVATIONS))
        self.activation = activation
        if in_features is not None:
            in_features = integer(in_features, "Dense", "in_features", low=1)
        self.in_features = in_features
        self.bias = flag(bias, "Dense", "bias")
        self.weight_init = check_initializer(weight_init, "Dense", "weight_init")
        self.bias_init = check_initializer(bias_init, "Dense", "bias_init")
        self.lr_scale = factor(lr_scale, "Dense", "lr_scale")
        self.decay_scale = factor(decay_scale, "Dense", "decay_scale")
        self.bias_lr_scale = factor(bias_lr_scale, "Dense", "bias_lr_scale")
        self.bias_decay_scale = factor(bias_decay_scale, "Dense", "bias_decay_scale")

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

        parameters = [Tensor("weight", shape, weight, self.lr_scale, self.decay_scale)]
        if self.bias:
            size = (self.units,)
            scales = self.bias_lr_scale, self.bias_decay_scale
            parameters.append(Tensor("bias", size, bias, *scales))
        params = activation_params("Dense", activation, {})
        settings = {
            "units": self.units,
            "bias": int(self.bias),
            "activation": activation,
            "params": params,
        }
        return Built(self.units, [Op("dense", settings, parameters)])

    def label(self) -> str:
        """Return a short name for tables."""
        return f"Dense({self.units}{', ' + self.activation if self.activation else ''})"
