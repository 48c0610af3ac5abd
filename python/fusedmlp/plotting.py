"""Pictures, with matplotlib (``pip install fusedmlp[plot]``)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .history import History


def new_axes() -> Any:
    """Return the axes of a new figure, or say which package is missing."""
    try:
        from matplotlib import pyplot
    except ImportError as error:
        raise ImportError(
            "plots need matplotlib, which is not installed: pip install fusedmlp[plot]"
        ) from error
    return pyplot.figure(figsize=(6.4, 4.0), layout="constrained").add_subplot()


def history_curves(history: History, ax: Any = None) -> Any:
    """Draw training and validation loss over the epochs, the best epoch marked.

    Parameters
    ----------
    history : History
    ax : matplotlib.axes.Axes, optional
        Where to draw; None makes a new figure.

    Returns
    -------
    matplotlib.axes.Axes
    """
    ax = new_axes() if ax is None else ax
    for name, label in (("loss", "training"), ("val_loss", "validation")):
        if name in history.history:
            ax.plot(history.epochs, history.history[name], label=label)
    best = history.best_epoch
    if best is not None:
        ax.axvline(best, color="grey", linestyle=":", label=f"best epoch {best}")
    ax.set_xlabel("epoch")
    ax.set_ylabel("loss")
    ax.set_ylim(bottom=0)
    ax.legend()
    return ax
