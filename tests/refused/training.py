"""Training and measuring one model."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

import fusedmlp as fm
from bad_values import SIZE, classes, flag, integer, name, number, rows, sequence, weights, without

from .call import (
    CLASS_WEIGHT,
    CLIP,
    INPUTS,
    LOSS,
    METRICS,
    SEED,
    Arguments,
    Call,
    data,
    floats,
    model,
)

FIT = {
    "X": INPUTS,
    "y": classes,
    "sample_weight": weights,
    "loss": LOSS,
    "optimizer": name(None, fm.optim.Adam),
    "epochs": SIZE,
    "batch_size": SIZE,
    "shuffle": flag,
    "class_weight": CLASS_WEIGHT,
    "validation_split": number(-0.1, 1.0, 2.0),
    "metrics": METRICS,
    "callbacks": sequence(
        ([print], TypeError),
        ([3], TypeError),
        ([fm.callbacks.EMA], TypeError),
        (3, TypeError),
        (None, TypeError),
    ),
    "clip_grad_norm": without(CLIP, "inf"),
    "clip_grad_value": CLIP,
    "dropout_scale": without(number(-0.1, 1.5), repr(print)),
    "max_seconds": CLIP,
    "progress": sequence(("yes", TypeError), (1, TypeError), (None, TypeError)),
    "num_threads": without(integer(0, -1, 4097, 2**64), "None"),
    "seed": SEED,
    "on_gradient": sequence((3, TypeError), ("print", TypeError)),
    "doctor": flag,
    "validation_data": sequence(
        (3, TypeError),
        ((1,), TypeError),
        ("ab", TypeError),
        ((floats(2, 3), [0, 1]), ValueError),
        ((floats(2, 4), [0, 3]), ValueError),
        ((floats(2, 4), [0]), ValueError),
        ((floats(2, 4) * np.nan, [0, 1]), ValueError),
    ),
}


def calls() -> Iterator[Call]:
    yield Call(
        "fit",
        fm.Sequential.fit,
        lambda: {"self": model(), **data(), "loss": "cross_entropy", "epochs": 1},
        FIT,
        quick=False,
    )
    numbers = ("X", "y", "sample_weight")
    yield Call(
        "fit",
        fm.Sequential.fit,
        lambda: {
            "self": model(dropout=0.5),
            **data(),
            "y": floats(8, 3),
            "loss": "mse",
            "epochs": 1,
        },
        {**{key: FIT[key] for key in numbers}, "y": rows},
        quick=False,
    )
    for steps in (0, 2):  # without and with the short way for exact arrays

        def stepped(loss: str, y: Any, steps: int = steps) -> Arguments:
            data = {
                "self": model(),
                "x": floats(8, 4),
                "y": y,
                "loss": loss,
                "optimizer": fm.optim.Adam(),
            }
            for _ in range(steps):
                fm.Sequential.train_batch(**data)
            return {**data, "sample_weight": np.ones(8)}

        kinds = {
            "x": INPUTS,
            "sample_weight": weights,
            "loss": LOSS,
            "optimizer": name(None, fm.optim.Adam),
        }
        yield Call(
            "train_batch",
            fm.Sequential.train_batch,
            lambda s=stepped: s("cross_entropy", data()["y"]),
            {**kinds, "y": classes},
        )
        yield Call(
            "train_batch",
            fm.Sequential.train_batch,
            lambda s=stepped: s("mse", floats(8, 3)),
            {"x": INPUTS, "y": rows},
        )
    yield Call(
        "evaluate",
        fm.Sequential.evaluate,
        lambda: {"self": model(), **data(), "loss": "cross_entropy"},
        {
            "X": INPUTS,
            "y": classes,
            "sample_weight": weights,
            "loss": LOSS,
            "metrics": METRICS,
            "batch_size": SIZE,
        },
        quick=False,
    )
