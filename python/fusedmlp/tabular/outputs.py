"""What the members say to rows of numbers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ..checks.arrays import Array
from ..sequential import Sequential


def member_outputs(models: Sequence[Sequential], X: Array) -> NDArray[np.float32]:
    """Return the outputs of every member for every row, (members, rows, outputs)."""
    result = np.empty((len(models), len(X), models[0].out_features), dtype=np.float32)
    for model, out in zip(models, result, strict=True):
        model.predict(X, out=out)
    return result
