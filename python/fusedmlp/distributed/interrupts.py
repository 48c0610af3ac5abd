"""Ctrl-C that waits for a moment at which all ranks can end."""

from __future__ import annotations

import signal
import threading
from types import FrameType
from typing import Any


class Interrupts:
    """Notes the first Ctrl-C inside a ``with`` block; a second one acts as it did before.

    A KeyboardInterrupt between two reductions would leave the other ranks waiting in one of them.

    Attributes
    ----------
    pressed : bool
    """

    def __init__(self) -> None:
        self.pressed = False
        self._before: Any = None

    def __enter__(self) -> Interrupts:
        # Elsewhere Python neither takes a handler nor raises KeyboardInterrupt.
        if threading.current_thread() is threading.main_thread():
            self._before = signal.signal(signal.SIGINT, self._note)
        return self

    def __exit__(self, *error: object) -> None:
        if self._before is not None:
            signal.signal(signal.SIGINT, self._before)
            if self.pressed and error[0] is None:
                raise KeyboardInterrupt  # too late to end the fit

    def _note(self, number: int, frame: FrameType | None) -> None:
        if self.pressed and callable(self._before):
            self._before(number, frame)
        self.pressed = True
