"""Residual blocks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from .base import Built, Layer, Op, chain, checked_layers
from .description import layer_from_dict, layer_to_dict


class Residual(Layer):
    """A block of layers with a bypass: ``y = x + inner(x)``.

    Parameters
    ----------
    layers : sequence of layers
        Applied one after the other; the last one's width must be the block's own. Blocks may hold
        blocks.

    Raises
    ------
    TypeError, ValueError
        If `layers` holds no layers; on building, if the widths differ.

    Notes
    -----
    Parameters are named by the block's and the inner layer's number: "2.0.weight" is the weight of
    layer 0 of the block that is layer 2 of the model.

    Source: He et al., "Deep residual learning for image recognition", CVPR 2016.

    Examples
    --------
    >>> import fusedmlp as fm
    >>> block = fm.Residual([fm.LayerNorm(), fm.Dense(8, "gelu"), fm.Dense(4)])
    >>> model = fm.Sequential([fm.Dense(4, in_features=2), block, fm.Dense(1)], seed=0)
    >>> [name for name in model.parameters() if name.startswith("1.")]
    ['1.0.weight', '1.0.bias', '1.1.weight', '1.1.bias', '1.2.weight', '1.2.bias']
    """

    fields: ClassVar[tuple[str, ...]] = ("layers",)

    def __init__(self, layers: Sequence[Layer]) -> None:
        self.layers: tuple[Layer, ...] = checked_layers(layers, "Residual")
        self.in_features = self.layers[0].in_features
        self.least_rows: int = max(layer.least_rows for layer in self.layers)

    def config(self) -> dict[str, Any]:
        """Return the constructor's arguments, as plain values."""
        return {"layers": [layer_to_dict(layer) for layer in self.layers]}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Residual:
        """Return the block with these inner layers."""
        return cls([layer_from_dict(item) for item in config["layers"]])

    def build(self, in_features: int) -> Built:
        """Return what this block needs for inputs of width `in_features`."""
        inner = chain(self.layers, in_features, "Residual")
        if inner.out_features != in_features:
            raise ValueError(
                f"Residual: the inner layers must give back the {in_features} features they get, "
                f"got {inner.out_features}; end the block with fm.Dense({in_features})"
            )
        return Built(in_features, [Op("residual_begin"), *inner.ops, Op("residual_end")])

    def label(self) -> str:
        """Return a short name for tables."""
        return f"Residual({', '.join(layer.label() for layer in self.layers)})"

    def __repr__(self) -> str:
        return f"Residual([{', '.join(map(repr, self.layers))}])"
