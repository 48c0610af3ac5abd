"""Layers as objects, and losses as objects."""

from __future__ import annotations

from collections.abc import Iterator

import fusedmlp as fm
from bad_values import EPS, NOT_NEGATIVE, SHARE, SIZE, flag, name, sequence, without

from .activations import ACTIVATION_NUMBERS
from .call import Call
from .losses import LOSS_NUMBERS

_SCALES = {"lr_scale": NOT_NEGATIVE, "decay_scale": NOT_NEGATIVE}


LAYERS = sequence(
    (3, TypeError),
    (None, TypeError),
    ([], ValueError),
    (["relu"], TypeError),
    ([fm.Dense], TypeError),
    ([None], TypeError),
    ("Dense", TypeError),
)


def calls() -> Iterator[Call]:
    yield Call(
        "Dense",
        fm.Dense,
        lambda: {"units": 3},
        {
            "units": SIZE,
            "activation": name(),
            "bias": flag,
            "in_features": without(SIZE, "None"),
            "weight_init": without(name(None), repr(object)),
            "bias_init": without(name(None), repr(object)),
            "weight_scale": name(),
            "trainable_activation": flag,
            **_SCALES,
            "bias_lr_scale": NOT_NEGATIVE,
            "bias_decay_scale": NOT_NEGATIVE,
            "activation_lr_scale": NOT_NEGATIVE,
            "activation_decay_scale": NOT_NEGATIVE,
        },
    )
    yield Call("Activation", fm.Activation, lambda: {"name": "elu"}, {"name": name(None)})
    for title, numbers in ACTIVATION_NUMBERS.items():
        yield Call("Activation", fm.Activation, lambda title=title: {"name": title}, numbers)
    yield Call("Dropout", fm.Dropout, dict, {"p": SHARE})
    yield Call("BatchNorm", fm.BatchNorm, dict, {"momentum": SHARE, "eps": EPS, **_SCALES})
    yield Call("LayerNorm", fm.LayerNorm, dict, {"eps": EPS, **_SCALES})
    yield Call("Scale", fm.Scale, dict, _SCALES)
    yield Call("Residual", fm.Residual, lambda: {"layers": [fm.LayerNorm()]}, {"layers": LAYERS})
    columns = sequence(
        (3, TypeError),
        ("0", TypeError),
        ([0.0], TypeError),
        ([-1], ValueError),
        ([0, 0], ValueError),
        ([True], TypeError),
    )
    sizes = sequence(
        (3, TypeError),
        ([], ValueError),
        ([0], ValueError),
        ([3.0], TypeError),
        (["3"], TypeError),
        ([True], TypeError),
        (None, TypeError),
        ([2**40], ValueError),
    )
    yield Call(
        "CategoryEmbedding",
        fm.CategoryEmbedding,
        lambda: {"sizes": [3]},
        {"sizes": sizes, "dim": SIZE, "columns": columns, **_SCALES},
    )
    yield Call(
        "OneHot",
        fm.OneHot,
        lambda: {"sizes": [3]},
        {"sizes": sizes, "columns": columns, "skip_first": flag},
    )
    yield Call(
        "NumericEmbedding",
        fm.NumericEmbedding,
        dict,
        {
            "kind": name(None),
            "dim": SIZE,
            "columns": columns,
            "frequencies": without(SIZE, "None"),
            "frequency_scale": without(NOT_NEGATIVE, "None"),
            **_SCALES,
            "bias_decay_scale": NOT_NEGATIVE,
        },
    )
    yield Call("Loss", fm.Loss, lambda: {"name": "mse"}, {"name": name(None)})
    for title, numbers in LOSS_NUMBERS.items():
        kinds = {key: kind for key, kind in numbers.items() if key != "class_weight"}
        yield Call("Loss", fm.Loss, lambda title=title: {"name": title}, kinds)
