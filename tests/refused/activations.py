"""Activations on arrays."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from bad_values import NOT_NEGATIVE, POSITIVE, needed_array, number, output, shaped
from fusedmlp import functional as F

from .call import Call, floats

ACTIVATION_NUMBERS = {
    "leaky_relu": {"negative_slope": number()},
    "elu": {"alpha": NOT_NEGATIVE},
    "celu": {"alpha": POSITIVE},
    "softplus": {"beta": POSITIVE},
    "hardtanh": {"min_val": number(), "max_val": number(-1.0, -2.0)},
}


def calls() -> Iterator[Call]:
    for title in F.ACTIVATIONS:
        numbers = ACTIVATION_NUMBERS.get(title, {})
        yield Call(
            title,
            getattr(F, title),
            lambda: {"x": floats(3, 4), "out": np.zeros((3, 4), np.float32)},
            {"x": needed_array, "out": output, **numbers},
        )
        yield Call(
            f"{title}_backward",
            getattr(F, f"{title}_backward"),
            lambda: {
                "dy": floats(3, 4),
                "x": floats(3, 4),
                "y": floats(3, 4),
                "out": np.zeros((3, 4), np.float32),
            },
            {"dy": needed_array, "x": shaped, "y": shaped, "out": output, **numbers},
        )
