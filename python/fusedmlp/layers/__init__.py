"""Layers: what a network is made of. A layer holds settings; the numbers live in the model."""

from .activation import Activation
from .base import (
    Built,
    Chain,
    Layer,
    Op,
    Placed,
    Tensor,
    chain,
    checked_layers,
    refuse_lone_row,
)
from .batch_norm import BatchNorm
from .dense import Dense
from .description import LAYERS, layer_from_dict, layer_to_dict
from .dropout import Dropout
from .layer_norm import LayerNorm
from .residual import Residual

# A new layer is one file and one entry here.
LAYERS.update(
    {cls.__name__: cls for cls in (Dense, Activation, Dropout, BatchNorm, LayerNorm, Residual)}
)

__all__ = [
    "LAYERS",
    "Activation",
    "BatchNorm",
    "Built",
    "Chain",
    "Dense",
    "Dropout",
    "Layer",
    "LayerNorm",
    "Op",
    "Placed",
    "Residual",
    "Tensor",
    "chain",
    "checked_layers",
    "layer_from_dict",
    "layer_to_dict",
    "refuse_lone_row",
]
