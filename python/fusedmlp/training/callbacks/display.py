"""Where progress is shown: a tqdm bar, a line that is rewritten, lines of a file, or nowhere."""

from __future__ import annotations

import sys
import warnings
from typing import Any


class Display:
    """Shows nothing; the base of what shows something."""

    interval = 0.0  # seconds between updates

    def update(self, done: int, text: str) -> None:
        """Show that `done` are over."""

    def close(self) -> None:
        """End the display."""


class _Line(Display):
    """One line, rewritten on a terminal; elsewhere line after line."""

    def __init__(self, total: int, unit: str, rewrite: bool) -> None:
        self.total, self.unit, self.rewrite = total, unit, rewrite
        self.interval = 0.1 if rewrite else 1.0
        self.width = 0

    def update(self, done: int, text: str) -> None:
        """Show that `done` are over."""
        line = f"{self.unit} {done}/{self.total}  {text}"
        # Spaces wipe what a longer line before has left.
        end = "" if self.rewrite else "\n"
        print(("\r" if self.rewrite else "") + line.ljust(self.width), end=end, file=sys.stderr)
        sys.stderr.flush()
        self.width = len(line) if self.rewrite else 0

    def close(self) -> None:
        """End the display."""
        if self.width:
            print(file=sys.stderr)


class _Bar(Display):
    """A tqdm bar, or a notebook's widget."""

    interval = 0.1

    def __init__(self, tqdm: Any, first: int, total: int, unit: str) -> None:
        self.bar = tqdm(total=total, initial=first, unit=unit, desc="fit", file=sys.stderr)

    def update(self, done: int, text: str) -> None:
        """Show that `done` are over."""
        self.bar.set_postfix_str(text, refresh=False)
        self.bar.update(done - self.bar.n)

    def close(self) -> None:
        """End the display."""
        self.bar.close()


def open_display(show: bool | str, first: int, total: int, unit: str = "epoch") -> Display:
    """Return what shows how many of `total` are over; "auto" shows where somebody looks."""
    interactive = sys.stderr is not None and (sys.stderr.isatty() or _in_notebook())
    if sys.stderr is None or not (interactive if show == "auto" else show):
        return Display()
    if not interactive:
        return _Line(total, unit, rewrite=False)
    try:
        with warnings.catch_warnings():
            # In a notebook without ipywidgets tqdm warns, and shows text.
            warnings.simplefilter("ignore")
            from tqdm.auto import tqdm
    except ImportError:
        return _Line(total, unit, rewrite=True)
    return _Bar(tqdm, first, total, unit)


def _in_notebook() -> bool:
    """Whether this is a Jupyter kernel; IPython is asked only if it is running."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    return type(shell).__name__ == "ZMQInteractiveShell"


def short(value: float) -> str:
    """Return a number with three digits and k, M or G."""
    for unit in ("", "k", "M"):
        if value < 999.5:
            return f"{value:.3g}{unit}"
        value /= 1000
    return f"{value:.3g}G"
