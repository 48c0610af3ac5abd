"""What is measured after every epoch of a fit, on the rows it trains on and on those held out."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ..model.passes import Passes
from .measure import Measure, MetricFunction
from .task import Task


class EpochMeasures:
    """The metrics on the training rows, loss and metrics on the others; ready to be taken.

    Parameters
    ----------
    model : Passes
        Built.
    task : Task
        The loss on these rows is known from the training: without metrics nothing is measured.
    validation : Task or None
    metrics : sequence of callables
    num_threads : int
        0: as many as set at the time.
    """

    def __init__(
        self,
        model: Passes,
        task: Task,
        validation: Task | None,
        metrics: Sequence[MetricFunction],
        num_threads: int,
    ) -> None:
        self._training = Measure(model, task, metrics, num_threads) if metrics else None
        self._validation = (
            None if validation is None else Measure(model, validation, metrics, num_threads)
        )

    def __call__(
        self, take: Callable[[Measure], dict[str, float]] = Measure.__call__
    ) -> dict[str, float]:
        """Return the values by their names in the history; `take` gives those of one measure."""
        values: dict[str, float] = {}
        if self._training is not None:
            values.update(take(self._training))
            del values["loss"]
        if self._validation is not None:
            found = take(self._validation)
            values.update({f"val_{name}": value for name, value in found.items()})
        return values
