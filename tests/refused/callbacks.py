"""Callbacks."""

from __future__ import annotations

from collections.abc import Iterator

import fusedmlp as fm
from bad_values import COUNT, NOT_NEGATIVE, SHARE, SIZE, flag, name, number, sequence

from .call import Call


def calls() -> Iterator[Call]:
    c = fm.callbacks
    mode = {"mode": name(None)}
    yield Call("EMA", c.EMA, lambda: {"decay": 0.9}, {"decay": SHARE, "warmup": flag})
    yield Call(
        "EarlyStopping",
        c.EarlyStopping,
        dict,
        {
            **mode,
            "patience": COUNT,
            "min_delta": NOT_NEGATIVE,
            "restore_best": flag,
            "monitor": sequence((3, TypeError), (None, TypeError)),
        },
    )
    yield Call(
        "ReduceLROnPlateau",
        c.ReduceLROnPlateau,
        dict,
        {
            **mode,
            "factor": number(-0.1, 1.5),
            "patience": COUNT,
            "min_delta": NOT_NEGATIVE,
            "cooldown": COUNT,
            "min_lr": NOT_NEGATIVE,
            "monitor": sequence((3, TypeError), (None, TypeError)),
        },
    )
    yield Call(
        "Checkpoint",
        c.Checkpoint,
        lambda: {"path": "m.safetensors"},
        {
            **mode,
            "every": SIZE,
            "path": sequence((None, TypeError), (3, TypeError), ("", ValueError)),
            "monitor": sequence((3, TypeError)),
        },
    )
    wrong = sequence((3, TypeError), ("print", TypeError))
    events = ("on_epoch_end", "on_epoch_begin", "on_train_begin", "on_train_end")
    yield Call("LambdaCallback", c.LambdaCallback, dict, dict.fromkeys(events, wrong))
    yield Call(
        "ProgressBar", c.ProgressBar, dict, {"show": sequence(("yes", TypeError), (1, TypeError))}
    )
