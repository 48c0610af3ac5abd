"""What messages do to a tab's net and to its race."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from ..checks.arrays import Array
from ..saving.format import to_bytes
from . import describe
from .chain_rule import explore, follow
from .frames import Frames
from .orders import Beginning, Download, Order, Reply, Upload
from .pace import Pace
from .probe import Probe
from .problem import Problem, problem_of
from .protocol import (
    Configure,
    Edit,
    EndRace,
    Explore,
    Pause,
    Play,
    Race,
    Reset,
    Script,
    Seen,
    StepBatch,
    StepEpoch,
    Trace,
)
from .race import Contest, Lane
from .script import script_of
from .settings import Settings
from .sheet import read_sheet
from .trainer import Trainer


class Lab:
    """A net, its data and perhaps a race; all is done by the thread of one session.

    A wish that cannot be met raises an error whose text is for the page, and changes nothing.

    Parameters
    ----------
    beginning : Beginning

    Attributes
    ----------
    playing : whether it trains until told otherwise
    dirty : whether there is something that the page was not shown
    ready : whether the page has drawn the last frame
    """

    def __init__(self, beginning: Beginning) -> None:
        self._beginning, self._sheet = beginning, beginning.sheet
        self.playing, self.dirty, self.ready = False, True, False
        self.pace = Pace()
        self.contest: Contest | None = None
        self._frames, self._number = Frames(), 0
        self._begin(beginning.settings, problem_of(beginning.settings, self._sheet))

    def do(self, order: Order) -> Reply:
        """Do what an order says and return the answer for the page, if there is one."""
        reply: Reply = getattr(self, _METHODS[type(order)])(order)
        return reply

    def train(self) -> None:
        """Train as many epochs as are due, but not for long.

        Raises
        ------
        ValueError, TypeError, ArithmeticError
            If the net cannot train on: its loss is no longer finite, or a batch has one row where
            the norm needs two. It pauses then.
        """
        epochs = self.pace.epochs()
        if not epochs:
            return
        self.dirty = True
        try:
            with self.pace:
                for racer in self._racers():
                    racer.run(epochs)
        except (ValueError, TypeError, ArithmeticError):
            self.playing = False
            raise
        if self.contest is not None and self.contest.over:
            self.playing = False

    def frame(self) -> tuple[dict[str, Any], dict[str, Array]]:
        """Return header and arrays of a frame of all as it is now."""
        # Edited weights may give anything; what is not finite is told as null.
        with np.errstate(over="ignore", invalid="ignore"):
            if self.contest is None:
                told, arrays = self._frames.of(self._probe)
            else:
                told, pictures = self.contest.frame()
                arrays = {**pictures}
        header = {
            "type": "frame", "state": self._number, "playing": self.playing,
            "rate": self.pace.rate if self.playing else None, **told,
        }  # fmt: skip
        self.dirty = self.ready = False
        return header, arrays

    def state(self) -> dict[str, Any]:
        """Return all that a page needs to draw itself, but for the frames."""
        lanes = [] if self.contest is None else [lane.name for lane in self.contest.lanes]
        return {
            "type": "state", "state": self._number, "playing": self.playing, "lanes": lanes,
            "settings": self.trainer.settings.to_dict(),
            "given": self._beginning.model is not None,
            **describe.net(self.trainer, self._probe.blocks),
            **describe.problem(self.trainer.problem, self._sheet),
        }  # fmt: skip

    # What messages do.

    def _seen(self, order: Seen) -> None:
        self.ready = True

    def _play(self, order: Play) -> Reply:
        self.playing = True
        self.pace.begin(self.trainer.settings.speed)
        return self._told()

    def _pause(self, order: Pause) -> Reply:
        self.playing, self.dirty = False, True
        return self._told()

    def _step_batch(self, order: StepBatch) -> Reply:
        self.playing, self.dirty = False, True
        for racer in self._racers():
            racer.step()
        return self._told()

    def _step_epoch(self, order: StepEpoch) -> Reply:
        self.playing, self.dirty = False, True
        for racer in self._racers():
            racer.run(1)
        return self._told()

    def _told(self) -> Reply:
        return {"type": "playing", "playing": self.playing}

    def _reset(self, order: Reset) -> Reply:
        contest = self.contest
        self._begin(self.trainer.settings, self.trainer.problem)
        if contest is not None:
            self._race(Race(contest.entries))
        return self.state()

    def _configure(self, order: Configure) -> Reply:
        old, trainer = self.trainer.settings, self.trainer
        new = old.changed(order.changes)
        if new.differs_beyond(old):
            sheet = self._sheet
            if new.dataset == "table" and new.target != old.target and sheet is not None:
                raise ValueError("the target is chosen when the file is read; load it again")
            self._begin(new, problem_of(new, sheet))
        else:
            problem = trainer.problem
            if new.plane != old.plane:
                problem = problem_of(new, self._sheet)
            trainer.change(new)
            trainer.problem = problem
            # The speed is that of a race too; a race with other settings is another race.
            if self.contest is not None and new != replace(old, speed=new.speed):
                self._show_anew(None)
        self.dirty = True
        self.pace.begin(new.speed)
        return self.state()

    def _edit(self, order: Edit) -> Reply:
        blocks = self._probe.blocks
        if blocks is None or order.layer >= len(blocks):
            raise ValueError(f"edit: there is no drawn layer {order.layer}")
        layer = int(blocks[order.layer].dense.name)
        self.trainer.edit(layer, order.row, order.column, order.value)
        self.dirty = True
        return self._told()

    def _race(self, order: Race) -> Reply:
        settings = self.trainer.settings
        given = self._given(settings)
        self._show_anew(Contest(settings, self.trainer.problem, order.entries, given))
        return self.state()

    def _end_race(self, order: EndRace) -> Reply:
        self._show_anew(None)
        return self.state()

    def _trace(self, order: Trace) -> Reply:
        return {"type": "trace", **follow(self._probe, order.point)}

    def _explore(self, order: Explore) -> Reply:
        return {"type": "activation", **explore(order.name)}

    def _script(self, order: Script) -> Reply:
        return {"type": "script", "text": script_of(self.trainer)}

    def _upload(self, order: Upload) -> Reply:
        sheet = read_sheet(order.path, order.target or None, order.name)
        settings = self.trainer.settings.changed(
            {"dataset": "table", "target": sheet.target_name, "plane": "pca", "network": "built"}
        )
        self._begin(settings, problem_of(settings, sheet))
        self._sheet = sheet
        return self.state()

    def _download(self, order: Download) -> Reply:
        trainer = self.trainer
        if order.what == "data":
            file = io.BytesIO()
            np.savez(file, X=trainer.problem.X, y=trainer.problem.y)
            return file.getvalue()
        model = trainer.model
        if order.what == "start":
            first = trainer.first
            model = Trainer(first, trainer.problem, self._given(first)).model
        return to_bytes(*model.to_description(), "save")

    # Parts.

    def _racers(self) -> Sequence[Trainer | Lane]:
        return [self.trainer] if self.contest is None else self.contest.lanes

    def _begin(self, settings: Settings, problem: Problem) -> None:
        trainer = Trainer(settings, problem, self._given(settings))
        # All can be made: from here on nothing fails.
        self.trainer, self._probe = trainer, Probe(trainer)
        self._show_anew(None)

    def _given(self, settings: Settings) -> Any:
        """Return the model that a net with these settings begins with, if it is not built."""
        if settings.network != "given":
            return None
        if self._beginning.model is None:
            raise ValueError("settings: network is 'given', but no model was given")
        return self._beginning.model

    def _show_anew(self, contest: Contest | None) -> None:
        """Pause, with this race or none; frames that are still on their way are old now."""
        self.contest, self.playing, self.dirty = contest, False, True
        self._number += 1
        self._frames.forget()


_METHODS: dict[type[Any], str] = {
    Configure: "_configure", Play: "_play", Pause: "_pause", StepBatch: "_step_batch",
    StepEpoch: "_step_epoch", Reset: "_reset", Edit: "_edit", Race: "_race", EndRace: "_end_race",
    Trace: "_trace", Explore: "_explore", Script: "_script", Seen: "_seen", Upload: "_upload",
    Download: "_download",
}  # fmt: skip
