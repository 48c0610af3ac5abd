"""How many epochs to train between two looks at the inbox."""

from __future__ import annotations

import time

_CHUNK = 0.02  # seconds: how long a message may wait


class Pace:
    """Chunks of epochs, at a wanted speed or at full speed; times what runs ``with`` it.

    Examples
    --------
    >>> from fusedmlp.playground.pace import Pace
    >>> pace = Pace()
    >>> pace.begin(0.0)
    >>> pace.epochs(), pace.wait()
    (1, 0.0)
    """

    def __init__(self) -> None:
        self.rate: float | None = None  # epochs a second
        self.begin(0.0)

    def begin(self, speed: float) -> None:
        """Begin to train `speed` epochs a second, 0 for as many as there are."""
        self.speed, self._chunk = speed, 1
        self._mark = self._since = time.perf_counter()
        self._done = 0

    def wait(self) -> float:
        """Return the seconds until the next epoch is due."""
        if not self.speed:
            return 0.0
        return max(self._mark + 1 / self.speed - time.perf_counter(), 0.0)

    def epochs(self) -> int:
        """Return how many epochs to train now."""
        most = self._chunk
        if self.speed:
            now = time.perf_counter()
            due = int((now - self._mark) * self.speed)
            most = min(due, most)
            # What cannot be caught up is let go.
            self._mark = now if due > most else self._mark + most / self.speed
        self._last = most
        return most

    def __enter__(self) -> None:
        self._start = time.perf_counter()

    def __exit__(self, *error: object) -> None:
        now = time.perf_counter()
        spent = max(now - self._start, 1e-6)
        # Never more than twice as many as before: the first ones may be slow or fast by chance.
        fitting = int(self._last * _CHUNK / spent)
        self._chunk = max(1, min(2 * self._chunk, fitting))
        self._done += self._last
        if now - self._since >= 0.5:
            self.rate = self._done / (now - self._since)
            self._since, self._done = now, 0
