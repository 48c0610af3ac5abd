"""``Taken``: layers with their numbers, as a network of another library gives them."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..checks.arrays import Array
from ..checks.numbers import MIN_EPS
from ..core.catalogue import ACTIVATIONS
from ..layers import Activation, BatchNorm, Dense, Dropout, Layer, LayerNorm, Residual, Scale

OUTPUTS = "outputs"  # the key of model.metadata that says what follows the last layer


class Taken:
    """Layers one after the other, and the arrays of each.

    Parameters
    ----------
    function : str
        For messages.
    width : int, optional
        Number of inputs, if it is known before the first layer that tells it.
    """

    def __init__(self, function: str, width: int | None = None) -> None:
        self.function = function
        self.layers: list[Layer] = []
        self.arrays: list[dict[str, Array]] = []
        self.in_features = self.width = width
        self.outputs: str | None = None  # "softmax" or "log_softmax" behind the last layer
        self.dtype: str | None = None  # float64 if an array is
        self._rescaled: tuple[Array, Array, Array] | None = None  # of the last layer, if it is one

    def dense(self, weight: Array, bias: Array | None, name: str) -> None:
        """Add a product with `weight` (in, out)."""
        if weight.ndim != 2 or (bias is not None and bias.shape != weight.shape[1:]):
            found = None if bias is None else bias.shape
            raise ValueError(
                f"{self.function}: {name} must have a weight (in, out) and a bias (out,), got "
                f"{weight.shape} and {found}"
            )
        self._meets(int(weight.shape[0]), name)
        arrays = {"weight": weight} if bias is None else {"weight": weight, "bias": bias}
        self._add(Dense(int(weight.shape[1]), bias=bias is not None), arrays, name)
        self.width = int(weight.shape[1])

    def add_bias(self, bias: Array) -> bool:
        """Add to what a product without a bias gives; False if the last layer is none."""
        last = self.layers[-1] if self.layers else None
        if not isinstance(last, Dense) or last.bias or last.activation or self.outputs is not None:
            return False
        if bias.shape != (last.units,):
            return False
        self.layers[-1] = Dense(last.units)
        self.arrays[-1]["bias"] = bias
        return True

    def activation(self, kind: str, name: str, **params: float) -> None:
        """Add an activation; behind a product it becomes part of that layer."""
        self._before_more(name)
        if kind == "identity":
            return
        try:
            layer = Activation(kind, **params)
        except (ValueError, TypeError) as error:
            raise ValueError(f"{self.function}: {name}: {error}") from error
        last = self.layers[-1] if self.layers else None
        plain = layer.numbers == tuple(ACTIVATIONS[kind].defaults.values())
        if plain and isinstance(last, Dense) and last.activation is None:
            self.layers[-1] = Dense(last.units, kind, bias=last.bias)
            return
        self._add(layer, {}, name)

    def dropout(self, p: float, name: str) -> None:
        """Add a dropout layer."""
        self._add(Dropout(p), {}, name)

    def batch_norm(
        self,
        mean: Array,
        variance: Array,
        weight: Array | None,
        bias: Array | None,
        eps: float,
        momentum: float,
        name: str,
    ) -> None:
        """Add a batch norm; no weight is 1, no bias 0."""
        size = self._vectors(name, mean=mean, variance=variance, weight=weight, bias=bias)
        arrays = {
            "weight": np.ones(size, mean.dtype) if weight is None else weight,
            "bias": np.zeros(size, mean.dtype) if bias is None else bias,
            "running_mean": mean,
            "running_var": variance,
        }
        self._add(BatchNorm(momentum, max(float(eps), MIN_EPS)), arrays, name)

    def layer_norm(self, weight: Array | None, bias: Array | None, eps: float, name: str) -> None:
        """Add a layer norm; no weight is 1, no bias 0."""
        found = {"weight": weight, "bias": bias}
        if weight is None and bias is None:
            if self.width is None:
                raise ValueError(f"{self.function}: {name}: its width is not known")
            size, dtype = self.width, np.dtype(np.float32)
        else:
            size = self._vectors(name, **found)
            dtype = next(v.dtype for v in found.values() if v is not None)
        arrays = {
            "weight": np.ones(size, dtype) if weight is None else weight,
            "bias": np.zeros(size, dtype) if bias is None else bias,
        }
        self._add(LayerNorm(max(float(eps), MIN_EPS)), arrays, name)

    def rescale(self, mean: Array, factor: Array, bias: Array, name: str) -> None:
        """Add ``y = (x - mean) factor + bias``; each an array of one number or one per column.

        It becomes a Scale, or where something is added a BatchNorm with these statistics. What
        follows such a step joins it: (x - mean) / deviation is one layer.
        """
        size = max(mean.size, factor.size, bias.size)
        if size == 1 and self.width is not None:
            size = self.width
        mean, factor, bias = (_spread(a, size, self.function, name) for a in (mean, factor, bias))
        self._meets(size, name)
        if self._rescaled is not None and self.outputs is None:
            before = self._rescaled
            self.layers.pop()
            self.arrays.pop()
            mean, factor, bias = _joined(before, (mean, factor, bias))
        self._rescale(mean, factor, bias, size, name)
        self._rescaled = mean, factor, bias

    def _rescale(self, mean: Array, factor: Array, bias: Array, size: int, name: str) -> None:
        if not mean.any() and not bias.any():
            self._add(Scale(), {"weight": factor}, name)
            return
        ones = np.ones(size, factor.dtype)
        # With eps that small the root of 1 + eps is 1.
        self.batch_norm(mean, ones, factor, bias, MIN_EPS, 0.0, name)

    def residual(self, inner: Taken, name: str) -> None:
        """Add a block ``x + inner(x)``."""
        if inner.outputs is not None:
            raise ValueError(f"{self.function}: {name} ends in a softmax, which a block cannot")
        if not inner.layers:
            raise ValueError(f"{self.function}: {name} holds no layers")
        if inner.in_features is not None:
            self._meets(inner.in_features, name)
        if inner.in_features is not None and inner.width != inner.in_features:
            raise ValueError(
                f"{self.function}: {name} must give back the {inner.in_features} features it gets, "
                f"got {inner.width}"
            )
        self._before_more(name)
        arrays = {
            f"{i}.{key}": array for i, own in enumerate(inner.arrays) for key, array in own.items()
        }
        self._add(Residual(inner.layers), arrays, name)

    def softmax(self, name: str, *, log: bool = False) -> None:
        """Add a softmax, which must be the last."""
        self._before_more(name)
        self.outputs = "log_softmax" if log else "softmax"

    def tensors(self) -> dict[str, Array]:
        """Return all arrays under the names that the model gives them."""
        return {
            f"{i}.{key}": array for i, own in enumerate(self.arrays) for key, array in own.items()
        }

    def checked(self) -> Taken:
        """Return itself if it is a network: layers, finite numbers, a known number of inputs."""
        if not self.layers:
            raise ValueError(f"{self.function}: there are no layers")
        if self.in_features is None:
            raise ValueError(
                f"{self.function}: no layer tells the number of inputs; there must be a Linear, a "
                "norm or the like"
            )
        for name, array in self.tensors().items():
            if not np.isfinite(array).all():
                raise ValueError(f"{self.function}: {name} holds NaN or infinity")
        return self

    def _add(self, layer: Layer, arrays: dict[str, Array], name: str) -> None:
        self._before_more(name)
        for array in arrays.values():
            if array.dtype == np.float64:
                self.dtype = "float64"
        self.layers.append(layer)
        self.arrays.append(arrays)
        self._rescaled = None

    def _before_more(self, name: str) -> None:
        if self.outputs is not None:
            raise ValueError(
                f"{self.function}: {name} comes behind a softmax; a softmax is supported as the "
                "last step only"
            )

    def _meets(self, size: int, name: str) -> None:
        """Check that `size` columns come in, or take it for the number of inputs."""
        if self.width is None:
            self.width = size
            if self.in_features is None:
                self.in_features = size
        elif self.width != size:
            raise ValueError(f"{self.function}: {name} takes {size} inputs, but gets {self.width}")

    def _vectors(self, name: str, **found: Array | None) -> int:
        sizes = {key: a.shape for key, a in found.items() if a is not None}
        if len(set(sizes.values())) != 1 or len(next(iter(sizes.values()))) != 1:
            raise ValueError(f"{self.function}: {name} must have vectors of one size, got {sizes}")
        size = math.prod(next(iter(sizes.values())))
        self._meets(size, name)
        return size


def _joined(first: tuple[Array, ...], then: tuple[Array, ...]) -> tuple[Array, Array, Array]:
    """Return mean, factor and bias of one rescaling behind another."""
    mean, factor, bias = first
    if not bias.any() and (factor == 1).all():
        return mean + then[0], then[1], then[2]
    return mean, factor * then[1], (bias - then[0]) * then[1] + then[2]


def _spread(array: Array, size: int, function: str, name: str) -> Array:
    flat = array.reshape(-1)
    if flat.size not in (1, size):
        raise ValueError(
            f"{function}: {name} must have one number or one for each of {size} columns, got shape "
            f"{array.shape}"
        )
    return np.array(np.broadcast_to(flat, (size,)))


def float_values(value: Any, function: str, name: str) -> Array:
    """Return numbers of another library as float32 or float64; half precision is widened."""
    array = np.asarray(value)
    if array.dtype.kind not in "fiu":
        raise TypeError(f"{function}: {name} must hold real numbers, got {array.dtype}")
    return array if array.dtype == np.float64 else array.astype(np.float32)
