"""Everything that can be set in the page, checked: data, network and training."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from ..checks.numbers import choice, integer, number
from ..core.catalogue import ACTIVATIONS, OPTIMIZERS
from ..initializers import INITIALIZERS
from .datasets import DATASETS, FEATURES
from .limits import CLASSES, HALF_WIDTH, LAYERS, POINTS, SAMPLES, SEED, UNITS

SCHEDULES = ("constant", "cosine", "step", "exponential", "one_cycle")
NORMS = ("none", "batch", "layer")
OWN = ("drawn", "table")  # data sets that are not made
NETWORKS = ("built", "given")
# A change of one of these keeps the weights and goes on training.
LIVE = ("optimizer", "learning_rate", "schedule", "schedule_epochs", "batch_size", "weight_decay",
        "l1", "momentum", "speed", "plane")  # fmt: skip


@dataclass(frozen=True)
class Settings:
    """The settings of one net and its training.

    `plane` says which plane of a table's inputs the picture shows: "pca", or "3,0" for two columns.
    `speed` is epochs a second, 0 for as many as there are.
    """

    dataset: str = "circle"
    samples: int = 500
    noise: float = 0.1
    data_seed: int = 0
    train_share: float = 0.7
    points: tuple[tuple[float, float, int], ...] = ()
    target: str = ""
    plane: str = "pca"
    network: str = "built"
    features: tuple[str, ...] = ("x1", "x2")
    hidden: tuple[int, ...] = (8, 8)
    activations: tuple[str, ...] = ("tanh", "tanh")
    dropout: float = 0.0
    norm: str = "none"
    init: str = "auto"
    seed: int = 0
    optimizer: str = "adam"
    learning_rate: float = 0.01
    schedule: str = "constant"
    schedule_epochs: int = 500
    batch_size: int = 32
    weight_decay: float = 0.0
    l1: float = 0.0
    momentum: float = 0.0
    speed: float = 60.0

    def to_dict(self) -> dict[str, Any]:
        """Return plain values, for JSON."""
        return asdict(self)

    def changed(self, changes: Mapping[str, Any]) -> Settings:
        """Return these settings with checked changes.

        Raises
        ------
        ValueError, TypeError
            For a name that is none, or a value of the wrong kind or out of range.
        """
        unknown = sorted(str(name) for name in changes if name not in _CHECKS)
        if unknown:
            raise ValueError(f"settings: there is no {unknown[0]!r}")
        checked = {name: _CHECKS[name](value, name) for name, value in changes.items()}
        new = replace(self, **checked)
        if "activations" not in checked and len(new.activations) != len(new.hidden):
            last = new.activations[-1:] or ("tanh",)
            grown = (*new.activations, *last * len(new.hidden))[: len(new.hidden)]
            new = replace(new, activations=grown)
        if len(new.activations) != len(new.hidden):
            raise ValueError(
                f"settings: activations must name one for each of the {len(new.hidden)} hidden "
                f"layers, got {len(new.activations)}"
            )
        return new

    def differs_beyond(self, other: Settings) -> bool:
        """Whether more differs than what can change while the net trains."""
        pairs = ((getattr(self, f.name), getattr(other, f.name)) for f in _FIXED)
        return any(mine != others for mine, others in pairs)


_FIXED = [f for f in fields(Settings) if f.name not in LIVE]


def takes(optimizer: str, option: str) -> bool:
    """Whether an optimizer has an option such as "momentum"."""
    return option in OPTIMIZERS[optimizer].options


_Check = Callable[[Any, str], Any]


def _one_of(options: tuple[str, ...]) -> _Check:
    return lambda value, name: choice(value, "settings", name, options)


def _whole(low: int, high: int) -> _Check:
    return lambda value, name: integer(value, "settings", name, low=low, high=high)


def _real(low: float, high: float, open_high: bool = False) -> _Check:
    def check(value: Any, name: str) -> float:
        return number(value, "settings", name, low=low, high=high, open_high=open_high)

    return check


def _list_of(check: _Check, low: int, high: int) -> _Check:
    def checked(value: Any, name: str) -> tuple[Any, ...]:
        if not isinstance(value, list | tuple) or not low <= len(value) <= high:
            raise ValueError(f"settings: {name} must be a list of {low} to {high}, got {value!r}")
        return tuple(check(item, f"{name}[{i}]") for i, item in enumerate(value))

    return checked


def _point(value: Any, name: str) -> tuple[float, float, int]:
    if not isinstance(value, list | tuple) or len(value) != 3:
        raise ValueError(f"settings: {name} must be [x1, x2, class], got {value!r}")
    place = _real(-HALF_WIDTH, HALF_WIDTH)
    return place(value[0], name), place(value[1], name), _whole(0, CLASSES - 1)(value[2], name)


def _text(value: Any, name: str) -> str:
    if not isinstance(value, str) or len(value) > 200:
        raise ValueError(f"settings: {name} must be a short text, got {str(value)[:50]!r}")
    return value


def _plane(value: Any, name: str) -> str:
    text = _text(value, name)
    parts = text.split(",")
    pair = len(parts) == 2 and all(p.isascii() and p.isdigit() and len(p) < 5 for p in parts)
    if text != "pca" and not pair:
        raise ValueError(f'settings: {name} must be "pca" or two columns as "0,1", got {text!r}')
    return text


def _distinct(value: Any, name: str) -> tuple[str, ...]:
    names: tuple[str, ...] = _list_of(_one_of(tuple(FEATURES)), 1, len(FEATURES))(value, name)
    if len(set(names)) < len(names):
        raise ValueError(f"settings: {name} must name each input once, got {list(names)}")
    return names


_CHECKS: dict[str, _Check] = {
    "dataset": _one_of((*DATASETS, *OWN)),
    "samples": _whole(*SAMPLES),
    "noise": _real(0.0, 1.0),
    "data_seed": _whole(0, SEED),
    "train_share": _real(0.1, 0.9),
    "points": _list_of(_point, 0, POINTS),
    "target": _text,
    "plane": _plane,
    "network": _one_of(NETWORKS),
    "features": _distinct,
    "hidden": _list_of(_whole(1, UNITS), 0, LAYERS),
    "activations": _list_of(_one_of(tuple(ACTIVATIONS)), 0, LAYERS),
    "dropout": _real(0.0, 0.9),
    "norm": _one_of(NORMS),
    "init": _one_of(tuple(INITIALIZERS)),
    "seed": _whole(0, SEED),
    "optimizer": _one_of(tuple(OPTIMIZERS)),
    "learning_rate": _real(1e-8, 100.0),
    "schedule": _one_of(SCHEDULES),
    "schedule_epochs": _whole(1, 10**6),
    "batch_size": _whole(1, 4096),
    "weight_decay": _real(0.0, 10.0),
    "l1": _real(0.0, 10.0),
    "momentum": _real(0.0, 1.0, open_high=True),
    "speed": _real(0.0, 1e6),
}
