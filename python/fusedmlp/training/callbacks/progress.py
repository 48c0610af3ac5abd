"""The progress of a fit, on stderr: a tqdm bar where there is one, a line otherwise."""

from __future__ import annotations

import time
from typing import Any

from ...checks.numbers import flag_or_auto
from .base import Callback
from .display import Display, open_display, short


class ProgressBar(Callback):
    """Show epochs, loss, validation loss and samples per second.

    A tqdm bar in terminals and notebooks (``pip install fusedmlp[progress]``), a rewritten line
    without tqdm, and a line every second where the output is a file.

    Parameters
    ----------
    show : bool or "auto", default "auto"
        "auto": in terminals and notebooks only. True: always.

    Notes
    -----
    ``fit(progress=...)`` adds one of these by itself, with the same values.

    Examples
    --------
    >>> import fusedmlp as fm
    >>> bar = fm.callbacks.ProgressBar(show=False)
    """

    def __init__(self, show: bool | str = "auto") -> None:
        self.show: bool | str = flag_or_auto(show, "ProgressBar", "show")
        self._display: Display | None = None
        self._last: tuple[int, dict[str, Any]] | None = None

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any]) -> None:
        """Open the display before the first epoch."""
        if self._display is None and self.run is not None:
            self._display = open_display(self.show, epoch, self.run.epochs)
            self._next = 0.0

    def on_epoch_end(self, epoch: int, logs: dict[str, Any]) -> None:
        """Show the state after `epoch`, unless the last one was shown a moment ago."""
        if self._display is None or not self._display.interval:
            return
        self._last = epoch, logs
        if time.monotonic() >= self._next:
            self._show_last()
            self._next = time.monotonic() + self._display.interval

    def _show_last(self) -> None:
        if self._last is None or self._display is None or self.run is None:
            return
        epoch, logs = self._last
        shown = [f"{k} {v:.4g}" for k, v in logs.items() if k not in ("lr", "seconds")]
        rate = self.run.rows / max(logs["seconds"], 1e-9)
        self._display.update(epoch + 1, "  ".join([*shown, f"{short(rate)} samples/s"]))
        self._last = None

    def on_train_end(self, logs: dict[str, Any]) -> None:
        """Show the last epoch and close the display."""
        if self._display is not None:
            self._show_last()
            self._display.close()
            self._display = None
