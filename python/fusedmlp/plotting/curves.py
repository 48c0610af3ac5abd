"""Curves over the epochs: one fit, or several beside each other."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ..checks.numbers import choice, flag
from .figures import COLORS, axes_of, tidy
from .protocols import Curves, check_kind


def history_curves(history: Curves, ax: Any = None) -> Any:
    """Draw training and validation loss over the epochs, the best epoch marked.

    Parameters
    ----------
    history : History
    ax : matplotlib.axes.Axes, optional
        Where to draw; None makes a new figure.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    ImportError
        Without matplotlib.

    Examples
    --------
    >>> import fusedmlp as fm
    >>> history = fm.History([0, 1, 2], {"loss": [3, 2, 1], "val_loss": [3, 2, 2.5]})
    >>> history.plot().get_ylabel()                                        # doctest: +SKIP
    'loss'
    """
    check_kind(history, Curves, "history_curves", "history", "a History")
    ax = axes_of(ax, "history_curves")
    watched = "val_loss" if "val_loss" in history.history else "loss"
    for k, (name, label) in enumerate((("loss", "training"), ("val_loss", "validation"))):
        if name in history.history:
            ax.plot(history.epochs, history.history[name], color=COLORS[k], label=label)
    best = history.best_epoch
    if best is not None:
        value = history.history[watched][history.epochs.index(best)]
        color = COLORS[1] if watched == "val_loss" else COLORS[0]
        ax.axvline(best, color="grey", linestyle=":", linewidth=1)
        ax.plot([best], [value], "o", color=color, label=f"best: {value:.4g} in epoch {best}")
    ax.set_xlabel("epoch")
    ax.set_ylabel("loss")
    _set_loss_limits(ax, [v for n in ("loss", "val_loss") for v in history.history.get(n, [])])
    ax.legend(frameon=False)
    tidy(ax)
    return ax


def compare(
    histories: Mapping[str, Curves], ax: Any = None, metric: str = "loss", log: bool = False
) -> Any:
    """Draw one curve of several fits into one picture: optimizers or learning rates compared.

    Parameters
    ----------
    histories : dict of str to History
        Label to fit, in the legend's order.
    ax : matplotlib.axes.Axes, optional
        Where to draw; None makes a new figure.
    metric : str, default "loss"
        A name in their ``history``: "loss", "val_loss", "accuracy" ...
    log : bool, default False
        A logarithmic axis; good for losses that fall over decades.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    ImportError
        Without matplotlib.
    ValueError
        If there is nothing to compare, or a fit has not recorded `metric`.
    TypeError
        If an argument is of another kind.

    Examples
    --------
    >>> import fusedmlp as fm
    >>> slow, fast = (fm.History([0, 1], {"loss": curve}) for curve in ([3, 2.5], [3, 1]))
    >>> ax = fm.plotting.compare({"slow": slow, "fast": fast})             # doctest: +SKIP
    """
    if not isinstance(histories, Mapping):
        raise TypeError(f"compare: histories must be a dict of names to History, got {histories!r}")
    if not histories:
        raise ValueError("compare: histories must hold at least one History")
    for name, history in histories.items():
        check_kind(history, Curves, "compare", f"histories[{name!r}]", "a History")
        metric = choice(metric, f"compare: histories[{name!r}]", "metric", tuple(history.history))
    flag(log, "compare", "log")
    ax = axes_of(ax, "compare")
    for k, (name, history) in enumerate(histories.items()):
        # Dashes let a curve show that lies below the next.
        ax.plot(
            history.epochs,
            history.history[metric],
            "--" if k and k % 2 == 0 else "-",
            color=COLORS[k % len(COLORS)],
            label=name,
        )
    ax.set_xlabel("epoch")
    ax.set_ylabel(metric.replace("val_", "validation "))
    if log:
        ax.set_yscale("log")
    elif metric.endswith("loss"):
        # A curve that explodes shall not flatten all others.
        starts = [h.history[metric][0] for h in histories.values()]
        _set_loss_limits(ax, [v for h in histories.values() for v in h.history[metric]], starts)
    # Many names find no room among the curves.
    place = {"loc": "center left", "bbox_to_anchor": (1.0, 0.5)} if len(histories) > 4 else {}
    ax.legend(framealpha=0.8, edgecolor="none", fontsize="small", **place)
    tidy(ax)
    return ax


def _set_loss_limits(ax: Any, values: list[float], starts: list[float] | None = None) -> None:
    """Losses begin at 0 unless one is negative, and end not far above where they started."""
    finite = np.array([v for v in values if np.isfinite(v)])
    if not finite.size:
        return
    if finite.min() >= 0:
        ax.set_ylim(bottom=0)
    if starts:
        top = 1.5 * float(np.median([v for v in starts if np.isfinite(v)] or [finite.max()]))
        if finite.max() > top > 0:
            ax.set_ylim(top=top)
