"""The weight matrices of a model as pictures."""

from __future__ import annotations

from typing import Any

import numpy as np

from .figures import grid_of_axes, pyplot
from .protocols import Parameters, check_kind


def weights(model: Parameters) -> list[Any]:
    """Draw each weight matrix as a heat map: inputs downwards, units to the right.

    Parameters
    ----------
    model : Sequential

    Returns
    -------
    list of matplotlib.axes.Axes
        One for each matrix, in one new figure. White is 0; each has its own scale.

    Raises
    ------
    ImportError
        Without matplotlib.
    ValueError
        If the model is not built, or has no weight matrix.

    Examples
    --------
    >>> import fusedmlp as fm
    >>> axes = fm.plotting.weights(fm.MLP([4, 8, 2], seed=0))              # doctest: +SKIP
    """
    check_kind(model, Parameters, "weights", "model", "a Sequential")
    matrices = {name: value for name, value in model.parameters().items() if value.ndim == 2}
    if not matrices:
        raise ValueError("weights: the model has no weight matrix")
    axes = grid_of_axes(len(matrices), 3, 3.2, 2.8)
    for ax, (name, matrix) in zip(axes, matrices.items(), strict=True):
        # The very largest weights would leave all others pale.
        limit = float(np.quantile(np.abs(matrix), 0.99)) or 1.0
        image = ax.imshow(matrix, cmap="RdBu_r", vmin=-limit, vmax=limit, aspect="auto",
                          interpolation="nearest")  # fmt: skip
        ax.set_title(f"{name}  {matrix.shape[0]} x {matrix.shape[1]}", fontsize=9)
        ax.set_xlabel("unit", fontsize=8)
        ax.set_ylabel("input", fontsize=8)
        ax.tick_params(labelsize=7)
        bar = pyplot().colorbar(image, ax=ax, shrink=0.9)
        bar.ax.tick_params(labelsize=7)
    return axes
