"""Layers on arrays, and clipping."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from bad_values import (
    EPS,
    NOT_NEGATIVE,
    SHARE,
    flag,
    inplace,
    integer,
    name,
    needed_array,
    output,
    shaped,
    without,
)
from fusedmlp import functional as F

from .call import Arguments, Call, floats


def _norm() -> Arguments:
    return {"x": floats(5, 3), "gamma": floats(3), "beta": floats(3)}


def calls() -> Iterator[Call]:
    def out(*shape: int) -> Any:
        return np.zeros(shape, np.float32)

    for title in ("softmax", "log_softmax"):
        yield Call(
            title,
            getattr(F, title),
            lambda: {"x": floats(3, 4), "out": out(3, 4)},
            {"x": needed_array, "out": output},
        )
        yield Call(
            f"{title}_backward",
            getattr(F, f"{title}_backward"),
            lambda: {"dy": floats(3, 4), "y": floats(3, 4), "out": out(3, 4)},
            {"dy": needed_array, "y": shaped, "out": output},
        )
    yield Call(
        "dense",
        F.dense,
        lambda: {"x": floats(5, 4), "W": floats(4, 3), "b": floats(3), "out": out(5, 3)},
        {"x": needed_array, "W": shaped, "b": shaped, "activation": name(), "out": output},
    )
    yield Call(
        "dense_backward",
        F.dense_backward,
        lambda: {"dy": floats(5, 3), "x": floats(5, 4), "W": floats(4, 3)},
        {"dy": shaped, "x": shaped, "W": shaped, "need_dx": flag},
    )
    yield Call(
        "dropout",
        F.dropout,
        lambda: {"x": floats(5, 4), "p": 0.5, "seed": 1, "step": 0, "out": out(5, 4)},
        {
            "x": needed_array,
            "p": SHARE,
            "seed": integer(-1, 2**63),
            "step": integer(-1, 2**64),
            "out": output,
        },
    )
    yield Call(
        "dropout_backward",
        F.dropout_backward,
        lambda: {"dy": floats(5, 4), "mask": floats(5, 4) > 0, "p": 0.5, "out": out(5, 4)},
        {"dy": needed_array, "p": SHARE, "out": output},
    )
    yield Call(
        "layer_norm",
        F.layer_norm,
        lambda: {**_norm(), "out": out(5, 3)},
        {"x": needed_array, "gamma": shaped, "beta": shaped, "eps": EPS, "out": output},
    )
    yield Call(
        "layer_norm_backward",
        F.layer_norm_backward,
        lambda: {"dy": floats(5, 3), "x": floats(5, 3), "gamma": floats(3)},
        {"dy": shaped, "x": shaped, "gamma": shaped, "eps": EPS},
    )
    yield Call(
        "batch_norm",
        F.batch_norm,
        lambda: {
            **_norm(),
            "running_mean": np.zeros(3, np.float32),
            "running_var": np.ones(3, np.float32),
            "training": True,
            "out": out(5, 3),
        },
        {
            "x": needed_array,
            "gamma": shaped,
            "beta": shaped,
            "running_mean": output,
            "running_var": output,
            "training": flag,
            "momentum": SHARE,
            "eps": EPS,
            "out": output,
        },
    )
    yield Call(
        "batch_norm_backward",
        F.batch_norm_backward,
        lambda: {
            "dy": floats(5, 3),
            "x": floats(5, 3),
            "gamma": floats(3),
            "running_mean": floats(3),
            "running_var": np.ones(3, np.float32),
        },
        {
            "dy": shaped,
            "x": shaped,
            "gamma": shaped,
            "running_mean": shaped,
            "running_var": shaped,
            "training": flag,
            "eps": EPS,
        },
    )
    yield Call(
        "clip_grad_norm_",
        F.clip_grad_norm_,
        lambda: {"g": floats(6), "max_norm": 1.0},
        {"g": inplace, "max_norm": without(NOT_NEGATIVE, "inf")},
    )
    yield Call(
        "clip_grad_value_",
        F.clip_grad_value_,
        lambda: {"g": floats(6), "limit": 1.0},
        {"g": inplace, "limit": NOT_NEGATIVE},
    )
