"""The weights of a model at one moment, to go back to."""

from __future__ import annotations

from ...checks.arrays import Array
from ...model.parameters import Parameters


class Snapshot:
    """Copies of a model's parameters and running statistics; empty at first.

    Attributes
    ----------
    arrays : (theta, buffers) or None
    """

    def __init__(self) -> None:
        self.arrays: tuple[Array, Array] | None = None

    def take(self, model: Parameters) -> None:
        """Copy what the model holds now, into the same memory every time."""
        if self.arrays is None:
            self.arrays = model.theta.copy(), model.buffers.copy()
        else:
            self.arrays[0][:], self.arrays[1][:] = model.theta, model.buffers

    def give_back(self, model: Parameters) -> None:
        """Bring the copies back into the model and forget them; nothing happens without any."""
        if self.arrays is not None:
            model.theta[:], model.buffers[:] = self.arrays
            self.arrays = None
