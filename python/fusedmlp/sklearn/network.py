"""The network of an estimator: its layers, first weights, and scikit-learn's lists of arrays."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..checks.arrays import Array
from ..layers import Activation, BatchNorm, Dense, Dropout, Layer, LayerNorm
from ..sequential import Sequential


def make_network(
    sizes: Sequence[int],
    activations: Sequence[str],
    *,
    dropout: float,
    norm: str | None,
    dtype: Any,
) -> Sequential:
    """Return a network of these widths, input and output included; its outputs are logits.

    Every Dense has a bias, as every layer of scikit-learn has an intercept.
    """
    layers: list[Layer] = []
    for units, activation in zip(sizes[1:-1], activations, strict=True):
        if norm is None:
            layers.append(_dense(units, activation))
        else:
            layers.append(_dense(units, None))
            layers.append(BatchNorm() if norm == "batch" else LayerNorm())
            layers.append(Activation(activation))
        if dropout > 0:
            layers.append(Dropout(float(dropout)))
    layers.append(_dense(sizes[-1], None))
    return Sequential(layers, in_features=int(sizes[0]), dtype=np.dtype(dtype).name, seed=0)


def _dense(units: int, activation: str | None) -> Dense:
    return Dense(int(units), activation, weight_init="glorot_uniform")


def weights_and_biases(network: Sequential) -> tuple[list[Array], list[Array]]:
    """Return views of the weights and of the biases of all Dense layers."""
    views = network.parameters()
    places = [i for i, layer in enumerate(network.layers) if isinstance(layer, Dense)]
    return [views[f"{i}.weight"] for i in places], [views[f"{i}.bias"] for i in places]


def draw(network: Sequential, activation: Any, random_state: np.random.RandomState) -> None:
    """Fill weights and biases with scikit-learn's first values: the same numbers in its order.

    Uniform in +-sqrt(6 / (fan_in + fan_out)), or sqrt(2 / ...) for "logistic" (Glorot & Bengio
    2010). The output layer follows the last hidden one.
    """
    coefs, intercepts = weights_and_biases(network)
    names = [activation] * len(coefs) if isinstance(activation, str) else [*activation]
    names += names[-1:] or [""]
    for coef, intercept, name in zip(coefs, intercepts, names, strict=False):
        factor = 2.0 if name in ("logistic", "sigmoid") else 6.0
        bound = np.sqrt(factor / sum(coef.shape))
        coef[...] = random_state.uniform(-bound, bound, coef.shape)
        intercept[...] = random_state.uniform(-bound, bound, len(intercept))
