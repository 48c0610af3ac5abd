"""A fit in a file, as the loop sees it; :mod:`fusedmlp.saving` says how."""

from __future__ import annotations

from os import PathLike
from typing import TYPE_CHECKING, Protocol

from ..model.passes import Passes
from ..optim import Optimizer
from .history import History
from .task import Task

if TYPE_CHECKING:
    from .run import Run


class Saved(Protocol):
    """A fit in a file that was read and is known to be whole."""

    next_epoch: int
    history: History

    @property
    def split_seed(self) -> int:
        """Seed of the validation split."""

    def check(self, model: Passes, task: Task, run: Run) -> Optimizer:
        """Refuse to go on with another model, data set or settings; return the optimizer as it was
        saved."""

    def restore(self, model: Passes, run: Run, optimizer: Optimizer) -> None:
        """Bring model, callbacks and optimizer to where the fit was saved."""


class Writer(Protocol):
    """Writes the files of one model's fits."""

    def __call__(self, run: Run, next_epoch: int, path: str | PathLike[str]) -> None:
        """Write `run` as it stands before epoch `next_epoch`."""

    def check(self, path: str | PathLike[str]) -> None:
        """Raise the OSError that writing to `path` would raise; the file stays as it is."""
