"""The members of a table's ensemble: trained side by side, asked together."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..checks.arrays import Array
from ..initializers import fit_to_data
from ..many import fit_many
from ..optim import AdamW
from ..sequential import Sequential
from ..table import Encoder
from ..threads import get_num_threads
from ..training.callbacks import Callback
from .clock import Clock, schedules
from .folds import Rows
from .keep import KeepBest
from .network import make_network
from .settings import Settings

Score = Callable[[Any], float]
_BETAS = 0.9, 0.95


def train_members(
    encoder: Encoder,
    settings: Settings,
    X: Array,
    y: Array,
    *,
    loss: Any,
    outputs: int,
    train: Sequence[Rows],
    held: Sequence[Rows],
    seed: int,
    weights: Array | None = None,
    scores: Sequence[Score] | None = None,
    max_seconds: float | None = None,
    callbacks: Callable[[int], list[Callback]] = lambda k: [],
    progress: bool | str = False,
) -> tuple[list[Sequential], list[KeepBest]]:
    """Return the nets, each with the weights of its best epoch, and what was best about it."""
    seeds = np.random.default_rng(seed).integers(0, 2**31, len(train)).tolist()
    threads = get_num_threads()
    rounds = math.ceil(len(train) / threads)
    deadline = None if max_seconds is None else _Deadlines(max_seconds, rounds, threads)
    models, optimizers, scales, chosen, kept = [], [], [], [], []
    for k, rows in enumerate(train):
        model = make_network(encoder, settings.of_member(k), outputs, seeds[k])
        fit_to_data(model, X[rows])
        clock = Clock(settings.epochs * math.ceil(len(rows) / settings.batch_size),
                      settings.epochs, deadline)  # fmt: skip
        lr, decay, dropout = schedules(clock, settings.learning_rate_init, settings.weight_decay)
        keep = KeepBest(None if scores is None else scores[k])
        models.append(model)
        optimizers.append(AdamW(lr, _BETAS, weight_decay=decay))
        scales.append(dropout)
        chosen.append([clock, keep, *callbacks(k)])
        kept.append(keep)
    fit_many(
        models, X, y, loss=loss, optimizers=optimizers, epochs=settings.epochs,
        batch_size=settings.batch_size, rows=list(train), validation_rows=list(held),
        seeds=seeds, sample_weight=weights, callbacks=chosen, dropout_scale=scales,
        max_seconds=None if max_seconds is None else max_seconds / rounds,
        progress=progress,
    )  # fmt: skip
    return models, kept


class _Deadlines:
    """Share the time that is left among the rounds of members that have not begun."""

    def __init__(self, max_seconds: float, rounds: int, threads: int) -> None:
        self.end = time.monotonic() + max_seconds
        self.rounds, self.threads, self.begun = rounds, threads, 0

    def __call__(self) -> float:
        now = time.monotonic()
        left = self.rounds - self.begun // self.threads
        self.begun += 1
        return now + (self.end - now) / max(1, left)


def member_outputs(models: Sequence[Sequential], X: Array) -> NDArray[np.float32]:
    """Return the outputs of every member for every row, (members, rows, outputs)."""
    return np.stack([model.predict(X) for model in models])
