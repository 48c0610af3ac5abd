"""Runs side by side: threads that take one after the other, and end together."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import ExitStack

from ..core.exceptions import DivergedError
from ..core.waiting import LOOK
from ..training.callbacks.display import Display, open_display, short
from ..training.run import Run


class Halt:
    """Ends all runs when one thread asks for it: the engine calls this object while it works."""

    def __init__(self) -> None:
        self._asked = threading.Event()

    def ask(self) -> None:
        """Let every run end at the next call."""
        self._asked.set()

    @property
    def asked(self) -> bool:
        """Whether the runs are to end."""
        return self._asked.is_set()

    def __call__(self) -> None:
        """Raise KeyboardInterrupt if the runs are to end: a run records it as an interruption."""
        if self._asked.is_set():
            raise KeyboardInterrupt


def cost(run: Run) -> float:
    """Return how much work a run is, about."""
    return float(sum(t.size for t in run.model.planned(run.task.x.shape[1]).parameters)) * (
        run.task.size * run.epochs
    )


def run_here(runs: Sequence[Run], workers: int, halt: Halt, progress: bool | str) -> None:
    """Drive every run to its end in threads of this process, with one bar for all of them.

    Parameters
    ----------
    runs : sequence of Run
        With `halt` as their poll.
    workers : int
    halt : Halt
    progress : bool or "auto"

    Raises
    ------
    BusyError
        If a model is in use; nothing has begun then.
    BaseException
        See :func:`run_all`.
    """
    bar = _Bar(runs, open_display(progress, 0, sum(run.epochs for run in runs)))
    try:
        with ExitStack() as stack:
            for run in runs:
                stack.enter_context(run.model._exclusive("fit_many"))
            run_all(runs, workers, halt, bar.look)
        bar.show()
    finally:
        bar.display.close()


class _Bar:
    """What all runs together have done, on a display."""

    def __init__(self, runs: Sequence[Run], display: Display) -> None:
        self.runs, self.display = runs, display
        self.start = self.next = time.monotonic()

    def look(self) -> None:
        """Show the state, unless it was shown a moment ago."""
        if self.display.interval and time.monotonic() >= self.next:
            self.show()
            self.next = time.monotonic() + self.display.interval

    def show(self) -> None:
        """Show the state."""
        begun = [run for run in self.runs if hasattr(run, "history")]
        over = sum(run.ended for run in begun)
        rows = sum(len(run.history.epochs) * run.rows for run in begun)
        # The epochs that early stopping has saved are over as well.
        done = sum(run.epochs if run.ended else len(run.history.epochs) for run in begun)
        rate = short(rows / max(time.monotonic() - self.start, 1e-9))
        self.display.update(done, f"{over}/{len(self.runs)} models  {rate} samples/s")


def run_all(runs: Sequence[Run], workers: int, halt: Halt, look: Callable[[], None]) -> None:
    """Drive every run to its end: each worker takes the next one when it is done.

    The work of an epoch is done without the GIL, so threads of Python do: what an epoch costs in
    Python is done by one of them while the others are in the engine, and no worker waits for the
    epoch of another's net. Large runs come first, that the last ones to end are small.

    Parameters
    ----------
    runs : sequence of Run
        With `halt` as their poll.
    workers : int
    halt : Halt
    look : callable
        Called now and then by the thread that waits.

    Raises
    ------
    BaseException
        The first one of any run but DivergedError, which is the news of its net alone, and
        KeyboardInterrupt of the thread that waits; all runs have ended then.
    """
    waiting = deque(sorted(runs, key=cost, reverse=True))
    errors: list[BaseException] = []

    def work(ended: threading.Event) -> None:
        try:
            take()
        finally:
            ended.set()

    def take() -> None:
        while waiting and not halt.asked:
            try:
                run = waiting.popleft()
            except IndexError:  # another worker was faster
                return
            try:
                run.fit()
            except DivergedError as error:
                run.history.advice.insert(0, str(error))
            except BaseException as error:
                errors.append(error)
                halt.ask()

    # Not by join(): see core/waiting.py.
    ends = [threading.Event() for _ in range(workers)]
    # As daemons they do not keep an interpreter that wants to end.
    threads = [threading.Thread(target=work, args=(ended,), daemon=True) for ended in ends]
    try:
        for thread in threads:
            thread.start()
        for ended in ends:
            while not ended.wait(LOOK):
                look()
    except BaseException:
        halt.ask()
        # A second Ctrl-C leaves a callback behind that does not come back.
        for thread, ended in zip(threads, ends, strict=True):
            while not ended.wait(LOOK) and thread.ident is not None:
                pass
        raise
    if errors:
        raise errors[0]
