"""Rows to train on and rows held out for validation."""

from __future__ import annotations

import numpy as np

from ..checks.arrays import Array


def split_rows(
    n: int, fraction: float, rng: np.random.Generator, classes: Array | None
) -> tuple[Array, Array]:
    """Return sorted indices of the rows to train on and of those held out.

    With `classes` every class gives the same share, up to rounding.
    """
    held = np.zeros(n, dtype=bool)
    groups = [np.arange(n)] if classes is None else _by_class(classes)
    # Cut the shuffled groups, laid end to end, at even steps: shares round fairly over all classes.
    laid = np.concatenate([rng.permutation(g) for g in groups])
    count = min(max(1, round(n * fraction)), n - 1) if n > 1 else 0
    held[laid[(np.arange(count) * n + n // 2) // max(1, count)]] = True
    return np.flatnonzero(~held), np.flatnonzero(held)


def _by_class(classes: Array) -> list[Array]:
    order = np.argsort(classes, kind="stable")
    cuts = np.flatnonzero(np.diff(classes[order])) + 1
    return list(np.split(order, cuts))
