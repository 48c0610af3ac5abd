"""Fits in daemon threads end before the interpreter does.

A thread that comes back from native code into an interpreter that is being torn down is ended by
it in the middle of C++ frames, which aborts the process. So the exit waits until such fits have
stopped, which they do when the engine polls next, about every 50 ms.
"""

from __future__ import annotations

import atexit
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

# How long the exit waits for a fit whose batches take long.
_LONGEST_WAIT = 5.0

_over = threading.Event()
_fits: set[object] = set()


@contextmanager
def watched() -> Iterator[None]:
    """Make the exit of the interpreter wait for what happens in this block."""
    if not threading.current_thread().daemon:
        yield
        return
    token = object()
    _fits.add(token)
    try:
        yield
    finally:
        _fits.discard(token)


def ending_at_exit(poll: Callable[[], object] | None) -> Callable[[], object] | None:
    """Return a poll for the engine that also ends a fit of a daemon thread at exit."""
    if not threading.current_thread().daemon:
        return poll

    def both() -> None:
        if _over.is_set():
            raise SystemExit  # threading ends the thread in silence
        if poll is not None:
            poll()

    return both


def _end_fits() -> None:
    _over.set()
    end = time.monotonic() + _LONGEST_WAIT
    while _fits and time.monotonic() < end:
        time.sleep(0.002)


atexit.register(_end_fits)
if hasattr(os, "register_at_fork"):  # the fits of other threads do not exist in a child
    os.register_at_fork(after_in_child=_fits.clear)
