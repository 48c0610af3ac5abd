"""Models with what each of them is trained by: checked, and as runs or as orders to workers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from inspect import signature
from typing import Any

import numpy as np

from ..checks.arrays import Array
from ..checks.seeds import resolve_seed
from ..optim import Optimizer
from ..sequential import Sequential
from ..training.callbacks import Callback
from ..training.options import metric_list
from ..training.prepare import prepare_run
from ..training.run import Run
from .each import each, each_array, each_callbacks, each_optimizer, each_rows, refuse_twice
from .tasks import Tasks, part_of

Net = tuple[Sequential, Optimizer, list[Callback]]
# Of a run, but not one for all or one each, like all its other options.
_OWN = ("callbacks", "metrics", "num_threads", "doctor")


def checked_models(models: Sequence[Sequential], function: str) -> list[Sequential]:
    """Return models as a list: at least one, and each object once."""
    if isinstance(models, Sequential) or not isinstance(models, Iterable):
        raise TypeError(f"{function}: models must be a list of Sequential, got {models!r}")
    chosen = list(models)
    if not chosen:
        raise ValueError(f"{function}: models must hold at least one model, got none")
    for k, model in enumerate(chosen):
        if not isinstance(model, Sequential):
            raise TypeError(f"{function}: models[{k}] must be a Sequential, got {model!r}")
    refuse_twice(chosen, function, "models", "each trains by itself; copy() one of them")
    return chosen


class Nets:
    """The arguments of ``fit_many``, one of each for every model.

    Parameters
    ----------
    models : list of Sequential
    rows : int
        Of the data.
    given : dict
        What ``fit_many`` was given, by name.
    function : str
        For messages.
    """

    def __init__(
        self, models: list[Sequential], rows: int, given: dict[str, Any], function: str
    ) -> None:
        count = len(models)
        self.models, self.function = models, function
        self.optimizers = each_optimizer(given["optimizers"], count, function)
        self.callbacks = each_callbacks(given["callbacks"], count, function)
        self.losses = each(given["loss"], count, function, "loss")
        self.options = {
            name: each(given[name], count, function, name)
            for name in signature(prepare_run).parameters
            if name in given and name not in _OWN
        }
        self.seeds = [
            None if seed is None else resolve_seed(seed, function)
            for seed in each(given["seeds"], count, function, "seeds")
        ]
        self.weights = each_array(given["sample_weight"], count, function, "sample_weight")
        self.rows = each_rows(given["rows"], count, rows, function, "rows")
        self.held = each_rows(given["validation_rows"], count, rows, function, "validation_rows")
        self.shared = {
            "metrics": metric_list(given["metrics"], function),
            "doctor": given["doctor"],
        }

    def runs(self, tasks: Tasks, num_threads: int, poll: Callable[[], object]) -> list[Run]:
        """Return the fit of each model, ready to begin; everything about it is checked."""
        return [self._run(k, tasks, num_threads, poll) for k in range(len(self.models))]

    def _run(self, k: int, tasks: Tasks, num_threads: int, poll: Callable[[], object]) -> Run:
        model, where = self.models[k], f"{self.function}: models[{k}]"
        task = tasks.of(model, self.losses[k], self.weights[k], where)
        held = self.held[k]
        return prepare_run(
            model,
            part_of(task, self.rows[k], where, "rows"),
            None if held is None else part_of(task, held, where, "validation_rows"),
            optimizer=self.optimizers[k],
            callbacks=self.callbacks[k],
            seed=self.seeds[k],
            **{name: values[k] for name, values in self.options.items()},
            **self.shared,
            num_threads=num_threads,
            poll=poll,
            show=model._show_history,
            writer=model._write_run,
            function=where,
        )

    def orders(self) -> tuple[list[tuple[Net, dict[str, Any]]], dict[str, Array]]:
        """Return each model with its arguments of a ``fit_many`` of its own, and the arrays of
        weights, for which these arguments hold names."""
        arrays: dict[str, Array] = {}
        names: dict[int, str] = {}
        orders = []
        for k, net in enumerate(zip(self.models, self.optimizers, self.callbacks, strict=True)):
            weights = self.weights[k]
            if weights is not None and id(weights) not in names:
                names[id(weights)] = f"weights {len(arrays)}"
                arrays[names[id(weights)]] = np.asarray(weights)
            # Lists of one: a value that is a list itself is then not taken for one each.
            alone = {
                "loss": [self.losses[k]],
                "seeds": [self.seeds[k]],
                "rows": [self.rows[k]],
                "validation_rows": [self.held[k]],
                **{name: [values[k]] for name, values in self.options.items()},
            }
            named = {"sample_weight": names.get(id(weights))}
            orders.append((net, {**alone, **self.shared, **named}))
        return orders, arrays
