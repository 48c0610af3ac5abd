"""Fair timing: the candidates take turns, round after round, so that noise hits them alike.

Threads that wait for work spin: 5 to 10 ms after a parallel region of libgomp (ours and torch's),
100 ms after a product of OpenBLAS. With as many threads as processors they would take the next
candidate's processor away, so `wait_until_idle` stands between two candidates.
"""

from __future__ import annotations

import gc
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np

Clock = Callable[[], float]

TASKS = Path("/proc/self/task")  # on Linux

SAMPLE_SECONDS = 2e-3
MIN_ROUNDS = 3
MAX_ROUNDS = 51
# A candidate that took more than this times the average sits out until the others catch up.
_FAIR_SHARE = 1.5


class Call(NamedTuple):
    """What is timed: `run()` does `units` units of work (steps, elements, calls)."""

    run: Callable[[], object]
    units: float = 1.0
    compiled_in: float | None = None  # seconds that this took beforehand, where it is compiled


class Timing(NamedTuple):
    """Seconds per unit of work over all rounds: median, quartiles, least."""

    median: float
    low: float
    high: float
    least: float
    rounds: int

    @property
    def spread(self) -> float:
        """Half the distance between the quartiles, as a share of the median."""
        return (self.high - self.low) / (2 * self.median)


def wait_until_idle(longest: float = 0.5) -> None:
    """Sleep until no other thread of this process is busy, for at most `longest` seconds."""
    end = time.perf_counter() + longest
    while _others_run() and time.perf_counter() < end:
        time.sleep(1e-3)


def _others_run() -> bool:
    """Whether another thread of this process runs, or would if it had a processor."""
    if TASKS.is_dir():
        own = str(threading.get_native_id())
        states = [_state(task) for task in TASKS.iterdir() if task.name != own]
        return "R" in states
    # Elsewhere by the processor time, which some systems only update at ticks of 10 ms.
    nap, used = 0.02, time.process_time()
    time.sleep(nap)
    return time.process_time() - used > 0.5 * nap


def _state(task: Path) -> str:
    """Return the state of a thread: R runs, S sleeps."""
    try:
        stat = (task / "stat").read_text()
    except OSError:  # it has just ended
        return ""
    return stat[stat.rindex(")") + 2]


def no_wait() -> None:
    """Do not wait: enough where no library has threads of its own."""


class _Candidate:
    """One call with its samples so far."""

    def __init__(self, call: Call, clock: Clock, sample_seconds: float) -> None:
        self.call, self.clock = call, clock
        self.samples: list[float] = []
        self.seconds = 0.0
        self.loops = self._calibrate(sample_seconds)

    def _time(self, loops: int) -> float:
        run, begin = self.call.run, self.clock()
        for _ in range(loops):
            run()
        return self.clock() - begin

    def _calibrate(self, sample_seconds: float) -> int:
        """Warm up, and find how many calls make one sample long enough for the clock."""
        took, loops = self._time(1), 1
        if took > 20 * sample_seconds:  # even the cold call says enough
            return 1
        while (took := self._time(loops)) < sample_seconds:
            growth = 1.2 * sample_seconds / took if took > 0 else 10.0
            loops = max(loops + 1, int(loops * min(growth, 10.0)))
        return loops

    def sample(self) -> None:
        begin = self.clock()
        if self.loops > 1:
            self.call.run()  # the others had the caches, and the own threads may sleep
        self.samples.append(self._time(self.loops) / (self.loops * self.call.units))
        self.seconds += self.clock() - begin

    def timing(self) -> Timing:
        low, median, high = np.percentile(self.samples, (25, 50, 75)).tolist()
        return Timing(median, low, high, min(self.samples), len(self.samples))


def interleave(
    calls: Mapping[str, Call],
    *,
    seconds: float,
    sample_seconds: float = SAMPLE_SECONDS,
    min_rounds: int = MIN_ROUNDS,
    max_rounds: int = MAX_ROUNDS,
    settle: Callable[[], object] = no_wait,
    clock: Clock = time.perf_counter,
) -> dict[str, Timing]:
    """Time all calls in turns (A B A B ...) and return their seconds per unit.

    Each call is warmed up once and repeated inside a sample until that takes `sample_seconds`.
    Rounds go on for about `seconds` in all, but never fewer than `min_rounds` nor more than
    `max_rounds`. A call much slower than the others sits out rounds, spread over the whole time.
    `settle` is called, untimed, whenever the turn passes to the next.

    Examples
    --------
    >>> timings = interleave({"sum": Call(lambda: sum(range(100)), units=100)}, seconds=0.01)
    >>> 0 < timings["sum"].low <= timings["sum"].median <= timings["sum"].high
    True
    """
    collecting = gc.isenabled()
    gc.disable()
    try:
        begin = clock()
        candidates = {}
        for name, call in calls.items():
            settle()
            candidates[name] = _Candidate(call, clock, sample_seconds)
        everyone = list(candidates.values())
        while True:
            mean = sum(c.seconds for c in everyone) / len(everyone)
            late = clock() - begin >= seconds
            turn = [
                c
                for c in everyone
                if len(c.samples) < min_rounds
                or not (late or len(c.samples) >= max_rounds or c.seconds > _FAIR_SHARE * mean)
            ]
            if not turn:
                break
            for candidate in turn:
                settle()
                candidate.sample()
    finally:
        if collecting:
            gc.enable()
    return {name: candidate.timing() for name, candidate in candidates.items()}
