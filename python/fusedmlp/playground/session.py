"""A tab of the browser: the thread that trains its net and answers its messages."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress

from .lab import Lab
from .limits import FRAMES_PER_SECOND
from .orders import Beginning, Close, Order, Reply
from .protocol import frame_of, text_of

_FRAME_SHARE = 9.0  # the training gets so many times the time that frames take


class Session:
    """Does what it is asked, one thing after the other, and trains in between.

    Everything happens in one thread, so nothing in :class:`Lab` needs a lock. A frame goes out when
    the page has drawn the last one (the first after a ``Seen``): a slow page gets fewer, and never
    holds the training up.

    Parameters
    ----------
    send : callable
        Takes texts and frames for the page; called from the session's thread.
    beginning : Beginning
    """

    def __init__(self, send: Callable[[str | bytes], None], beginning: Beginning) -> None:
        self._send, self.lab = send, Lab(beginning)
        self._inbox: queue.SimpleQueue[tuple[Order, Future[Reply]]] = queue.SimpleQueue()
        self._next_frame = 0.0
        self.first_state = self.lab.state()
        self.closed: Future[None] = Future()
        threading.Thread(target=self._live, name="playground", daemon=True).start()

    # From other threads.

    def submit(self, order: Order) -> Future[Reply]:
        """Hand over an order; the future gets the reply, or an error that the page may see."""
        future: Future[Reply] = Future()
        self._inbox.put((order, future))
        if self.closed.done():
            self._refuse()
        return future

    def close(self) -> None:
        """Stop training and end the thread; `closed` tells when."""
        self.submit(Close())

    # The thread.

    def _live(self) -> None:
        try:
            while self._obey():
                if self.lab.playing:
                    self._train()
                if self._wants_frame() and time.perf_counter() >= self._next_frame:
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
            if isinstance(order, Close):
                return False
            try:
                future.set_result(self.lab.do(order))
            except (ValueError, TypeError, ArithmeticError, OSError, MemoryError) as error:
                future.set_exception(error)
            except BaseException as error:
                future.set_exception(error)
                raise
            wait = 0.0

    def _wait(self) -> float | None:
        """Return the seconds until there is something to do; None: for a message."""
        waits = []
        if self.lab.playing:
            waits.append(self.lab.pace.wait())
        if self._wants_frame():
            waits.append(max(self._next_frame - time.perf_counter(), 0.0))
        return min(waits) if waits else None

    def _train(self) -> None:
        try:
            self.lab.train()
        except (ValueError, TypeError, ArithmeticError) as error:
            self._send(text_of({"type": "error", "text": str(error)}))

    def _wants_frame(self) -> bool:
        return self.lab.dirty and self.lab.ready

    def _show(self) -> None:
        start = time.perf_counter()
        self._send(frame_of(*self.lab.frame()))
        now = time.perf_counter()
        pause = max(1 / FRAMES_PER_SECOND, _FRAME_SHARE * (now - start) * self.lab.playing)
        self._next_frame = start + pause
