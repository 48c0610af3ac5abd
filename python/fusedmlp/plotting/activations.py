"""Every activation with its derivative."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .. import functional as F
from ..checks.numbers import choice, number
from .figures import COLORS, grid_of_axes, tidy


def activations(names: Sequence[str] | None = None, *, limit: float = 4.0) -> list[Any]:
    """Draw each activation and its derivative on [-limit, limit].

    Parameters
    ----------
    names : sequence of str, optional
        From ``fm.functional.ACTIVATIONS``; None draws all, with their default parameters.
    limit : float, default 4.0

    Returns
    -------
    list of matplotlib.axes.Axes
        One for each activation, in one new figure.

    Raises
    ------
    ImportError
        Without matplotlib.
    ValueError
        If there is no such activation.

    Examples
    --------
    >>> import fusedmlp as fm
    >>> axes = fm.plotting.activations(["relu", "tanh"])                   # doctest: +SKIP
    """
    if names is None:
        names = F.ACTIVATIONS
    if isinstance(names, str) or not isinstance(names, Sequence) or not names:
        raise TypeError(f"activations: names must be a list of names or None, got {names!r}")
    chosen = [choice(name, "activations", "names", F.ACTIVATIONS) for name in names]
    limit = number(limit, "activations", "limit", low=0.0, open_low=True)
    axes = grid_of_axes(len(chosen), 6, 1.9, 1.7)
    x = np.linspace(-limit, limit, 801)
    for ax, name in zip(axes, chosen, strict=True):
        slope = getattr(F, f"{name}_backward")(np.ones_like(x), x)
        # A jump is no line.
        slope[1:][np.abs(np.diff(slope)) > 0.1] = np.nan
        ax.axhline(0, color="grey", linewidth=0.6)
        ax.axvline(0, color="grey", linewidth=0.6)
        ax.plot(x, slope, color=COLORS[1], linewidth=1.2, label="derivative")
        ax.plot(x, getattr(F, name)(x), color=COLORS[0], linewidth=1.8, label="activation")
        ax.set_title(name, fontsize=9)
        ax.set_ylim(-1.4, 2.4)
        ax.set_xticks([-limit, 0, limit])
        ax.set_yticks([-1, 0, 1, 2])
        ax.tick_params(labelsize=7)
        tidy(ax)
    handles, labels = axes[0].get_legend_handles_labels()
    axes[0].figure.legend(handles[::-1], labels[::-1], loc="outside upper center", ncols=2,
                          frameon=False, fontsize=9)  # fmt: skip
    return axes
