"""Optimizers' steps on arrays."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from bad_values import NOT_NEGATIVE, SHARE, flag, inplace, integer, number, output, pair, shaped
from fusedmlp import functional as F

from .call import Arguments, Call, floats

_BETA = pair((1.0, 0.9), (0.9, 1.0))


RULES = {
    "sgd": (
        ("velocity",),
        {
            "momentum": NOT_NEGATIVE,
            "dampening": number(),
            "nesterov": flag,
            "lr_in_velocity": flag,
            "first": flag,
        },
    ),
    "adagrad": (("sum",), {"lr_decay": NOT_NEGATIVE, "eps": NOT_NEGATIVE}),
    "adadelta": (("square_avg", "acc_delta"), {"rho": SHARE, "eps": NOT_NEGATIVE}),
    "rmsprop": (
        ("square_avg", "velocity", "grad_avg"),
        {"alpha": SHARE, "eps": NOT_NEGATIVE, "momentum": NOT_NEGATIVE, "centered": flag},
    ),
    "adam": (
        ("m", "v", "vmax"),
        {"betas": _BETA, "eps": NOT_NEGATIVE, "amsgrad": flag, "epsilon_hat": flag},
    ),
    "adamw": (
        ("m", "v", "vmax"),
        {"betas": _BETA, "eps": NOT_NEGATIVE, "amsgrad": flag, "epsilon_hat": flag},
    ),
    "adamax": (("m", "u"), {"betas": _BETA, "eps": NOT_NEGATIVE}),
    "nadam": (
        ("m", "v"),
        {
            "betas": _BETA,
            "eps": NOT_NEGATIVE,
            "momentum_decay": NOT_NEGATIVE,
            "decoupled_weight_decay": flag,
        },
    ),
    "radam": (("m", "v"), {"betas": _BETA, "eps": NOT_NEGATIVE, "decoupled_weight_decay": flag}),
    "lion": (("m",), {"betas": _BETA}),
    "rprop": (("previous_grad", "step_size"), {"etas": pair(), "step_sizes": pair()}),
}


# Options under which every array of the state is used.
_ALL_STATE = {
    "sgd": {"momentum": 0.9},
    "rmsprop": {"momentum": 0.9, "centered": True},
    "adam": {"amsgrad": True},
    "adamw": {"amsgrad": True},
}


def calls() -> Iterator[Call]:
    for rule, (state, options) in RULES.items():

        def good(rule: str = rule, state: tuple[str, ...] = state) -> Arguments:
            arrays = {key: np.ones(6, np.float32) for key in state}
            extra = {"mu_product": np.ones(1)} if rule == "nadam" else {}
            count = {} if rule == "sgd" else {"step": 3}
            return {
                "p": floats(6),
                "g": floats(6),
                **arrays,
                **extra,
                **count,
                "lr": 0.1,
                **_ALL_STATE.get(rule, {}),
            }

        kinds = {
            "p": inplace,
            "g": shaped,
            **dict.fromkeys(state, output),
            "lr": NOT_NEGATIVE,
            "step": integer(0, -1, 2**64),
            "weight_decay": NOT_NEGATIVE,
            **options,
        }
        for key, missing in (("step", rule == "sgd"), ("weight_decay", rule == "rprop")):
            if missing:
                del kinds[key]
        yield Call(f"{rule}_step", getattr(F, f"{rule}_step"), good, kinds)
