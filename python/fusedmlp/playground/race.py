"""A race: nets with different settings, from the same first weights on the same data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..core.exceptions import DivergedError
from ..sequential import Sequential
from .limits import BOUNDARY
from .probe import Bytes, Probe
from .problem import Problem
from .protocol import entry_settings
from .settings import Settings
from .trainer import Trainer


class Lane:
    """One racer; `stopped` says why it no longer trains."""

    def __init__(self, name: str, trainer: Trainer) -> None:
        self.name, self.trainer, self.probe = name, trainer, Probe(trainer)
        self.stopped = ""

    def run(self, epochs: int) -> None:
        """Train some epochs, unless the lane has stopped."""
        if self.stopped:
            return
        try:
            self.trainer.run(epochs)
        except DivergedError as error:
            self.stopped = str(error)

    def step(self) -> None:
        """Train one batch, unless the lane has stopped."""
        if self.stopped:
            return
        try:
            self.trainer.step()
        except DivergedError as error:
            self.stopped = str(error)


class Contest:
    """Up to four lanes.

    Parameters
    ----------
    settings : Settings
    problem : Problem
    entries : what differs, for each lane
    given : Sequential, optional
        Where all begin; None: the weights that the first lane draws.
    """

    def __init__(
        self,
        settings: Settings,
        problem: Problem,
        entries: Sequence[Mapping[str, Any]],
        given: Sequential | None = None,
    ) -> None:
        self.entries = [dict(entry) for entry in entries]
        trainers = [Trainer(entry_settings(settings, e), problem, given) for e in entries]
        for trainer in trainers[1:]:
            trainer.model.theta = trainers[0].model.theta
        names = [_name(t.settings, e) for t, e in zip(trainers, entries, strict=True)]
        self.lanes = [Lane(name, t) for name, t in zip(names, trainers, strict=True)]

    @property
    def over(self) -> bool:
        """Whether no lane trains any more."""
        return all(lane.stopped for lane in self.lanes)

    def frame(self) -> tuple[dict[str, Any], dict[str, Bytes]]:
        """Return what a frame shows, and its pictures."""
        told, pictures = [], {}
        for k, lane in enumerate(self.lanes):
            lane.probe.refresh()
            told.append({"name": lane.name, "stopped": lane.stopped, **lane.probe.scores(),
                         "curve": lane.probe.curve.to_dict()})  # fmt: skip
            for name, picture in lane.probe.boundary(BOUNDARY // 2).items():
                pictures[f"{name}{k}"] = picture
        return {"lanes": told}, pictures


def _name(settings: Settings, entry: Mapping[str, Any]) -> str:
    parts = [settings.optimizer, f"{settings.learning_rate:g}"]
    if settings.momentum and "momentum" in entry:
        parts.append(f"momentum {settings.momentum:g}")
    if "activation" in entry and settings.activations:
        parts.append(settings.activations[0])
    for name in ("batch_size", "weight_decay"):
        if name in entry:
            parts.append(f"{name.replace('_', ' ')} {getattr(settings, name):g}")
    return ", ".join(parts)
