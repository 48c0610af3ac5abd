"""How the nets of a table are made and trained: the presets, and what "auto" stands for."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

PRESETS = ("default", "fast", "best")


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
    learning_rate: float
    activation: str
    validation_fraction: float
