"""Runs side by side: threads that take one after the other, and end together."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence

from ..core.exceptions import DivergedError
from ..training.run import Run

_LOOK = 0.1  # seconds between two looks of the waiting thread


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

    def work() -> None:
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

    # As daemons they do not keep an interpreter that wants to end.
    threads = [threading.Thread(target=work, daemon=True) for _ in range(workers)]
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            while thread.is_alive():
                thread.join(_LOOK)
                look()
    except BaseException:
        halt.ask()
        # A second Ctrl-C leaves a callback behind that does not come back.
        for thread in threads:
            if thread.ident is not None:
                thread.join()
        raise
    if errors:
        raise errors[0]
