"""Jobs that are kept from one call to the next, for calls on exact arrays: no check is left to make
but the engine's own."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ..core import backend
from ..losses.loss import Loss
from ..model.passes import Passes
from ..optim import Optimizer
from .task import Task

if TYPE_CHECKING:
    from ..core._core import Job, Settings


class Kept:
    """A job with what it was made from. It holds no data of the user's.

    Parameters
    ----------
    model, task, optimizer
        As the careful way has checked them; without an optimizer the job only measures.
    """

    def __init__(self, model: Passes, task: Task, optimizer: Optimizer | None = None) -> None:
        self.loss: Any = None  # as the user gave it
        self.core, self.seed, self.network = backend.core, model.seed, model._network
        self.bounds: Any = _bounds(model, task)  # of targets; None: only the careful way will do
        # Without rows of its own, so that no data stay alive.
        empty = replace(task, x=task.x[:0], target=task.target[:0].copy(), weights=None, rows=None)
        settings: Settings = {"num_threads": 0, "seed": model.seed}
        self.job: Job = empty.job(model, optimizer, settings)

    def holds(self, model: Passes) -> bool:
        """Whether exact arrays may go to the job: nothing of the model's has changed."""
        return (
            self.bounds is not None
            and self.core is backend.core
            and self.seed == model.seed
            and model._handle is not None
            and self.network is model._handle[1]
        )


def same(value: Any, kept: Any) -> bool:
    """Whether a loss or an optimizer is given as the last time."""
    return value is kept or (type(value) is str and type(kept) is str and value == kept)


def _bounds(model: Passes, task: Task) -> tuple[float, float] | None:
    """Return what targets may be, or None where that takes more than bounds."""
    if not isinstance(task.loss, Loss) or task.loss.class_weight is not None:
        return None
    return None if model._built.integer_inputs else task.loss.row.target_bounds
