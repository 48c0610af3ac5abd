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
from .categories import CategoryEmbedding, OneHot
from .columns import Columns
from .dense import Dense
from .description import LAYERS, layer_from_dict, layer_to_dict
from .dropout import Dropout
from .layer_norm import LayerNorm
from .numeric_embedding import NumericEmbedding
from .residual import Residual
from .scale import Scale

# A new layer is one file and one entry here.
_CLASSES: tuple[type[Layer], ...] = (
    Dense, Activation, Dropout, BatchNorm, LayerNorm, Residual, Scale, Columns, NumericEmbedding,
    CategoryEmbedding, OneHot,
)  # fmt: skip
LAYERS.update({cls.__name__: cls for cls in _CLASSES})

__all__ = [
    "LAYERS",
    "Activation",
    "BatchNorm",
    "Built",
    "CategoryEmbedding",
    "Chain",
    "Columns",
    "Dense",
    "Dropout",
    "Layer",
    "LayerNorm",
    "NumericEmbedding",
    "OneHot",
    "Op",
    "Placed",
    "Residual",
    "Scale",
    "Tensor",
    "chain",
    "checked_layers",
    "layer_from_dict",
    "layer_to_dict",
    "refuse_lone_row",
]
