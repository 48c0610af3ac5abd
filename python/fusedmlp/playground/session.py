"""A tab of the browser: its net, and the thread that trains it."""

from __future__ import annotations

import io
import queue
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from ..checks.arrays import Array
from ..saving.format import to_bytes
from ..sequential import Sequential
from . import describe
from .chain_rule import explore, trace
from .limits import FRAMES_PER_SECOND
from .pace import Pace
from .probe import Probe
from .problem import Problem, problem_of
from .protocol import (
    Configure,
    Edit,
    EndRace,
    Explore,
    Message,
    Pause,
    Play,
    Race,
    Reset,
    Script,
    Seen,
    StepBatch,
    StepEpoch,
    Trace,
    frame_of,
    text_of,
)
from .race import Contest
from .script import script_of
from .settings import Settings
from .sheet import Sheet, read_sheet
from .trainer import Trainer

_FRAME_SHARE = 6.0  # the training gets so many times the time that frames take


@dataclass(frozen=True)
class Beginning:
    """What a session begins with."""

    settings: Settings = field(default_factory=Settings)
    sheet: Sheet | None = None
    model: Sequential | None = None


@dataclass(frozen=True)
class Upload:
    """A CSV file of the page; the session's thread reads it."""

    path: Path
    name: str


@dataclass(frozen=True)
class Download:
    """A wish for a file: "model", "start" (the first weights) or "data"."""

    what: str


@dataclass(frozen=True)
class _Close:
    pass


_Order = Message | Upload | Download | _Close
Reply = dict[str, Any] | bytes | None


class Session:
    """Does what messages say, one after the other, and trains in between.

    Everything happens in one thread, so nothing here needs a lock. A frame goes out when the page
    has drawn the last one (the first after a ``Seen``): a slow page gets fewer, and never holds
    the training up.

    Parameters
    ----------
    send : callable
        Takes texts and frames for the page; called from the session's thread.
    beginning : Beginning
    """

    def __init__(self, send: Callable[[str | bytes], None], beginning: Beginning) -> None:
        self._send = send
        self._beginning, self._sheet = beginning, beginning.sheet
        self._inbox: queue.SimpleQueue[tuple[_Order, Future[Reply]]] = queue.SimpleQueue()
        self._playing, self._dirty, self._ready = False, True, False
        self._next_frame, self._state, self._sent = 0.0, 0, (0, 0)
        self._pace = Pace()
        self._contest: Contest | None = None
        self._begin(beginning.settings, problem_of(beginning.settings, self._sheet))
        self.closed: Future[None] = Future()
        self._thread = threading.Thread(target=self._live, name="playground", daemon=True)
        self._thread.start()

    # From other threads.

    def submit(self, order: _Order) -> Future[Reply]:
        """Hand over a message; the future gets the reply, or an error that the page may see."""
        future: Future[Reply] = Future()
        self._inbox.put((order, future))
        if self.closed.done():
            self._refuse()
        return future

    def close(self) -> None:
        """Stop training and end the thread; `closed` tells when."""
        self.submit(_Close())

    # The thread.

    def _live(self) -> None:
        try:
            while self._obey():
                if self._playing:
                    self._train()
                if self._dirty and self._ready and time.perf_counter() >= self._next_frame:
                    self._show()
        finally:
            self.closed.set_result(None)
            self._refuse()

    def _refuse(self) -> None:
        """Answer what came too late."""
        with suppress(queue.Empty):
            while True:
                self._inbox.get_nowait()[1].set_exception(ValueError("the session is closed"))

    def _obey(self) -> bool:
        """Do what is in the inbox, waiting while there is nothing else to do."""
        wait = self._wait()
        while True:
            try:
                order, future = self._inbox.get(block=wait != 0, timeout=wait)
            except queue.Empty:
                return True
            if isinstance(order, _Close):
                return False
            try:
                future.set_result(self._do(order))
            except (ValueError, TypeError, ArithmeticError, OSError, MemoryError) as error:
                future.set_exception(error)
            except BaseException as error:
                future.set_exception(error)
                raise
            wait = 0.0

    def _wait(self) -> float | None:
        """Return the seconds until there is something to do; None: for a message."""
        waits = []
        if self._playing:
            waits.append(self._pace.wait())
        if self._dirty and self._ready:
            waits.append(max(self._next_frame - time.perf_counter(), 0.0))
        return min(waits) if waits else None

    def _train(self) -> None:
        epochs = self._pace.epochs()
        if not epochs:
            return
        try:
            with self._pace:
                if self._contest is None:
                    self._trainer.run(epochs)
                else:
                    for lane in self._contest.lanes:
                        lane.run(epochs)
                    self._playing = not self._contest.over
        except (ValueError, TypeError, ArithmeticError) as error:  # diverged, or one-row batches
            self._playing = False
            self._send(text_of({"type": "error", "text": str(error)}))
        self._dirty = True

    def _show(self) -> None:
        start = time.perf_counter()
        header: dict[str, Any] = {
            "type": "frame", "state": self._state, "playing": self._playing,
            "rate": self._pace.rate if self._playing else None,
        }  # fmt: skip
        if self._contest is not None:
            told, pictures = self._contest.frame()
            arrays: dict[str, Array] = {**pictures}
            header.update(told)
        else:
            probe = self._probe
            probe.refresh()
            curve, sent = probe.curve, self._sent
            begin = 0 if sent[0] != curve.thinned else max(sent[1] - 1, 0)
            columns = curve.to_dict()
            header.update(
                probe.scores(), **probe.health(), gradients=probe.gradient_norms(),
                lr=self._trainer.optimizer.lr_at(self._trainer.optimizer.step_count),
                batch=self._trainer.batch, whole=begin == 0,
                curve={name: column[begin:] for name, column in columns.items()},
            )  # fmt: skip
            self._sent = (curve.thinned, len(curve.epochs))
            arrays = {**probe.boundary(), **probe.neurons(), **probe.weights()}
        self._send(frame_of(header, arrays))
        self._dirty = self._ready = False
        now = time.perf_counter()
        pause = max(1 / FRAMES_PER_SECOND, _FRAME_SHARE * (now - start) * self._playing)
        self._next_frame = start + pause

    # What messages do.

    def _do(self, order: Any) -> Reply:
        reply: Reply = getattr(self, _METHODS[type(order)])(order)
        return reply

    def _seen(self, order: Seen) -> None:
        self._ready = True

    def _play(self, order: Play) -> Reply:
        self._playing = True
        self._pace.begin(self._trainer.settings.speed)
        return {"type": "playing", "playing": True}

    def _pause(self, order: Pause) -> Reply:
        self._playing, self._dirty = False, True
        return {"type": "playing", "playing": False}

    def _step_batch(self, order: StepBatch) -> Reply:
        self._pause(Pause())
        for racer in self._racers():
            racer.step()
        return {"type": "playing", "playing": False}

    def _step_epoch(self, order: StepEpoch) -> Reply:
        self._pause(Pause())
        for racer in self._racers():
            racer.run(1)
        return {"type": "playing", "playing": False}

    def _racers(self) -> Any:
        return [self._trainer] if self._contest is None else self._contest.lanes

    def _reset(self, order: Reset) -> Reply:
        contest = self._contest
        self._begin(self._trainer.settings, self._trainer.problem)
        if contest is not None:
            self._race(Race(contest.entries))
        return self.state()

    def _configure(self, order: Configure) -> Reply:
        old = self._trainer.settings
        new = old.changed(order.changes)
        self._playing &= self._contest is None
        if new.differs_beyond(old):
            sheet = self._sheet
            if new.dataset == "table" and new.target != old.target and sheet is not None:
                raise ValueError("the target is chosen when the file is read; load it again")
            self._begin(new, problem_of(new, sheet))
        else:
            problem = self._trainer.problem
            if new.plane != old.plane:
                problem = problem_of(new, self._sheet)
            self._trainer.change(new)
            self._trainer.problem = problem
        self._contest, self._dirty = None, True
        self._pace.begin(new.speed)
        return self.state()

    def _edit(self, order: Edit) -> Reply:
        blocks = self._probe.blocks
        if blocks is None or order.layer >= len(blocks):
            raise ValueError(f"edit: there is no drawn layer {order.layer}")
        layer = int(blocks[order.layer].dense.name)
        self._trainer.edit(layer, order.row, order.column, order.value)
        self._dirty = True
        return {"type": "playing", "playing": self._playing}

    def _race(self, order: Race) -> Reply:
        settings = self._trainer.settings
        given = self._beginning.model if settings.network == "given" else None
        self._contest = Contest(settings, self._trainer.problem, order.entries, given)
        self._playing, self._dirty, self._state = False, True, self._state + 1
        return self.state()

    def _end_race(self, order: EndRace) -> Reply:
        self._contest, self._playing, self._dirty = None, False, True
        self._state, self._sent = self._state + 1, (-1, 0)
        return self.state()

    def _trace(self, order: Trace) -> Reply:
        trainer = self._trainer
        distance = ((trainer.problem.points - np.array(order.point)) ** 2).sum(axis=1)
        row = int(distance.argmin())
        within = np.searchsorted(trainer.problem.train, row)
        trained = within < len(trainer.problem.train) and trainer.problem.train[within] == row
        held = int(np.searchsorted(trainer.problem.test, row))
        X, y = (trainer.X, trainer.y) if trained else (trainer.X_test, trainer.y_test)
        at = int(within) if trained else held
        self._probe.refresh()
        found = trace(self._probe.model, X[at : at + 1], y[at : at + 1], trainer.loss)
        found["loss_name"] = trainer.loss
        return {"type": "trace", "row": row, "training": bool(trained),
                "point": trainer.problem.points[row].tolist(), **found}  # fmt: skip

    def _explore(self, order: Explore) -> Reply:
        return {"type": "activation", **explore(order.name)}

    def _script(self, order: Script) -> Reply:
        return {"type": "script", "text": script_of(self._trainer)}

    def _upload(self, order: Upload) -> Reply:
        name, _, target = order.name.partition("\n")
        sheet = read_sheet(order.path, target or None, name)
        settings = self._trainer.settings.changed(
            {"dataset": "table", "target": sheet.target_name, "plane": "pca", "network": "built"}
        )
        problem = problem_of(settings, sheet)
        self._begin(settings, problem)
        self._sheet = sheet
        return self.state()

    def _download(self, order: Download) -> Reply:
        trainer = self._trainer
        if order.what == "data":
            file = io.BytesIO()
            np.savez(file, X=trainer.problem.X, y=trainer.problem.y)
            return file.getvalue()
        model = trainer.model
        if order.what == "start":
            given = self._beginning.model if trainer.first.network == "given" else None
            model = Trainer(trainer.first, trainer.problem, given).model
        return to_bytes(*model.to_description(), "save")

    # Parts.

    def _begin(self, settings: Settings, problem: Problem) -> None:
        given = None
        if settings.network == "given":
            given = self._beginning.model
            if given is None:
                raise ValueError("settings: network is 'given', but no model was given")
        trainer = Trainer(settings, problem, given)
        # All can be made: from here on nothing fails.
        self._trainer, self._probe, self._contest = trainer, Probe(trainer), None
        self._playing, self._dirty, self._sent = False, True, (-1, 0)
        self._state += 1

    def state(self) -> dict[str, Any]:
        """Return all that a page needs to draw itself, but for the frames."""
        lanes = [] if self._contest is None else [lane.name for lane in self._contest.lanes]
        return {
            "type": "state", "state": self._state, "playing": self._playing, "lanes": lanes,
            "settings": self._trainer.settings.to_dict(),
            "given": self._beginning.model is not None,
            **describe.net(self._trainer, self._probe.blocks),
            **describe.problem(self._trainer.problem, self._sheet),
        }  # fmt: skip


_METHODS: dict[type[Any], str] = {
    Configure: "_configure", Play: "_play", Pause: "_pause", StepBatch: "_step_batch",
    StepEpoch: "_step_epoch", Reset: "_reset", Edit: "_edit", Race: "_race", EndRace: "_end_race",
    Trace: "_trace", Explore: "_explore", Script: "_script", Seen: "_seen", Upload: "_upload",
    Download: "_download",
}  # fmt: skip
