"""Models: how they are made, and their passes."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

import fusedmlp as fm
from bad_values import SHARE, SIZE, flag, name, output, sequence, shaped, without

from .call import DTYPES, FEW_ROWS, SEED, Call, floats, model, passed
from .layers import LAYERS

_SIZES = sequence(
    ("5", TypeError),
    (None, TypeError),
    (3, TypeError),
    ([4], ValueError),
    ([], ValueError),
    ([4, 0], ValueError),
    ([4, -1], ValueError),
    ([4, True], TypeError),
    ([4, 3.0], TypeError),
    ([4, "5"], TypeError),
    ([2**31, 4], ValueError),
    ([4, 2**64], ValueError),
    ({4, 3}, TypeError),
)


def _models() -> Iterator[Call]:
    yield Call(
        "MLP",
        fm.MLP,
        lambda: {"sizes": [4, 5, 3]},
        {
            "sizes": _SIZES,
            "activation": name(None),
            "output_activation": name(),
            "dropout": SHARE,
            "norm": name(),
        },
    )
    yield Call("Sequential", fm.MLP, lambda: {"sizes": [4, 5, 3]}, {"dtype": DTYPES, "seed": SEED})
    yield Call(
        "Sequential",
        fm.Sequential,
        lambda: {"layers": [fm.Dense(3)]},
        {"layers": LAYERS, "in_features": without(SIZE, "None"), "dtype": DTYPES, "seed": SEED},
    )
    yield Call(
        "Sequential.build",
        fm.Sequential.build,
        lambda: {"self": fm.Sequential([fm.Dense(3)], seed=0), "in_features": 3},
        {"in_features": SIZE},
    )


def _passes() -> Iterator[Call]:
    inputs = without(shaped, *FEW_ROWS)
    for make in (model, passed):  # without and with the short way for exact arrays
        yield Call(
            "forward",
            fm.Sequential.forward,
            lambda make=make: {"self": make(), "x": floats(5, 4)},
            {"x": inputs, "training": flag},
        )
        yield Call(
            "predict",
            fm.Sequential.predict,
            lambda make=make: {
                "self": make(),
                "X": floats(5, 4),
                "out": np.zeros((5, 3), np.float32),
            },
            {"X": inputs, "out": output, "batch_size": without(SIZE, "None")},
        )
        yield Call(
            "predict_one",
            fm.Sequential.predict_one,
            lambda make=make: {"self": make(), "x": floats(4), "out": np.zeros(3, np.float32)},
            {"x": shaped, "out": output},
        )
        yield Call(
            "input_gradient",
            fm.Sequential.input_gradient,
            lambda make=make: {"self": make(), "X": floats(5, 4), "dy": floats(5, 3)},
            {"X": inputs, "dy": shaped},
        )
        yield Call(
            "jacobian",
            fm.Sequential.jacobian,
            lambda make=make: {"self": make(), "X": floats(5, 4)},
            {"X": inputs},
        )
    yield Call(
        "backward",
        fm.Sequential.backward,
        lambda: {"self": passed(), "dy": floats(5, 3)},
        {"dy": shaped, "need_dx": flag},
    )


def calls() -> Iterator[Call]:
    yield from _models()
    yield from _passes()
