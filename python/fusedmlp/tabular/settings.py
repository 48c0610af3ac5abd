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
# Tables of less rows learn to be too sure of themselves, and the rows held out are too few to say
# by how much.
_FEW = 2000
_SMOOTHING = 0.1
# Members are cheap where rows are few.
_MANY = 4096
# Tables of so few columns need sharp functions of each: wide embeddings, and nothing dropped.
FEW_COLUMNS = 8


@dataclass(frozen=True)
class _Preset:
    width: int
    members: int
    members_of_small: int
    epochs: int


_CHOSEN = {
    "default": _Preset(width=256, members=4, members_of_small=6, epochs=32),
    "fast": _Preset(width=128, members=2, members_of_small=2, epochs=32),
    "best": _Preset(width=256, members=10, members_of_small=20, epochs=64),
}
_EPOCHS_OF_ONE = 96  # of a single member: what an ensemble makes up for needs longer training


def resolve(
    preset: str,
    given: Mapping[str, Any],
    *,
    rows: int,
    columns: int,
    classes: bool,
    learning_rate: float,
) -> Settings:
    """Return the settings of a preset for a table of this size, with `given` in place of "auto".

    The batch of `given` is the largest: small tables take a smaller one.
    """
    row = _CHOSEN[preset]
    members = given.get("n_members", row.members if rows > _MANY else row.members_of_small)
    chosen = Settings(
        hidden_layer_sizes=(row.width,) * 3,
        n_members=members,
        epochs=max(row.epochs, _EPOCHS_OF_ONE) if members == 1 else row.epochs,
        batch_size=256,
        embedding="mixed",
        dropout=0.0 if columns <= FEW_COLUMNS else 0.1,
        weight_decay=0.02,
        label_smoothing=_SMOOTHING if classes and rows < _FEW else 0.0,
        learning_rate_init=learning_rate,
        activation="selu" if classes else "mish",
        validation_fraction=0.2,
    )
    chosen = replace(chosen, **given)
    power = 2 ** round(math.log2(max(1.0, rows / _STEPS)))
    return replace(chosen, batch_size=min(chosen.batch_size, max(_SMALLEST_BATCH, power)))
