"""Small records that cross from Python to the kernels."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Doubles = NDArray[np.float64]
# A layer for the engine: its kind and its settings by name; see _core.pyi.
Op = tuple[str, dict[str, Any]]


class Segment(NamedTuple):
    """A stretch of theta: ``theta[begin:end]`` learns with `lr` times the step's learning rate and
    decays with `decay` times its weight decay. Segments are in order and cover theta.
    """

    begin: int
    end: int
    lr: float
    decay: float


class Steps(NamedTuple):
    """What varies by step: one number for each.

    `dropout` holds factors of every dropout probability (None: 1), `average_rates` how far the
    moving average goes towards theta after the step. `first_step` counts from 1, in the optimizer;
    `first_draw` is the position in the streams of random numbers. `loss_scales` are factors of the
    loss whose gradient is taken (None: 1).
    """

    learning_rates: Doubles
    weight_decays: Doubles
    dropout: Doubles | None
    average_rates: Doubles | None
    first_step: int
    first_draw: int
    loss_scales: Doubles | None = None
