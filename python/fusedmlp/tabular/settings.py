"""How the nets of a table are made and trained: the presets, and what "auto" stands for."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

PRESETS = ("default", "fast", "best")
# What members of mixed embeddings have in turns: their errors differ more than those of one kind.
_KINDS = ("piecewise", "periodic")


@dataclass(frozen=True)
class Settings:
    """Everything that is decided before the first step; see `TabularClassifier`."""

    hidden_layer_sizes: tuple[int, ...]
    n_members: int
    epochs: int
    batch_size: int
    embedding: str
    dropout: float
    weight_decay: float
    label_smoothing: float
    learning_rate_init: float
    activation: str
    validation_fraction: float

    def of_member(self, k: int) -> Settings:
        """Return the settings of member `k`: of mixed embeddings it has one kind."""
        if self.embedding != "mixed":
            return self
        return replace(self, embedding=_KINDS[k % len(_KINDS)])


# Steps of an epoch that small tables make: with fewer they are far from learned.
_STEPS = 32
_SMALLEST_BATCH = 32


def resolve(
    preset: str, given: Mapping[str, Any], *, rows: int, columns: int, classes: bool
) -> Settings:
    """Return the settings of a preset for a table of this size, with `given` in place of "auto".

    The batch of `given` is the largest: small tables take a smaller one.
    """
    chosen = Settings(
        hidden_layer_sizes=(256, 256, 256),
        n_members={"default": 5, "fast": 2, "best": 20}[preset],
        epochs={"default": 32, "fast": 12, "best": 64}[preset],
        batch_size=256,
        embedding="periodic",
        dropout=0.15,
        weight_decay=0.02,
        label_smoothing=0.0,
        learning_rate_init=0.04 if classes else 0.2,
        activation="selu" if classes else "mish",
        validation_fraction=0.2,
    )
    chosen = replace(chosen, **given)
    power = 2 ** round(math.log2(max(1.0, rows / _STEPS)))
    return replace(chosen, batch_size=min(chosen.batch_size, max(_SMALLEST_BATCH, power)))
