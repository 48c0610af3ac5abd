"""How many short epochs that nobody looks at the engine makes in one stretch."""

from __future__ import annotations

# What a return from the engine costs is little against so many seconds, and nobody waits longer
# for a fit that is to end.
_STRETCH = 0.02
_MOST_EPOCHS, _MOST_ROWS = 64, 2**18  # of a stretch: their orders lie in memory


def epochs_of_stretch(left: int, rows: int, seconds: float) -> int:
    """Return how many of the epochs that are left, each of so many rows and seconds at most."""
    most = min(_MOST_EPOCHS, _MOST_ROWS // rows, left)
    return max(1, min(most, int(_STRETCH / max(seconds, 1e-6))))
