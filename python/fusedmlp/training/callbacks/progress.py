"""The progress of a fit, on stderr: a tqdm bar where there is one, a line otherwise."""

from __future__ import annotations

import sys
import time
import warnings
from typing import Any

from ...checks.numbers import flag_or_auto
from .base import Callback


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
        self.show = flag_or_auto(show, "ProgressBar", "show")
        self._display: _Display | None = None
        self._last: tuple[int, dict[str, Any]] | None = None

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any]) -> None:
        """Open the display before the first epoch."""
        if self._display is None and self.run is not None:
            self._display = _display(self.show, epoch, self.run.epochs)
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
        self._display.update(epoch + 1, "  ".join([*shown, f"{_short(rate)} samples/s"]))
        self._last = None

    def on_train_end(self, logs: dict[str, Any]) -> None:
        """Show the last epoch and close the display."""
        if self._display is not None:
            self._show_last()
            self._display.close()
            self._display = None


class _Display:
    """Shows nothing; the base of what shows something."""

    interval = 0.0  # seconds between updates

    def update(self, done: int, text: str) -> None:
        """Show that `done` epochs are over."""

    def close(self) -> None:
        """End the display."""


class _Line(_Display):
    """One line, rewritten on a terminal; elsewhere line after line."""

    def __init__(self, epochs: int, rewrite: bool) -> None:
        self.epochs, self.rewrite = epochs, rewrite
        self.interval = 0.1 if rewrite else 1.0
        self.width = 0

    def update(self, done: int, text: str) -> None:
        """Show that `done` epochs are over."""
        line = f"epoch {done}/{self.epochs}  {text}"
        # Spaces wipe what a longer line before has left.
        end = "" if self.rewrite else "\n"
        print(("\r" if self.rewrite else "") + line.ljust(self.width), end=end, file=sys.stderr)
        sys.stderr.flush()
        self.width = len(line) if self.rewrite else 0

    def close(self) -> None:
        """End the display."""
        if self.width:
            print(file=sys.stderr)


class _Bar(_Display):
    """A tqdm bar, or a notebook's widget."""

    interval = 0.1

    def __init__(self, tqdm: Any, first: int, epochs: int) -> None:
        self.bar = tqdm(total=epochs, initial=first, unit="epoch", desc="fit", file=sys.stderr)

    def update(self, done: int, text: str) -> None:
        """Show that `done` epochs are over."""
        self.bar.set_postfix_str(text, refresh=False)
        self.bar.update(done - self.bar.n)

    def close(self) -> None:
        """End the display."""
        self.bar.close()


def _display(show: bool | str, first: int, epochs: int) -> _Display:
    interactive = sys.stderr is not None and (sys.stderr.isatty() or _in_notebook())
    if sys.stderr is None or not (interactive if show == "auto" else show):
        return _Display()
    if not interactive:
        return _Line(epochs, rewrite=False)
    try:
        with warnings.catch_warnings():
            # In a notebook without ipywidgets tqdm warns, and shows text.
            warnings.simplefilter("ignore")
            from tqdm.auto import tqdm
    except ImportError:
        return _Line(epochs, rewrite=True)
    return _Bar(tqdm, first, epochs)


def _in_notebook() -> bool:
    """Whether this is a Jupyter kernel; IPython is asked only if it is running."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    return type(shell).__name__ == "ZMQInteractiveShell"


def _short(value: float) -> str:
    """Return a number with three digits and k, M or G."""
    for unit in ("", "k", "M"):
        if value < 999.5:
            return f"{value:.3g}{unit}"
        value /= 1000
    return f"{value:.3g}G"
