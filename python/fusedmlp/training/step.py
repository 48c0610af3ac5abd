"""``train_batch``: single steps, and the job they keep from one call to the next."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from numpy.typing import ArrayLike

from ..checks.arrays import Array
from ..core.exceptions import DivergedError
from ..layers import Layer, refuse_lone_row
from ..losses.loss import Loss
from ..model.passes import Passes
from ..optim import Optimizer
from ..optim import get as get_optimizer
from .kept import Kept, same
from .task import Task, prepare_task

LossLike = str | Loss | Callable[..., tuple[float, Array]]


class SingleSteps(Passes):
    """Training batch by batch."""

    _step: _KeptStep | None = None

    def _set_up(self, layers: tuple[Layer, ...], dtype: Any, seed: Any) -> None:
        super()._set_up(layers, dtype, seed)
        self._optimizers: dict[str, Optimizer] = {}

    def train_batch(
        self,
        x: ArrayLike,
        y: ArrayLike,
        *,
        loss: LossLike,
        optimizer: str | Optimizer,
        sample_weight: ArrayLike | None = None,
    ) -> float:
        """Make one optimizer step on one batch and return its loss before the step.

        Parameters
        ----------
        x, y, loss, sample_weight
            As in :meth:`fit`, for the rows of this batch.
        optimizer : str or fm.optim object
            A name keeps one optimizer with its state in the model for all calls.

        Returns
        -------
        float

        Raises
        ------
        ValueError, TypeError, DivergedError, BusyError
            As in :meth:`fit`; also for one row where a layer is a BatchNorm.

        Examples
        --------
        >>> import numpy as np, fusedmlp as fm
        >>> model = fm.MLP([1, 1], seed=0)
        >>> x = np.ones((4, 1), np.float32)
        >>> opt = fm.optim.SGD(lr=0.1)
        >>> losses = [model.train_batch(x, 3 * x, loss="mse", optimizer=opt) for _ in range(3)]
        >>> losses[0] > losses[1] > losses[2]
        True
        """
        kept = self._step
        if kept is not None and sample_weight is None and kept.takes(loss, optimizer):
            value = kept.exact_step(self, x, y)
            if value is not NotImplemented:
                return value  # type: ignore[no-any-return]
        task = prepare_task(self, x, y, loss, "train_batch", sample_weight=sample_weight)
        refuse_lone_row(self.layers, task.size, "train_batch")
        given = optimizer
        if isinstance(optimizer, str):
            new = get_optimizer(optimizer, "train_batch")
            optimizer = self._optimizers.setdefault(new.name, new)
        optimizer = get_optimizer(optimizer, "train_batch")
        with self._exclusive("train_batch"):
            self.build(task.x.shape[1])
            kept = self._step
            if kept is None or not kept.fits(self, task, optimizer):
                kept = _KeptStep(self, task, optimizer)
            kept.loss, kept.given = loss, given
            self._step = kept
            steps = optimizer.steps(1, self.steps_trained)
            result = kept.job.step(task.data(), steps)
            self._last_rows = None  # the engine's memory now holds another batch
            optimizer.step_count += result["steps"]
            self.steps_trained += result["steps"]
        if result["error"] is not None:
            raise result["error"]
        if not result["finite"]:
            raise DivergedError(
                f"train_batch: the loss became {result['last_loss']}; no step was made",
                loss=result["last_loss"],
            )
        return result["last_loss"]


class _KeptStep(Kept):
    """The job of single steps."""

    def __init__(self, model: Passes, task: Task, optimizer: Optimizer) -> None:
        super().__init__(model, task, optimizer)
        self.given: Any = None  # the optimizer as the user gave it
        self.optimizer = optimizer
        self.kernel = optimizer.kernel(model._theta, model._segments)
        self.made_from = _sources(model, task, optimizer)

    def fits(self, model: Passes, task: Task, optimizer: Optimizer) -> bool:
        """Whether the job can make a step of this task."""
        return self.made_from == _sources(model, task, optimizer)

    def takes(self, loss: Any, optimizer: Any) -> bool:
        """Whether these are what the last step was given."""
        return same(loss, self.loss) and same(optimizer, self.given)

    def exact_step(self, model: SingleSteps, x: Any, y: Any) -> Any:
        """Return the loss, or NotImplemented, with nothing changed, where a check is needed."""
        optimizer = self.optimizer
        if (
            not self.holds(model)
            or self.kernel is not optimizer.kernel(model._theta, model._segments)
            or not model._busy.acquire(blocking=False)
        ):
            return NotImplemented
        try:
            number = optimizer.step_count
            rates = optimizer.rates(number)
            value = self.job.step_exact(x, y, self.bounds, rates, number + 1, model.steps_trained)
            if value is not NotImplemented:
                model._last_rows = None
                optimizer.step_count = number + 1
                model.steps_trained += 1
            return value
        finally:
            model._busy.release()


def _sources(model: Passes, task: Task, optimizer: Optimizer) -> tuple[Any, ...]:
    loss = task.loss if isinstance(task.loss, Loss) else id(task.loss)
    kernel = optimizer.kernel(model._theta, model._segments)
    return model._network, kernel, loss, model.seed, task.classes
