"""One picture of all that was measured: how many times as long the others take."""

from __future__ import annotations

from typing import Any

from .cases import Row
from .table import count

_COLOURS = {"numpy": "tab:blue", "torch": "tab:orange", "sklearn": "tab:green", "copy": "grey"}
_NOT_LABELS = {"benchmark", "threads", "dtype", "times", "ratios", "rate", "share", "yardstick"}
_NOT_DRAWN = {"bytes"}


def _label(row: Row) -> str:
    hidden = _NOT_LABELS | _NOT_DRAWN
    return " ".join(count(value) for key, value in row.items() if key not in hidden)


def draw(figure: Any, result: dict[str, Any]) -> None:
    """Draw the ratios of the highest number of threads into an empty figure.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
    result : dict
        Of ``fusedmlp.benchmarks.measure``. One panel per benchmark, one line per case, one dot per
        peer: to the right of 1 fusedmlp is faster.
    """
    threads = max(result["settings"]["threads"])
    rows = [row for row in result["rows"] if row["threads"] == threads and row["ratios"]]
    panels: dict[str, list[Row]] = {}
    for row in rows:
        panels.setdefault(row["benchmark"], []).append(row)
    longest = max((len(panel) for panel in panels.values()), default=1)
    figure.set_size_inches(6.0 * max(1, len(panels)), 1.5 + 0.17 * longest)
    for i, (name, panel) in enumerate(panels.items()):
        ax = figure.add_subplot(1, len(panels), i + 1)
        for peer, colour in _COLOURS.items():
            points = [
                (row["ratios"][peer], y) for y, row in enumerate(panel) if peer in row["ratios"]
            ]
            if points:
                ax.plot(*zip(*points, strict=True), "o", markersize=4, color=colour, label=peer)
        ax.axvline(1.0, color="black", linewidth=1)
        ax.set_xscale("log")
        ax.set_yticks(range(len(panel)), [_label(row) for row in panel], fontsize=7)
        ax.set_ylim(len(panel) - 0.5, -0.5)
        ax.grid(axis="x", alpha=0.4)
        ax.set_xlabel("time of the other / time of fusedmlp")
        ax.set_title(name)
        ax.legend(loc="best", fontsize=8)
    machine = result["machine"]
    plural = "thread" if threads == 1 else "threads"
    figure.suptitle(
        f"fusedmlp {machine['version']} ({machine['backend']}), {machine['cpu']}, "
        f"{threads} {plural}, {result['settings']['dtype']}"
    )
