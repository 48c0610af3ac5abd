"""What pictures are drawn of, and on: any object with these attributes."""

from __future__ import annotations

from typing import Any, Protocol, runtime_checkable

from numpy.typing import ArrayLike

from ..checks.arrays import Array


@runtime_checkable
class Predictor(Protocol):
    """Gives outputs for rows, as a model does."""

    in_features: int | None

    def predict(self, X: ArrayLike, /) -> Array:
        """Return the outputs (n, outputs)."""


@runtime_checkable
class Parameters(Protocol):
    """Has arrays by name, as a model has."""

    def parameters(self) -> dict[str, Array]:
        """Return the arrays."""


@runtime_checkable
class Curves(Protocol):
    """Values over epochs, as a ``History`` has."""

    epochs: list[int]
    history: dict[str, list[float]]

    @property
    def best_epoch(self) -> int | None:
        """The epoch to mark."""


@runtime_checkable
class Axes(Protocol):
    """Takes lines and pictures, as matplotlib's axes do."""

    def plot(self, *args: Any, **kwargs: Any) -> Any:
        """Draw a line."""

    def imshow(self, *args: Any, **kwargs: Any) -> Any:
        """Draw a picture."""


def check_kind(value: Any, kind: type, function: str, argument: str, wanted: str) -> None:
    """Refuse an object without the attributes of a protocol of this file."""
    if not isinstance(value, kind):
        raise TypeError(f"{function}: {argument} must be {wanted}, got {value!r}")
