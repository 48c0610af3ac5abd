"""The data sets of the playground: points in the square [-3, 3] x [-3, 3] and what to learn there.

Each is a function of its name, the number of samples, the noise and the seed alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..checks.arrays import float_array
from ..checks.numbers import choice, integer, number
from .limits import HALF_WIDTH, SAMPLES, SEED

Points = NDArray[np.float32]
Target = NDArray[Any]
_Random = np.random.Generator
_Drawn = tuple[NDArray[np.float64], NDArray[Any]]  # points, and the class or value of each


class _Dataset(NamedTuple):
    title: str
    classes: int  # 0: a regression
    draw: Callable[[int, float, _Random], _Drawn]


def _circle(n: int, noise: float, rng: _Random) -> _Drawn:
    inside = np.arange(n) % 2
    radius = np.where(inside == 1, 1.2 * np.sqrt(rng.random(n)), rng.uniform(1.8, 2.8, n))
    angle = rng.uniform(0, 2 * np.pi, n)
    points = np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)
    return points + rng.normal(0, noise, (n, 2)), inside


def _xor(n: int, noise: float, rng: _Random) -> _Drawn:
    points = rng.uniform(0.15, 2.7, (n, 2)) * rng.choice([-1.0, 1.0], (n, 2))
    label = points[:, 0] * points[:, 1] < 0
    return points + rng.normal(0, noise, (n, 2)), label


def _gaussians(n: int, noise: float, rng: _Random) -> _Drawn:
    label = np.arange(n) % 2
    centre = np.where(label == 1, 1.2, -1.2)[:, None]
    return centre + rng.normal(0, 0.4 + noise, (n, 2)), label


def _arms(n: int, noise: float, rng: _Random, arms: int) -> _Drawn:
    label = np.arange(n) % arms
    way = np.linspace(0.05, 1.0, n)
    turns = 3.5 if arms == 2 else 2.2
    angle = turns * np.pi * way + 2 * np.pi * label / arms
    points = 2.7 * way[:, None] * np.stack([np.sin(angle), np.cos(angle)], axis=1)
    return points + rng.normal(0, noise, (n, 2)), label


def _spiral(n: int, noise: float, rng: _Random) -> _Drawn:
    return _arms(n, noise, rng, 2)


def _spiral3(n: int, noise: float, rng: _Random) -> _Drawn:
    return _arms(n, noise, rng, 3)


def _moons(n: int, noise: float, rng: _Random) -> _Drawn:
    label = np.arange(n) % 2
    angle = rng.uniform(0, np.pi, n)
    upper = np.stack([np.cos(angle) - 0.5, np.sin(angle) - 0.25], axis=1)
    lower = np.stack([0.5 - np.cos(angle), 0.25 - np.sin(angle)], axis=1)
    points = 1.6 * np.where(label[:, None] == 1, lower, upper)
    return points + rng.normal(0, noise, (n, 2)), label


def _checkerboard(n: int, noise: float, rng: _Random) -> _Drawn:
    points = rng.uniform(-2.8, 2.8, (n, 2))
    label = np.floor(points / 1.4).sum(axis=1) % 2
    return points + rng.normal(0, noise, (n, 2)), label


def _plane(n: int, noise: float, rng: _Random) -> _Drawn:
    points = rng.uniform(-2.8, 2.8, (n, 2))
    return points, points.sum(axis=1) / 5.6 + rng.normal(0, noise, n)


def _waves(n: int, noise: float, rng: _Random) -> _Drawn:
    points = rng.uniform(-2.8, 2.8, (n, 2))
    height = np.sin(1.8 * points[:, 0]) * np.cos(1.8 * points[:, 1])
    return points, height + rng.normal(0, noise, n)


DATASETS: dict[str, _Dataset] = {
    "circle": _Dataset("Circle", 2, _circle),
    "xor": _Dataset("XOR", 2, _xor),
    "gaussians": _Dataset("Gaussians", 2, _gaussians),
    "spiral": _Dataset("Spiral", 2, _spiral),
    "moons": _Dataset("Two moons", 2, _moons),
    "checkerboard": _Dataset("Checkerboard", 2, _checkerboard),
    "spiral3": _Dataset("Spiral, 3 classes", 3, _spiral3),
    "plane": _Dataset("Plane", 0, _plane),
    "waves": _Dataset("Waves", 0, _waves),
}

FEATURES: dict[str, Callable[[Points], Points]] = {
    "x1": lambda p: p[:, 0],
    "x2": lambda p: p[:, 1],
    "x1^2": lambda p: p[:, 0] ** 2,
    "x2^2": lambda p: p[:, 1] ** 2,
    "x1*x2": lambda p: p[:, 0] * p[:, 1],
    "sin(2*x1)": lambda p: np.sin(2 * p[:, 0]),
    "sin(2*x2)": lambda p: np.sin(2 * p[:, 1]),
}


def make(name: str, samples: int = 500, noise: float = 0.1, seed: int = 0) -> tuple[Points, Target]:
    """Return the points of a data set, and the class or value of each.

    Parameters
    ----------
    name : one of ``DATASETS``
    samples : int, default 500
    noise : float, default 0.1
        Standard deviation of what is added to the points; of a regression, to the values.
    seed : int, default 0

    Returns
    -------
    points : float32 array, shape (samples, 2)
    target : int64 classes of shape (samples,), or float32 values of shape (samples, 1)

    Examples
    --------
    >>> from fusedmlp.playground.datasets import make
    >>> points, classes = make("xor", samples=200)
    >>> points.shape, sorted(set(classes.tolist()))
    ((200, 2), [0, 1])
    """
    name = choice(name, "make", "name", tuple(DATASETS))
    samples = integer(samples, "make", "samples", low=SAMPLES[0], high=SAMPLES[1])
    noise = number(noise, "make", "noise", low=0.0)
    seed = integer(seed, "make", "seed", high=SEED)
    dataset = DATASETS[name]
    points, found = dataset.draw(samples, noise, np.random.default_rng(seed))
    shown: Points = np.clip(points, -HALF_WIDTH, HALF_WIDTH).astype(np.float32)
    if dataset.classes:
        return shown, found.astype(np.int64)
    return shown, found.astype(np.float32)[:, None]


def features(points: Points, names: Sequence[str]) -> Points:
    """Return the network's inputs: a column for each name of ``FEATURES``.

    Examples
    --------
    >>> import numpy as np
    >>> from fusedmlp.playground.datasets import features
    >>> features(np.array([[1, 2]], np.float32), ["x1", "x2", "x1*x2"])
    array([[1., 2., 2.]], dtype=float32)
    """
    points = float_array(points, "features", "points", dtype=np.float32, ndim=2)
    if points.shape[1] != 2:
        raise ValueError(f"features: points must have shape (n, 2), got {points.shape}")
    if isinstance(names, str) or not isinstance(names, Sequence):
        raise TypeError(f"features: names must be a list of names, got {names!r}")
    if not names:
        raise ValueError(f"features: names must hold one of {', '.join(FEATURES)} at least")
    columns = [FEATURES[choice(n, "features", "names", tuple(FEATURES))](points) for n in names]
    return np.ascontiguousarray(np.stack(columns, axis=1), dtype=np.float32)


def split(rows: int, share: float, seed: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return which rows train and which test, at least one each.

    Examples
    --------
    >>> from fusedmlp.playground.datasets import split
    >>> train, test = split(10, 0.7, seed=0)
    >>> len(train), len(test)
    (7, 3)
    """
    rows = integer(rows, "split", "rows", low=2)
    share = number(share, "split", "share", low=0.0, high=1.0)
    seed = integer(seed, "split", "seed", high=SEED)
    order = np.random.default_rng([seed, 1]).permutation(rows)
    cut = min(max(round(share * rows), 1), rows - 1)
    return np.sort(order[:cut]), np.sort(order[cut:])
