"""What pictures are drawn of: any object with these attributes."""

from __future__ import annotations

from typing import Protocol

from numpy.typing import ArrayLike

from ..checks.arrays import Array


class Predictor(Protocol):
    """Gives outputs for rows, as a model does."""

    in_features: int | None

    def predict(self, X: ArrayLike, /) -> Array:
        """Return the outputs (n, outputs)."""


class Parameters(Protocol):
    """Has arrays by name, as a model has."""

    def parameters(self) -> dict[str, Array]:
        """Return the arrays."""


class Curves(Protocol):
    """Values over epochs, as a ``History`` has."""

    epochs: list[int]
    history: dict[str, list[float]]

    @property
    def best_epoch(self) -> int | None:
        """The epoch to mark."""
