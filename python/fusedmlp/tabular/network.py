"""The net of a table: embeddings, a factor for each input, dense layers."""

from __future__ import annotations

from ..layers import (
    CategoryEmbedding,
    Columns,
    Dense,
    Dropout,
    Layer,
    NumericEmbedding,
    Scale,
)
from ..sequential import Sequential
from ..table import Encoder
from .settings import FEW_COLUMNS, Settings

# Factors of the learning rate, as published with the recipe.
_SCALE_LR, _SMALL_LR = 6.0, 0.1
# Numbers of a feature's embedding beside its value, and in tables of few columns.
_EMBEDDED = {"periodic": 3, "piecewise": 7}
_EMBEDDED_OF_FEW = 15
# Of a periodic embedding's first values in tables of few columns.
_FREQUENCY_OF_FEW = 0.5


def make_network(encoder: Encoder, settings: Settings, outputs: int, seed: int) -> Sequential:
    """Return a net for the columns of `encoder`, with first values that do not know the data."""
    layers: list[Layer] = []
    inputs: list[Layer] = []
    if settings.embedding != "none" and encoder.numeric_columns_.size:
        few = len(encoder.columns_) <= FEW_COLUMNS
        inputs.append(
            NumericEmbedding(
                settings.embedding,
                _EMBEDDED_OF_FEW if few else _EMBEDDED[settings.embedding],
                columns=encoder.numeric_columns_.tolist(),
                frequency_scale=(
                    _FREQUENCY_OF_FEW if few and settings.embedding == "periodic" else None
                ),
                lr_scale=_SMALL_LR,
                decay_scale=_SMALL_LR,
            )
        )
    if encoder.category_sizes_:
        columns = encoder.category_columns_.tolist()
        inputs.append(CategoryEmbedding(encoder.category_sizes_, columns=columns))
    if inputs:
        layers.append(Columns(inputs))
    layers.append(Scale(lr_scale=_SCALE_LR))
    for units in settings.hidden_layer_sizes:
        layers.append(
            Dense(
                units,
                settings.activation,
                weight_scale="ntk",
                trainable_activation=settings.activation != "identity",
                bias_lr_scale=_SMALL_LR,
                activation_lr_scale=_SMALL_LR,
            )
        )
        if settings.dropout:
            layers.append(Dropout(settings.dropout))
    layers.append(Dense(outputs, weight_scale="ntk", bias_lr_scale=_SMALL_LR))
    return Sequential(layers, in_features=len(encoder.feature_names_out_), seed=seed)
