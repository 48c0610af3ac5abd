"""What a net learns: inputs, target, which rows train and test, and the plane that is shown."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .datasets import DATASETS, features, make, split
from .limits import HALF_WIDTH
from .settings import Settings
from .sheet import Sheet

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Problem:
    """Data ready to be learned and drawn.

    Attributes
    ----------
    X, y : what ``fit`` takes; classes are int64 (n,), values float32 (n, 1)
    points : float32, shape (n, 2), in the square of the picture
    train, test : rows
    classes : names of the classes; none for a regression
    inputs : names of the network's inputs
    from_plane : gives the network's inputs for points of the picture
    """

    X: Floats
    y: NDArray[Any]
    points: Floats
    train: NDArray[np.int64]
    test: NDArray[np.int64]
    classes: tuple[str, ...]
    inputs: tuple[str, ...]
    axes: tuple[str, str]
    from_plane: Callable[[Floats], Floats]
    sheet: Sheet | None = None  # where the rows come from, if they are the user's own

    @property
    def outputs(self) -> int:
        """Outputs of a net built for this: one for two classes and for a regression."""
        return len(self.classes) if len(self.classes) > 2 else 1


def loss_of(problem: Problem, outputs: int) -> str:
    """Return the loss for a net with so many outputs."""
    if not problem.classes:
        return "mse"
    return "binary_cross_entropy" if outputs == 1 else "cross_entropy"


def target_of(problem: Problem, outputs: int) -> NDArray[Any]:
    """Return the target in the form that the loss takes for a net with so many outputs."""
    if problem.classes and outputs == 1:
        return problem.y.astype(np.float32)[:, None]
    return problem.y


def problem_of(settings: Settings, sheet: Sheet | None) -> Problem:
    """Return the data of some settings.

    Raises
    ------
    ValueError
        If there is no table where one is asked for, or too few points are drawn.
    """
    if settings.dataset == "table":
        if sheet is None:
            raise ValueError("there is no table yet: drop a CSV file on the page")
        return _of_sheet(settings, sheet)
    if settings.dataset == "drawn":
        y: NDArray[Any]
        points, y, classes = drawn(settings.points)
    else:
        points, y = make(settings.dataset, settings.samples, settings.noise, settings.data_seed)
        classes = tuple(str(k) for k in range(DATASETS[settings.dataset].classes))
    train, test = split(len(points), settings.train_share, settings.data_seed)
    names = settings.features
    return Problem(
        features(points, names), y, points, train, test, classes, names, ("x1", "x2"),
        lambda plane: features(plane, names),
    )  # fmt: skip


def drawn(
    points: tuple[tuple[float, float, int], ...],
) -> tuple[Floats, NDArray[np.int64], tuple[str, ...]]:
    """Return drawn points, the class of each, and the names of all classes from 0 on."""
    if len(points) < 4 or len({label for *_, label in points}) < 2:
        raise ValueError(
            "draw at least 4 points of at least 2 classes: choose a class, then click into the "
            "picture"
        )
    table = np.array(points, dtype=np.float64)
    y = table[:, 2].astype(np.int64)
    return table[:, :2].astype(np.float32), y, tuple(str(k) for k in range(int(y.max()) + 1))


def _of_sheet(settings: Settings, sheet: Sheet) -> Problem:
    X = sheet.inputs
    train, test = split(len(X), settings.train_share, settings.data_seed)
    centre = X.mean(axis=0)
    directions, axes = _plane(settings.plane, sheet, X - centre)
    flat = (X - centre) @ directions.T
    stretch = np.maximum(np.abs(flat).max(axis=0), 1e-6) / (0.9 * HALF_WIDTH)
    points = (flat / stretch).astype(np.float32)

    def from_plane(plane: Floats) -> Floats:
        # What the plane does not show stays at its mean.
        return np.ascontiguousarray((plane * stretch) @ directions + centre, dtype=np.float32)

    return Problem(X, sheet.target, points, train, test, sheet.classes, sheet.columns, axes,
                   from_plane, sheet)  # fmt: skip


def _plane(plane: str, sheet: Sheet, centred: Floats) -> tuple[Floats, tuple[str, str]]:
    """Return two directions, one in each row, and their names."""
    width = centred.shape[1]
    directions = np.zeros((2, width), dtype=np.float32)
    if plane == "pca" and width > 2:
        # The covariance is as wide as the inputs, however many rows there are.
        _, vectors = np.linalg.eigh(np.cov(centred.T.astype(np.float64)))
        return vectors.T[[-1, -2]].astype(np.float32), ("component 1", "component 2")
    pair = [0, min(1, width - 1)] if plane == "pca" else [int(part) for part in plane.split(",")]
    if max(pair) >= width:
        raise ValueError(f"plane: the table has {width} inputs, there is no number {max(pair)}")
    directions[0, pair[0]] = 1.0
    if pair[1] != pair[0]:  # a single column is drawn as a line
        directions[1, pair[1]] = 1.0
    return directions, (sheet.columns[pair[0]], sheet.columns[pair[1]])


@lru_cache(maxsize=4)
def square(side: int) -> Floats:
    """Return the points of a grid over the picture, row by row from the top."""
    steps = (np.arange(side) + 0.5) / side * 2 * HALF_WIDTH - HALF_WIDTH
    x, y = np.meshgrid(steps, steps[::-1])
    grid = np.ascontiguousarray(np.stack([x.ravel(), y.ravel()], axis=1), dtype=np.float32)
    grid.flags.writeable = False
    return grid
