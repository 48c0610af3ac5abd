"""Which rows each member trains on, and which it is measured on."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.int64]
_FEWEST = 5


def member_rows(
    n: int, members: int, fraction: float, classes: Rows | None, seed: int
) -> tuple[list[Rows], list[Rows]]:
    """Return, for each member, the rows to train on and the held-out ones.

    The rows are cut into 1 / `fraction` folds, with every class in equal shares, and members hold
    out one fold after the other, then those of another cut: so every row is trained on by most
    members, and held out by about as many as every other. Of less than 5 rows nothing is held out.
    """
    if n < _FEWEST:
        return [np.arange(n)] * members, [np.arange(n)] * members
    folds = max(2, min(n, round(1.0 / fraction)))
    rng = np.random.default_rng(seed)
    train, held = [], []
    for k in range(members):
        if k % folds == 0:
            fold = _cut(n, folds, classes, rng)
        out = fold == k % folds
        train.append(np.flatnonzero(~out))
        held.append(np.flatnonzero(out))
    return train, held


def _cut(n: int, folds: int, classes: Rows | None, rng: np.random.Generator) -> Rows:
    order = rng.permutation(n)
    if classes is not None:
        order = order[np.argsort(classes[order], kind="stable")]
    fold = np.empty(n, dtype=np.int64)
    fold[order] = np.arange(n) % folds
    return fold
