"""Random generators that follow from a model's seed."""

from __future__ import annotations

import numpy as np


def layer_generator(seed: int, position: int) -> np.random.Generator:
    """Return the generator of one parameter's first values: a stream of its own."""
    return np.random.default_rng([position, seed])
