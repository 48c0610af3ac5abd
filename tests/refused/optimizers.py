"""Optimizers and schedules as objects."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

import fusedmlp as fm
from bad_values import NOT_NEGATIVE, POSITIVE, SHARE, SIZE, flag, name, sequence, without

from .call import Call
from .steps import RULES

_OPTIMIZER_NUMBERS = {
    "SGD": "sgd",
    "Adagrad": "adagrad",
    "Adadelta": "adadelta",
    "RMSprop": "rmsprop",
    "Adam": "adam",
    "AdamW": "adamw",
    "Adamax": "adamax",
    "NAdam": "nadam",
    "RAdam": "radam",
    "Lion": "lion",
    "Rprop": "rprop",
}


def _optimizers() -> Iterator[Call]:
    rate = without(NOT_NEGATIVE, repr(print))  # a callable is a schedule
    for title, rule in _OPTIMIZER_NUMBERS.items():
        kinds = {"lr": rate, **RULES[rule][1]}
        kinds.pop("first", None)
        if rule != "rprop":
            kinds |= {"weight_decay": rate, "decay_all": flag}
        if rule == "adagrad":
            kinds["initial_accumulator_value"] = NOT_NEGATIVE
        yield Call(title, getattr(fm.optim, title), dict, kinds)


def _schedules() -> Iterator[Call]:
    s, gamma = fm.schedules, {"lr": NOT_NEGATIVE, "gamma": NOT_NEGATIVE}
    end = {"lr": NOT_NEGATIVE, "steps": SIZE, "eta_min": NOT_NEGATIVE}
    for call, good, kinds in (
        (s.constant, {}, {"lr": NOT_NEGATIVE}),
        (s.step, {"step_size": 3}, {**gamma, "step_size": SIZE}),
        (
            s.multistep,
            {"milestones": [3]},
            {
                **gamma,
                "milestones": sequence(
                    ([-1], ValueError),
                    ([1.0], TypeError),
                    (["a"], TypeError),
                    (3, TypeError),
                    (None, TypeError),
                ),
            },
        ),
        (s.exponential, {"gamma": 0.5}, {**gamma, "steps": SIZE}),
        (s.inverse_time, {"gamma": 0.5}, {**gamma, "steps": SIZE, "power": NOT_NEGATIVE}),
        (s.polynomial, {"steps": 3}, {**end, "power": NOT_NEGATIVE}),
        (s.cosine, {"steps": 3}, end),
        (s.cosine_restarts, {"steps": 3}, {**end, "multiply": SIZE}),
        (s.coslog, {"steps": 3}, {"lr": NOT_NEGATIVE, "steps": SIZE}),
        (s.flat_cosine, {"steps": 3}, {"lr": NOT_NEGATIVE, "steps": SIZE}),
    ):
        yield Call(call.__name__, call, lambda good=good: {"lr": 0.1, **good}, kinds)
    yield Call(
        "one_cycle",
        s.one_cycle,
        lambda: {"max_lr": 0.1, "steps": 9},
        {
            "max_lr": NOT_NEGATIVE,
            "steps": SIZE,
            "pct_start": SHARE,
            "div_factor": POSITIVE,
            "final_div_factor": POSITIVE,
            "anneal": name(None),
        },
    )
    yield Call(
        "warmup",
        s.warmup,
        lambda: {"after": s.constant(0.1), "steps": 3},
        {
            "after": sequence(("cosine", TypeError), (None, TypeError), (-1.0, ValueError)),
            "steps": SIZE,
            "start": NOT_NEGATIVE,
        },
    )
    for call in (s.constant(0.1), s.cosine(0.1, 5), s.step(0.1, 2)):
        yield Call(
            type(call).__name__,
            call,
            lambda: {"step": np.arange(4)},
            {
                "step": sequence(
                    (-1, ValueError),
                    ("1", TypeError),
                    (None, TypeError),
                    ([np.nan], ValueError),
                    (1j, TypeError),
                )
            },
        )


def calls() -> Iterator[Call]:
    yield from _optimizers()
    yield from _schedules()
