"""The progress of a fit, on stderr."""

from __future__ import annotations

import sys
from typing import Any

from ._validate import flag


class Progress:
    """Shows nothing; the base of what shows something."""

    def update(self, epoch: int, logs: dict[str, Any]) -> None:
        """Show the state after `epoch`."""

    def close(self) -> None:
        """End the display."""


class ProgressLine(Progress):
    """One line, rewritten after each epoch on a terminal; elsewhere a line per epoch."""

    def __init__(self, epochs: int) -> None:
        self.epochs = epochs
        self.terminal = sys.stderr.isatty()
        self.width = 0

    def update(self, epoch: int, logs: dict[str, Any]) -> None:
        """Show the state after `epoch`."""
        shown = [f"{k} {v:.4g}" for k, v in logs.items() if k not in ("lr", "seconds")]
        line = f"epoch {epoch + 1}/{self.epochs}  " + "  ".join(shown)
        # Spaces wipe what a longer line before has left.
        end = "" if self.terminal else "\n"
        print(("\r" if self.terminal else "") + line.ljust(self.width), end=end, file=sys.stderr)
        sys.stderr.flush()
        self.width = len(line) if self.terminal else 0

    def close(self) -> None:
        """End the display."""
        if self.terminal and self.width:
            print(file=sys.stderr)


def make_progress(progress: bool | str, epochs: int, function: str) -> Progress:
    """Return what shows a fit's progress; "auto" shows it on terminals only."""
    if progress == "auto":
        wanted = sys.stderr is not None and sys.stderr.isatty()
    else:
        wanted = flag(progress, function, "progress")
    return ProgressLine(epochs) if wanted else Progress()
