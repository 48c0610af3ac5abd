"""From settings to a net, its optimizer and its penalty: in Python, and as lines of a script."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .. import optim, schedules
from ..checks.arrays import Array
from ..checks.numbers import number
from ..core.catalogue import OPTIMIZERS
from ..initializers import resolve_auto
from ..layers import Activation, BatchNorm, Dense, Dropout, Layer, LayerNorm
from ..sequential import Sequential
from .settings import Settings, takes


def layers_of(settings: Settings, outputs: int) -> list[Layer]:
    """Return the layers of a net that is built here.

    Examples
    --------
    >>> from fusedmlp.playground.nets import layers_of
    >>> from fusedmlp.playground.settings import Settings
    >>> layers_of(Settings(hidden=(4,), activations=("relu",), dropout=0.1), 1)
    [Dense(units=4, activation='relu'), Dropout(p=0.1), Dense(units=1)]
    """
    layers: list[Layer] = []
    for units, activation in zip(settings.hidden, settings.activations, strict=True):
        if settings.norm == "none":
            layers.append(Dense(units, activation, weight_init=settings.init))
        else:
            rule = resolve_auto(activation) if settings.init == "auto" else settings.init
            # A batch norm takes a bias away again.
            layers.append(Dense(units, bias=settings.norm != "batch", weight_init=rule))
            layers.append(BatchNorm() if settings.norm == "batch" else LayerNorm())
            layers.append(Activation(activation))
        if settings.dropout > 0:
            layers.append(Dropout(settings.dropout))
    layers.append(Dense(outputs, weight_init=settings.init))
    return layers


def net_of(settings: Settings, inputs: int, outputs: int) -> Sequential:
    """Return a net with its first weights."""
    return Sequential(layers_of(settings, outputs), in_features=inputs, seed=settings.seed)


def optimizer_of(settings: Settings, steps_per_epoch: int) -> optim.Optimizer:
    """Return a new optimizer."""
    title, options = optimizer_options(settings)
    options["lr"] = rate_of(settings, steps_per_epoch)
    made: optim.Optimizer = getattr(optim, title)(**options)
    return made


def optimizer_options(settings: Settings) -> tuple[str, dict[str, Any]]:
    """Return the class of the optimizer and its options, but for the learning rate."""
    options = {
        name: getattr(settings, name)
        for name in ("weight_decay", "momentum")
        if takes(settings.optimizer, name)
    }
    return OPTIMIZERS[settings.optimizer].title, options


def rate_call(settings: Settings, steps_per_epoch: int) -> tuple[str, dict[str, Any]]:
    """Return the schedule of the learning rate as a name and its arguments."""
    rate, steps = settings.learning_rate, settings.schedule_epochs * steps_per_epoch
    calls: dict[str, dict[str, Any]] = {
        "constant": {},
        "cosine": {"lr": rate, "steps": steps},
        "step": {"lr": rate, "step_size": max(1, steps // 4), "gamma": 0.5},
        "exponential": {"lr": rate, "gamma": 0.1, "steps": steps},
        "one_cycle": {"max_lr": rate, "steps": steps},
    }
    return settings.schedule, calls[settings.schedule]


def rate_of(settings: Settings, steps_per_epoch: int) -> Any:
    """Return the learning rate: a number or a schedule."""
    name, arguments = rate_call(settings, steps_per_epoch)
    if name == "constant":
        return settings.learning_rate
    return getattr(schedules, name)(**arguments)


def l1_penalty(model: Sequential, strength: float) -> Callable[[Array], None]:
    """Return what adds the slope of ``strength * sum(|weights|)`` to a gradient.

    For ``fit(on_gradient=...)``. Biases and norm parameters are left out.

    Examples
    --------
    >>> import numpy as np, fusedmlp as fm
    >>> from fusedmlp.playground.nets import l1_penalty
    >>> model = fm.MLP([1, 1], seed=0)
    >>> model.theta = [-2.0, 3.0]
    >>> gradient = np.zeros(2, np.float32)
    >>> l1_penalty(model, 0.5)(gradient)
    >>> gradient
    array([-0.5,  0. ], dtype=float32)
    """
    strength = number(strength, "l1_penalty", "strength", low=0.0)
    if not isinstance(model, Sequential) or model.in_features is None:
        raise TypeError(f"l1_penalty: model must be a built Sequential, got {model!r}")
    theta = model.theta
    counted = np.zeros_like(theta)
    for segment in model.segments:
        counted[segment.begin : segment.end] = strength * (segment.decay != 0)

    def add(gradient: Array) -> None:
        gradient += counted * np.sign(theta)

    return add
