"""The state of a fit from rank 0 to all ranks: before it, after resuming, and at its end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..model.passes import Passes
from ..training.history import History
from .group import Group

if TYPE_CHECKING:
    from .run import DistributedRun


def share_start(model: Passes, group: Group) -> None:
    """Let every rank begin with the weights and the seed of rank 0."""
    names = ("seed", "epochs_trained", "steps_trained")
    for name, value in zip(
        names, group.from_first([getattr(model, name) for name in names]), strict=True
    ):
        setattr(model, name, value)
    share_weights(model, group)


def share_weights(model: Passes, group: Group) -> None:
    """Let every rank have the weights and running statistics of rank 0."""
    group.share(model.theta)
    group.share(model.buffers)


def share_state(run: DistributedRun, group: Group) -> None:
    """Let every rank stand where rank 0 does: resumed, or with an optimizer that was used."""
    optimizer = run.optimizer
    there: dict[str, Any] | None = None
    if group.first and (run.history.epochs or optimizer.step_count):
        there = {
            "run": {"_epoch": run._epoch, "_over": run._over, "seed": run.seed},
            "history": run.history.to_dict(),
            "optimizer": optimizer.state_dict(),
            "averages": [c.state_dict() for c in run.callbacks if c.averages],
        }
        if callable(there["optimizer"]["options"]["lr"]):
            there["optimizer"]["options"]["lr"] = None  # a schedule, which every rank has
    there = group.from_first(there)
    if there is None:
        return
    if not group.first:
        options = there["optimizer"]["options"]
        if options["lr"] is None:
            options["lr"] = optimizer.lr
        optimizer.load_state_dict(there["optimizer"])
        run.__dict__.update(there["run"])
        averages = [c for c in run.callbacks if c.averages]
        for callback, state in zip(averages, there["averages"], strict=True):
            callback.load_state_dict(state)
        run.history = History.from_dict(there["history"])
        run._show(run.history)
    share_start(run.model, group)
    if not group.first:
        run.job = run.make_job()  # with the optimizer's new arrays
