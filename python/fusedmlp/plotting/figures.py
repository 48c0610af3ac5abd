"""Figures and colours that all pictures share."""

from __future__ import annotations

from typing import Any

from ..checks.numbers import number
from .protocols import Axes, check_kind

# Distinguishable with the common kinds of colour blindness (Okabe and Ito 2008).
COLORS = (
    "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#7f7f7f", "#000000",
    "#b8a800", "#8c564b",
)  # fmt: skip


def pyplot() -> Any:
    """Return matplotlib's pyplot, or say which package is missing."""
    try:
        from matplotlib import pyplot
    except ImportError as error:
        raise ImportError(
            "plots need matplotlib, which is not installed: pip install fusedmlp[plot]"
        ) from error
    return pyplot


def new_axes(width: float = 6.4, height: float = 4.0) -> Any:
    """Return the axes of a new figure.

    Parameters
    ----------
    width, height : float
        In inches.
    """
    sides = [
        number(side, "new_axes", name, low=0.0, open_low=True)
        for side, name in ((width, "width"), (height, "height"))
    ]
    return pyplot().figure(figsize=sides, layout="constrained").add_subplot()


def axes_of(ax: Any, function: str, width: float = 6.4, height: float = 4.0) -> Any:
    """Return the user's axes, or those of a new figure for None."""
    if ax is None:
        return new_axes(width, height)
    check_kind(ax, Axes, function, "ax", "an Axes of matplotlib")
    return ax


def grid_of_axes(count: int, columns: int, width: float, height: float) -> list[Any]:
    """Return `count` axes in rows of `columns`, each of this size in inches."""
    columns = min(count, columns)
    rows = -(-count // columns)
    figure = pyplot().figure(figsize=(columns * width, rows * height), layout="constrained")
    return [figure.add_subplot(rows, columns, k + 1) for k in range(count)]


def tidy(ax: Any) -> None:
    """Take away the frame's upper and right side and draw a faint grid."""
    ax.spines[["top", "right"]].set_visible(False)
    ax.grid(alpha=0.25, linewidth=0.6)
