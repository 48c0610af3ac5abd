"""What a classifier of two inputs says everywhere in the plane."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ..checks.arrays import Array, raw_array
from ..checks.numbers import integer
from .figures import COLORS, axes_of
from .protocols import Predictor, check_kind


def decision_boundary(
    model: Predictor, X: ArrayLike, y: ArrayLike, ax: Any = None, *, resolution: int = 300
) -> Any:
    """Colour the plane by the model's classes, with the data on top.

    Parameters
    ----------
    model : Sequential
        With 2 inputs, and logits as outputs: one for two classes, else one per class.
    X : array_like, shape (n, 2)
    y : array_like of int, shape (n,) or (n, 1)
        Class indices; for one logit 0 and 1, or -1 and +1.
    ax : matplotlib.axes.Axes, optional
        Where to draw; None makes a new figure.
    resolution : int, default 300
        Points along each side.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    ImportError
        Without matplotlib.
    ValueError
        If the model has not 2 inputs, or X and y do not fit together.

    Examples
    --------
    >>> import numpy as np, fusedmlp as fm
    >>> X, y = np.eye(2), np.array([0, 1])
    >>> model = fm.MLP([2, 2], seed=0)
    >>> ax = fm.plotting.decision_boundary(model, X, y)                    # doctest: +SKIP
    """
    what = "decision_boundary"
    check_kind(model, Predictor, what, "model", "a Sequential")
    points = raw_array(X, what, "X").astype(np.float64)
    labels = raw_array(y, what, "y").reshape(-1)
    if model.in_features != 2 or points.ndim != 2 or points.shape[1] != 2:
        raise ValueError(
            f"{what}: model must have 2 inputs and X the shape (n, 2), got {model.in_features} "
            f"inputs and X of shape {points.shape}"
        )
    if len(labels) != len(points) or not len(points):
        raise ValueError(
            f"{what}: y must have shape ({len(points)},) to match X, got {np.shape(y)}"
        )
    count = integer(resolution, what, "resolution", low=2, high=4000)
    ax = axes_of(ax, what, 5.2, 4.4)
    xs, ys = (_range(points[:, k], count) for k in (0, 1))
    grid = np.stack(np.meshgrid(xs, ys), axis=-1).reshape(-1, 2)
    share = _probabilities(model.predict(grid).astype(np.float64)).reshape(count, count, -1)
    # The fuller the colour, the surer the model.
    ax.imshow(
        _blend(share), extent=(xs[0], xs[-1], ys[0], ys[-1]), origin="lower", aspect="auto",
        interpolation="bilinear",
    )  # fmt: skip
    winner = share.argmax(axis=-1)
    for k in range(share.shape[-1]):
        lead = share[..., k] - np.delete(share, k, axis=-1).max(axis=-1)
        # A model that is undecided everywhere draws a line around each rounding error.
        if (winner == k).any() and (winner != k).any() and np.abs(lead).max() > 1e-3:
            ax.contour(xs, ys, lead, levels=[0.0], colors="black",
                       linewidths=1.0)  # fmt: skip
    for k, label in enumerate(np.unique(labels)):
        at = labels == label
        index = int(label) if label >= 0 and labels.min() >= 0 else k
        ax.scatter(
            points[at, 0], points[at, 1], s=28, color=COLORS[index % len(COLORS)],
            edgecolors="white", linewidths=0.8, label=f"class {label:g}", zorder=3,
        )  # fmt: skip
    if len(np.unique(labels)) > 1:
        ax.legend(frameon=True, framealpha=0.8, fontsize="small")
    ax.set_xlim(xs[0], xs[-1])
    ax.set_ylim(ys[0], ys[-1])
    return ax


def _range(values: Array, count: int) -> Array:
    low, high = float(values.min()), float(values.max())
    margin = 0.15 * (high - low) or 1.0
    return np.linspace(low - margin, high + margin, count)


def _probabilities(z: Array) -> Array:
    """Softmax of the logits; one logit z per row stands for (0, z)."""
    if z.shape[1] == 1:
        z = np.hstack([np.zeros_like(z), z])
    e = np.exp(z - z.max(axis=1, keepdims=True))
    probabilities: Array = e / e.sum(axis=1, keepdims=True)
    return probabilities


def _blend(share: Array) -> Array:
    """Mix the classes' colours by their probabilities, paled so that points stand out."""
    from matplotlib.colors import to_rgb

    colors = np.array([to_rgb(COLORS[k % len(COLORS)]) for k in range(share.shape[-1])])
    paled: Array = 1.0 - 0.45 * (1.0 - share @ colors)
    return paled
