"""A net and how far its training has come; what was done to it is kept, for the script."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..checks.arrays import Array
from ..core.exceptions import DivergedError
from ..sequential import Sequential
from .limits import ACTIONS
from .nets import l1_penalty, net_of, optimizer_of, rate_of
from .problem import Problem, loss_of, target_of
from .settings import LIVE, Settings, takes
from .steps import step, steps_of


@dataclass
class Action:
    """Something done since the last reset: "fit" (`count` epochs), "step" (`count` batches from
    `first` on), "edit" (a weight) or "change" (of the training settings), with the settings of that
    moment."""

    kind: str
    settings: Settings
    count: int = 0
    first: int = 0
    place: tuple[str, tuple[int, ...]] = ("", ())
    value: float = 0.0


class Trainer:
    """One net on one problem.

    Parameters
    ----------
    settings : Settings
    problem : Problem
    given : Sequential, optional
        A model to begin with, in place of one that is built from the settings; it is copied.
    """

    def __init__(
        self, settings: Settings, problem: Problem, given: Sequential | None = None
    ) -> None:
        if given is not None:
            self._fits(given, problem)
            self.model = given.copy()
        else:
            self.model = net_of(settings, problem.X.shape[1], problem.outputs)
        self.first, self.settings, self.problem = settings, settings, problem
        self.loss = loss_of(problem, self.model.out_features)
        target = target_of(problem, self.model.out_features)
        self.X, self.y = problem.X[problem.train], target[problem.train]
        self.X_test, self.y_test = problem.X[problem.test], target[problem.test]
        self.optimizer = optimizer_of(settings, self.steps)
        self.actions: list[Action] = []
        self.forgotten = False  # whether there were more actions than are kept
        self.begun = self.model.epochs_trained
        self.batch = 0  # the next one of the present epoch

    @staticmethod
    def _fits(model: Sequential, problem: Problem) -> None:
        wanted = [max(len(problem.classes), 1)] + [1] * (len(problem.classes) == 2)
        if model.in_features != problem.X.shape[1] or model.out_features not in wanted:
            raise ValueError(
                f"the given model has {model.in_features} inputs and {model.out_features} outputs, "
                f"the data need {problem.X.shape[1]} and {' or '.join(map(str, wanted))}"
            )

    @property
    def steps(self) -> int:
        """Batches of an epoch."""
        return self.steps_with(self.settings)

    def steps_with(self, settings: Settings) -> int:
        """Batches of an epoch with other settings."""
        return steps_of(self.model, len(self.X), settings.batch_size)

    @property
    def epoch(self) -> int:
        """Epochs since the reset."""
        return self.model.epochs_trained - self.begun

    def run(self, epochs: int) -> None:
        """Train whole epochs; an epoch that was begun batch by batch is ended first.

        Raises
        ------
        DivergedError
            If the loss is no longer finite; the weights are those of the last good epoch.
        """
        if self.batch:
            self.end_epoch()
        before = self.model.epochs_trained
        try:
            self.model.fit(
                self.X,
                self.y,
                loss=self.loss,
                optimizer=self.optimizer,
                epochs=epochs,
                batch_size=self.settings.batch_size,
                progress=False,
                on_gradient=self._penalty,
                doctor=False,
            )
        finally:
            self._did_fit(self.model.epochs_trained - before)

    def step(self) -> None:
        """Train one batch."""
        k, self.batch = self.batch, (self.batch + 1) % self.steps
        self._did_step(k)
        loss = step(
            self.model,
            self.X,
            self.y,
            k,
            loss=self.loss,
            optimizer=self.optimizer,
            batch_size=self.settings.batch_size,
            on_gradient=self._penalty,
        )
        if not math.isfinite(loss):
            raise DivergedError(f"the loss became {loss}; no step was made", loss=loss)

    def end_epoch(self) -> None:
        """Train the batches that the present epoch has left."""
        while self.batch:
            self.step()

    def edit(self, layer: int, row: int | None, column: int, value: float) -> None:
        """Set a weight, or without `row` a bias."""
        name = f"{layer}.{'bias' if row is None else 'weight'}"
        arrays = self.model.parameters()
        if name not in arrays:
            raise ValueError(f"edit: there is no {name}; the net has {', '.join(arrays)}")
        place = (column,) if row is None else (row, column)
        if any(not 0 <= k < n for k, n in zip(place, arrays[name].shape, strict=True)):
            raise ValueError(f"edit: {name} has shape {arrays[name].shape}, got place {place}")
        if not abs(value) <= float(np.finfo(np.float32).max):
            raise ValueError(f"edit: the value must be a finite number, got {value}")
        arrays[name][place] = value
        self._did(Action("edit", self.settings, place=(name, place), value=value))

    def change(self, settings: Settings) -> None:
        """Go on with other settings of the training; the net must be the same."""
        assert not settings.differs_beyond(self.settings)
        old, training = self.settings, [n for n in LIVE if n not in ("speed", "plane")]
        if self.batch and settings.batch_size != old.batch_size:
            self.end_epoch()
        self.settings = settings
        if all(getattr(settings, name) == getattr(old, name) for name in training):
            return
        if settings.optimizer != old.optimizer:
            self.optimizer = optimizer_of(settings, self.steps)
        else:
            self.optimizer.lr = rate_of(settings, self.steps)
            for name in ("weight_decay", "momentum"):
                if takes(settings.optimizer, name):
                    setattr(self.optimizer, name, getattr(settings, name))
        self._did(Action("change", settings))

    @property
    def _penalty(self) -> Callable[[Array], Any] | None:
        return l1_penalty(self.model, self.settings.l1) if self.settings.l1 else None

    def _did_fit(self, epochs: int) -> None:
        last = self.actions[-1] if self.actions else None
        if last is not None and last.kind == "fit":
            last.count += epochs
        elif epochs:
            self._did(Action("fit", self.settings, epochs))

    def _did_step(self, k: int) -> None:
        last = self.actions[-1] if self.actions else None
        if last is not None and last.kind == "step" and last.first + last.count == k:
            last.count += 1
        else:
            self._did(Action("step", self.settings, 1, k))

    def _did(self, action: Action) -> None:
        if len(self.actions) < ACTIONS:
            self.actions.append(action)
        else:
            self.forgotten = True
