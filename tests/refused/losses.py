"""Losses on arrays."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from bad_values import (
    POSITIVE,
    classes,
    name,
    needed_array,
    number,
    sequence,
    shaped,
    weights,
    without,
)
from fusedmlp import functional as F

from .call import Call, floats

LOSS_NUMBERS = {
    "huber": {"delta": POSITIVE},
    "quantile": {"q": without(number(0.0, 1.0, -0.5, 1.5), "[0.5]", repr(np.ones(2)))},
    "cross_entropy": {
        "label_smoothing": number(-0.1, 1.5),
        "class_weight": sequence(
            ("balanced", TypeError),
            ({5: 1.0}, ValueError),
            ({-1: 1.0}, ValueError),
            ({"a": 1}, TypeError),
            ([1.0, 1.0], ValueError),
            ([1.0, -1.0, 1.0], ValueError),
            ([1.0, np.nan, 1.0], ValueError),
            ({0: -1.0}, ValueError),
            ({0: "1"}, TypeError),
            ([0.0, 0.0, 0.0], ValueError),
        ),
    },
}


def calls() -> Iterator[Call]:
    for loss in F.LOSSES:
        for title in (loss, f"{loss}_value_and_grad"):
            yield Call(
                title,
                getattr(F, title),
                lambda loss=loss: {
                    "pred": floats(4, 3),
                    "target": np.array([0, 2, 1, 2])
                    if loss == "cross_entropy"
                    else np.sign(floats(4, 3))
                    if loss == "hinge"
                    else floats(4, 3, low=0.0),
                    "sample_weight": np.ones(4),
                },
                {
                    "pred": needed_array,
                    "target": classes if loss == "cross_entropy" else shaped,
                    "sample_weight": weights,
                    "reduction": name(None),
                    **LOSS_NUMBERS.get(loss, {}),
                },
            )
