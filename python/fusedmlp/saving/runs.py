"""A fit in a file: everything that :meth:`Sequential.fit` needs to go on to the same bits."""

from __future__ import annotations

import json
from copy import deepcopy
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np

from ..checks.arrays import Array
from ..checks.numbers import integer
from ..checks.seeds import resolve_seed
from ..core.exceptions import CheckpointError
from ..layers import Built
from ..losses.loss import Loss
from ..model.passes import Passes
from ..optim import Optimizer
from ..training.callbacks import Callback
from ..training.history import History
from ..training.run import Run
from ..training.task import Task
from .files import check_writable, write_atomically
from .format import RUN
from .models import pack, unpack

_FORMAT = 1
_SCHEDULED = {"lr", "weight_decay"}  # options of an optimizer that may be code
# What damaged content may raise; values nested a thousand deep end the recursion.
_DAMAGED = (
    KeyError, ValueError, TypeError, AttributeError, OverflowError, IndexError, RecursionError,
)  # fmt: skip


def save_run(run: Run, model: Passes, next_epoch: int, path: str | PathLike[str]) -> None:
    """Write `run` as it stands before epoch `next_epoch`."""
    arrays: dict[str, Array] = {}
    optimizer = run.optimizer.state_dict()
    for key in _SCHEDULED & set(optimizer["options"]):
        if callable(optimizer["options"][key]):
            optimizer["options"][key] = None  # code is not saved: the resumed fit brings it
    states = {key: state for key, c in _named(run.callbacks).items() if (state := c.state_dict())}
    content = {
        "format": _FORMAT,
        "next_epoch": next_epoch,
        "seed": run.seed,
        "settings": settings_of(run.task, run),
        "history": run.history.to_dict(),
        "optimizer": _detached(optimizer, "optimizer", arrays),
        "callbacks": _detached(states, "callbacks", arrays),
    }
    try:
        text = json.dumps(content)
    except (TypeError, ValueError) as error:
        raise TypeError(
            f"Checkpoint: a callback's state_dict must hold arrays and what JSON can: {error}"
        ) from error
    write_atomically(Path(path), pack(model, "Checkpoint", text, arrays))


class RunWriter:
    """Writes the files of a model's fits, for :class:`Run`."""

    def __init__(self, model: Passes) -> None:
        self._model = model

    def __call__(self, run: Run, next_epoch: int, path: str | PathLike[str]) -> None:
        """Write `run` as it stands before epoch `next_epoch`."""
        save_run(run, self._model, next_epoch, path)

    def check(self, path: str | PathLike[str]) -> None:
        """Raise the OSError that writing to `path` would raise; the file stays as it is."""
        check_writable(path, "Checkpoint")


class SavedRun:
    """A checkpoint that was read and is known to be whole.

    Parameters
    ----------
    path : path-like

    Raises
    ------
    CheckpointError
        If the file is damaged, no fusedmlp file, or holds a model without a fit.
    """

    def __init__(self, path: str | PathLike[str]) -> None:
        self.path = path
        self.model: Passes
        self.model, text, arrays = unpack(path, "fit: resume_from")
        if text is None:
            raise CheckpointError(
                f"fit: resume_from={str(path)!r} holds a model, but no fit to go on with; load it "
                "with fm.load"
            )
        try:
            content = json.loads(text)
            if content["format"] != _FORMAT:
                raise CheckpointError(
                    f"fit: {path} holds a fit of format {content['format']!r}, this version reads "
                    f"{_FORMAT}"
                )
            self.next_epoch = integer(content["next_epoch"], "run", "next_epoch", low=1)
            seed = content["seed"]
            self.seed: int | None = None if seed is None else resolve_seed(seed, "run")
            self.settings = dict(content["settings"])
            self.history = History.from_dict(content["history"])
            self.optimizer = dict(_attached(content["optimizer"], arrays))
            self.options = dict(self.optimizer["options"])
            self.callbacks = dict(_attached(content["callbacks"], arrays))
            if self.next_epoch != len(self.history.epochs):
                raise ValueError(f"epoch {self.next_epoch} does not follow its history")
        except CheckpointError:
            raise
        except _DAMAGED as error:
            raise CheckpointError(f"fit: {path} holds no valid fit: {error!r}") from error

    @property
    def split_seed(self) -> int:
        """Seed of the validation split: the fit's own, or the model's."""
        return self.model.seed if self.seed is None else self.seed

    def check(self, model: Passes, task: Task, run: Run) -> Optimizer:
        """Refuse to go on with another model, data set or settings; return the optimizer as it was
        saved."""
        loaded, wanted = self.model, settings_of(task, run)
        for what, saved, now in (
            ("inputs", loaded.in_features, task.x.shape[1]),
            ("dtype", loaded.dtype, model.dtype),
            *((key, value, wanted.get(key)) for key, value in self.settings.items()),
        ):
            if saved != now:
                raise ValueError(
                    f"fit: resume_from={str(self.path)!r} was saved with {what} {saved!r}, "
                    f"got {now!r}"
                )
        if run.epochs < self.next_epoch:
            raise ValueError(
                f"fit: epochs counts from the beginning of the run, of which "
                f"resume_from={str(self.path)!r} has {self.next_epoch} behind it, got {run.epochs}"
            )
        width = task.x.shape[1]
        if _specs(loaded.planned(width)) != _specs(model.planned(width)):
            raise ValueError(
                f"fit: resume_from={str(self.path)!r} was saved with the layers "
                f"{list(loaded.layers)}, got {list(model.layers)}"
            )
        if run.seed not in (None, self.seed):
            raise ValueError(
                f"fit: resume_from={str(self.path)!r} was saved with seed {self.seed}, "
                f"got {run.seed}; leave seed out to go on with the saved one"
            )
        missing = set(self.callbacks) - set(_named(run.callbacks))
        if missing:
            raise ValueError(
                f"fit: resume_from={str(self.path)!r} holds the state of "
                f"{', '.join(sorted(missing))}: pass these callbacks again"
            )
        return self._optimizer(run.optimizer)

    def _optimizer(self, given: Optimizer) -> Optimizer:
        """Return a copy of `given` in the saved state."""
        options = dict(self.options)
        for key in sorted(_SCHEDULED & set(options)):
            saved, now = options[key], getattr(given, key, None)
            if (saved is None) != callable(now):
                kind = "a schedule" if saved is None else "a number"
                raise ValueError(
                    f"fit: resume_from={str(self.path)!r} was saved with {kind} as {key}, "
                    f"got {now!r}"
                )
            if saved is None:
                options[key] = now
        try:
            if "betas" in options:
                options["betas"] = tuple(options["betas"])
            new = deepcopy(given)
            new.load_state_dict({**self.optimizer, "options": options})
            found = set(new.state)
            new.prepare(self.model.theta)
            if set(new.state) != found:
                raise ValueError("arrays of the optimizer are missing")
        except _DAMAGED as error:
            raise CheckpointError(f"fit: {self.path} holds no valid fit: {error}") from error
        return new

    def restore(self, model: Passes, run: Run, optimizer: Optimizer) -> None:
        """Bring model, callbacks and optimizer to where the fit was saved."""
        callbacks = _named(run.callbacks)
        for key, state in self.callbacks.items():
            try:
                callbacks[key].load_state_dict(state)
            except _DAMAGED as error:
                raise CheckpointError(
                    f"fit: {self.path} holds no valid state of {key}: {error!r}"
                ) from error
        run.optimizer.load_state_dict(optimizer.state_dict())
        model.theta[:], model.buffers[:] = self.model.theta, self.model.buffers
        model.seed = self.model.seed
        model.epochs_trained = self.model.epochs_trained
        model.steps_trained = self.model.steps_trained
        run.seed = self.seed


# Settings of the engine that change no bits, or that a file cannot hold.
_MAY_DIFFER = ("num_threads", "on_gradient", "on_part", "parts", "poll")


def settings_of(task: Task, run: Run) -> dict[str, Any]:
    """Return what must be the same for a resumed fit to reach the same bits."""
    return {
        "rows": task.size,
        "loss": repr(task.loss) if isinstance(task.loss, Loss) else "custom",
        "optimizer": run.optimizer.name,
        "shuffle": run.shuffle,
        "dropout_scale": "a schedule" if callable(run.dropout_scale) else run.dropout_scale,
        **{key: value for key, value in run.settings.items() if key not in _MAY_DIFFER},
    }


def _named(callbacks: list[Callback]) -> dict[str, Callback]:
    """Return callbacks under their classes' names, numbered where a class comes twice."""
    named: dict[str, Callback] = {}
    for callback in callbacks:
        name = type(callback).__name__
        same = sum(type(c).__name__ == name for c in named.values())
        named[f"{name} {same + 1}" if same else name] = callback
    return named


def _specs(plan: Built) -> list[Any]:
    return [op.spec for op in plan.ops]


def _detached(value: Any, name: str, arrays: dict[str, Array]) -> Any:
    """Return `value` with its arrays moved to `arrays` and named in their places."""
    if isinstance(value, np.ndarray):
        arrays[name] = value
        return {RUN: name}
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, dict):
        return {key: _detached(item, f"{name}.{key}", arrays) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_detached(item, f"{name}.{i}", arrays) for i, item in enumerate(value)]
    return value


def _attached(value: Any, arrays: dict[str, Array]) -> Any:
    """Return what :func:`_detached` was given, tuples as lists."""
    if isinstance(value, dict):
        if set(value) == {RUN}:
            return arrays[value[RUN]]
        return {key: _attached(item, arrays) for key, item in value.items()}
    if isinstance(value, list):
        return [_attached(item, arrays) for item in value]
    return value
