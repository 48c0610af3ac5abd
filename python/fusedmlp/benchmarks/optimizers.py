"""Optimizer steps: bytes per second and time per parameter."""

from __future__ import annotations

import inspect
from functools import partial
from typing import Any

import numpy as np

from .. import optim
from ..core.catalogue import OPTIMIZERS
from ..core.memory import aligned_zeros
from ..core.records import Segment
from . import peers
from .cases import OURS, Benchmark, Case, Settings
from .timing import Call


def _row(name: str, **options: Any) -> tuple[type[optim.Optimizer], dict[str, Any], int]:
    """Return our class, options, and arrays read + arrays written per parameter.

    p is read and written, g read, and every state array read and written.
    """
    row = OPTIMIZERS[name]
    used = [state for state in row.state.values() if state.needs in (None, *options)]
    cls: type[optim.Optimizer] = getattr(optim, row.title)
    return cls, options, 3 + 2 * sum(not state.scalar for state in used)


ROWS = {name: _row(name) for name in OPTIMIZERS}
ROWS = {"sgd": ROWS["sgd"], "sgd momentum": _row("sgd", momentum=0.9), **ROWS}
_LARGE = 64 * 2**20
_USUALLY_LARGE = ("sgd", "adam")  # 64M parameters take seconds; the others with size "all"


class _Flat:
    """What an optimizer steps on: parameters and gradient as flat arrays."""

    def __init__(self, n: int, dtype: str) -> None:
        rng = np.random.default_rng(0)
        self.theta, self.grad = aligned_zeros(n, dtype), aligned_zeros(n, dtype)
        for array in (self.theta, self.grad):
            array[:] = rng.standard_normal(n, np.float32)
        self.segments = [Segment(0, n, 1.0, 1.0)]


def _torch_optimizer(torch: Any, kind: str, options: dict[str, Any], flat: _Flat) -> Any | None:
    """Return torch's optimizer on the same arrays, fused where it has that, else foreach."""
    cls = getattr(torch.optim, kind, None)
    if cls is None:
        return None
    p = torch.nn.Parameter(torch.from_numpy(flat.theta))
    p.grad = torch.from_numpy(flat.grad)
    way = "fused" if "fused" in inspect.signature(cls).parameters else "foreach"
    return cls([p], **options, **{way: True})


def _calls(settings: Settings, name: str, n: int) -> dict[str, Call]:
    cls, options, _ = ROWS[name]
    flat = _Flat(n, settings.dtype)
    calls = {OURS: Call(partial(cls(**options).step, flat), n)}
    if "numpy" in settings.against and n < _LARGE:
        calls["numpy"] = Call(peers.twin(partial(cls(**options).step, flat)), n)
    if "torch" in settings.against:
        torch = peers.module("torch")
        other = _torch_optimizer(torch, cls.__name__, options, flat)
        if other is not None:
            calls["torch"] = Call(other.step, n)
    return calls


def _cases(settings: Settings) -> list[Case]:
    sizes = settings.pick((1000,), (100_000, 2**22, _LARGE), (100_000, 2**22, _LARGE))
    size = np.dtype(settings.dtype).itemsize
    return [
        Case(
            {"optimizer": name, "parameters": n, "bytes": moved * size},
            partial(_calls, settings, name, n),
            work=moved * size,
            nbytes=n * size * (2.0 + 3.0 * (moved - 3)),  # state of ours, the twin's and torch's
        )
        for n in sizes
        for name, (_, _, moved) in ROWS.items()
        if n < _LARGE or settings.size == "all" or name in _USUALLY_LARGE
    ]


BENCHMARK = Benchmark(
    name="optimizers",
    title="Optimizer steps",
    unit="ns per parameter",
    per_second=1e9,
    cases=_cases,
    rate="GB/s",
)
