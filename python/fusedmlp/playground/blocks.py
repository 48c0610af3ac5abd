"""The drawn layers of a net: a dense layer with the norm, activation and dropout that follow it."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..layers import Activation, BatchNorm, Dense, Dropout, LayerNorm, Placed
from ..sequential import Sequential
from .limits import UNITS


@dataclass
class Block:
    """A column of neurons.

    Attributes
    ----------
    dense : the dense layer in its place in the model
    others : what follows it, up to the next dense layer
    """

    dense: Placed
    others: list[Placed] = field(default_factory=list)

    @property
    def weight(self) -> str:
        """Name of its weights among the model's parameters."""
        return f"{self.dense.name}.weight"

    @property
    def bias(self) -> str:
        """Name of its bias, which need not be there."""
        return f"{self.dense.name}.bias"

    @property
    def end(self) -> int:
        """Number of operations of the model up to the end of this block."""
        return (self.others or [self.dense])[-1].end

    @property
    def units(self) -> int:
        """Number of neurons."""
        return self.dense.out_features

    @property
    def shown(self) -> int:
        """Number of neurons that are drawn."""
        return min(self.units, UNITS)

    @property
    def activation(self) -> str:
        """Name of the activation, "identity" where there is none."""
        assert isinstance(self.dense.layer, Dense)
        names = [p.layer.name for p in self.others if isinstance(p.layer, Activation)]
        return names[-1] if names else self.dense.layer.activation or "identity"


def blocks_of(model: Sequential) -> list[Block] | None:
    """Return the columns of neurons, or None if the model is more than a stack of dense layers.

    Examples
    --------
    >>> import fusedmlp as fm
    >>> from fusedmlp.playground.blocks import blocks_of
    >>> [b.activation for b in blocks_of(fm.MLP([2, 3, 1], "gelu", norm="layer", seed=0))]
    ['gelu', 'identity']
    """
    assert model.in_features is not None
    blocks: list[Block] = []
    for placed in model.planned(model.in_features).layers:
        layer = placed.layer
        if isinstance(layer, Dense):
            if layer.weight_scale is not None or layer.trainable_activation:
                return None
            blocks.append(Block(placed))
        elif blocks and isinstance(layer, Activation | BatchNorm | LayerNorm | Dropout):
            blocks[-1].others.append(placed)
        else:
            return None
    return blocks
