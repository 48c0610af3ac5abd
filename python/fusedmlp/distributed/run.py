"""A fit whose gradients are summed over the ranks at every step."""

from __future__ import annotations

import time
from collections.abc import Callable
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ..checks.arrays import Array
from ..core.records import Steps
from ..training.history import History
from ..training.interrupted import Saved
from ..training.measure import Measure, Measured
from ..training.run import Epochs, Run
from .gradient_sum import GradientSum
from .group import Group
from .interrupts import Interrupts
from .state import share_start, share_state, share_weights

if TYPE_CHECKING:
    from ..core._core import Result

# Seeds of the ranks lie so far apart; rank 0 has the seed itself.
_APART = 0x9E3779B97F4A7C15


class _EndOfEpoch(Exception):
    """A rank has asked all to end the epoch before this step."""


class _Status(NamedTuple):
    """How a rank left an epoch: `news` is "", "max_seconds", "diverged", "interrupt" or "error"."""

    news: str
    text: str
    loss_sum: float
    weight_sum: float
    last_loss: float


class DistributedRun(Run):
    """The part of one rank.

    Every rank makes the same number of steps. At each the engine calls :meth:`_reduced_all` with
    the gradient of this rank's rows, which makes it that of all ranks' rows; for large nets it
    calls :meth:`_reduce` before, for each part of it that is done. A rank that cannot go on takes
    part in the next sum with NaN, so that all leave the epoch before the same step, and then they
    tell each other why.

    Parameters
    ----------
    *arguments, **options
        As :class:`Run` takes them: task and validation hold the rows of this rank.
    group : Group
    rows : int
        Of all ranks.
    batches : int
        Of an epoch, into which every rank cuts its rows.
    interrupts : Interrupts
    """

    def __init__(
        self,
        *arguments: Any,
        group: Group,
        rows: int,
        batches: int,
        interrupts: Interrupts,
        **options: Any,
    ) -> None:
        super().__init__(*arguments, **options)
        self.group, self.rows, self.interrupts = group, rows, interrupts
        self._hook: Callable[[Array], object] | None = self.settings["on_gradient"]
        self.settings = {**self.settings, "batches": batches, "on_gradient": self._reduced_all}
        # The engine's clock would stop each rank at a step of its own: rank 0's counts.
        self._limit, self.max_seconds = self.max_seconds, 0.0
        self._cuts = np.arange(batches) * self.task.size // batches
        self._reduced = 0  # steps whose gradients were summed
        self._ends = False  # this rank ends the epoch before the present step
        self._ended = False

    def fit(self, saved: Saved | None = None) -> History:
        """Train until the epochs are over or something stops all ranks."""
        group = self.group
        group.attempt(lambda: self.model.build(self.task.x.shape[1]))
        self._sum = GradientSum(self.model, group)
        if self._sum.parts:
            self.settings = {**self.settings, "parts": self._sum.parts, "on_part": self._reduce}
        share_start(self.model, group)
        group.attempt(lambda: self.begin(saved))
        share_state(self, group)
        try:
            while (epochs := group.attempt(self.next)) is not None:
                self.finish(self._epoch_of_all(self._weighed(*epochs)))
        except BaseException as error:
            if group.agreed:
                self.fail(error)
                share_weights(self.model, group)
            raise
        group.attempt(self.end)
        share_weights(self.model, group)
        return self.history

    # An epoch.

    def _stretch(self) -> int:
        """One: after every epoch the ranks compare what they have."""
        return 1

    def _weighed(self, orders: list[Array | None], steps: Steps, left: float) -> Epochs:
        """Scale each batch's loss by its share of the weight of all ranks' batches."""
        (order,), weights = orders, self.task.weights
        if weights is None:
            own = np.diff(self._cuts, append=self.task.size).astype(np.float64)
        else:
            own = np.add.reduceat(weights if order is None else weights[order], self._cuts)
        total = own.copy()
        self.group.sum(total)
        share = np.divide(own, total, out=np.zeros_like(own), where=total > 0)
        return orders, steps._replace(loss_scales=share), left

    def _reduce(self, begin: int, end: int) -> None:
        """Let the sum over the ranks of a part of the gradient begin."""
        if self._sum.begun == 0:
            self._ends = self.interrupts.pressed or self._time_is_over(self._reduced)
        if self._ends:
            self.model.grad[begin:end] = np.nan
        self._sum.begin(begin, end)

    def _reduced_all(self, grad: Array) -> None:
        """Make of this rank's gradient that of the batches of all ranks together."""
        if not self._sum.parts:
            self._reduce(0, grad.size)
        self._sum.finish()
        self._reduced += 1
        # A sum with NaN in every element has it in the first.
        if np.isnan(grad[0]):
            self._ended = True
            raise _EndOfEpoch
        if self._hook is not None:
            self._hook(grad)

    def _time_is_over(self, steps: int) -> bool:
        if not self._limit or not self.group.first or steps == 0:
            return False
        return time.perf_counter() - self._start > self._limit

    def _epoch_of_all(self, epochs: Epochs) -> Result:
        """Run an epoch, and return the sums of all ranks."""
        self._reduced, self._ended = 0, False
        (result,) = self.job.epochs(*epochs)
        if self._reduced < self._steps and not self._ended:
            # This rank has left before the end of a step in which the others wait for it.
            self._sum.spoil()
        error = None if self._ended else result["error"]
        found = self.group.all(self._status(result, error))
        news = {status.news for status in found}
        if "error" in news or "interrupt" in news:
            own = error
            if "error" not in news and own is None and self.interrupts.pressed:
                own = KeyboardInterrupt()
            self.group.end_if_any(own)
        combined: Result = {
            **result,
            "loss_sum": sum(status.loss_sum for status in found),
            "weight_sum": sum(status.weight_sum for status in found),
            "stopped": "max_seconds" in news,
            "error": None,
        }
        if "diverged" in news or (self._ended and news == {""}):
            # On every rank alike: Run takes them back and raises.
            self.group.agreed = True
            combined["finite"] = False
            bad = [status.last_loss for status in found if status.news == "diverged"]
            combined["last_loss"] = bad[0] if bad else float("nan")
        return combined

    def _status(self, result: Result, error: BaseException | None) -> _Status:
        news = ""
        if error is not None:
            news = "error"
        elif self.interrupts.pressed:
            news = "interrupt"
        elif not result["finite"]:
            news = "diverged"
        elif self._time_is_over(result["steps"]):
            news = "max_seconds"
        return _Status(
            news, str(error), result["loss_sum"], result["weight_sum"], result["last_loss"]
        )

    # What Run does after an epoch.

    @property
    def _seed(self) -> int:
        """Ranks draw other shuffles and other masks."""
        return int((super()._seed + self.group.rank * _APART) % 2**63)

    def _measure(self) -> dict[str, float]:
        self._average_statistics()
        self._hold_same()
        return self._measures(self._over_ranks)

    def _over_ranks(self, measure: Measure) -> dict[str, float]:
        """Return loss and metrics over all ranks' rows, which rank 0 brings together."""
        group = self.group
        parts = group.comm.gather(group.attempt(measure.outcome), root=0)
        return group.from_first(
            group.attempt(lambda: measure.judge(_joined(parts)) if group.first else {})
        )

    def _average_statistics(self) -> None:
        """Bring the running statistics together: each rank has seen its own rows."""
        buffers = self.model.buffers
        if buffers.size:
            buffers *= buffers.dtype.type(self.task.size / self.rows)
            self.group.sum(buffers)

    def _hold_same(self) -> None:
        """Raise on all ranks if the models are not the same to the last bit."""
        digest = blake2b(self.model.theta.data, digest_size=16)
        digest.update(self.model.buffers.data)
        found = self.group.all(digest.digest())
        other = [rank for rank, value in enumerate(found) if value != found[0]]
        if other:
            self.group.agreed = True
            raise RuntimeError(
                f"{self.group.function}: after epoch {self._epoch} the weights of rank "
                f"{other[0]} are not those of rank 0; on_gradient, callbacks and schedules must "
                "do the same on all ranks"
            )

    def _tell(self) -> bool:
        """Tell the callbacks, which are on rank 0, and do on all ranks what they decided."""
        optimizer = self.optimizer
        stop = self.group.attempt(super()._tell)
        lr = None if callable(optimizer.lr) else optimizer.lr
        stop, lr, decay = self.group.from_first((stop, lr, optimizer.weight_decay))
        if lr is not None:
            optimizer.lr = lr
        optimizer.weight_decay = decay
        return stop


def _joined(parts: list[Measured]) -> Measured:
    """Return what was measured by all ranks as one."""
    columns = list(zip(*parts, strict=True))
    arrays = [
        None if any(part is None for part in column) else np.concatenate(column)
        for column in columns[2:]
    ]
    return Measured(sum(columns[0]), sum(columns[1]), *arrays)
