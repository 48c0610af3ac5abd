"""Predictions of one row and of small batches: mostly the cost of the call."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from functools import partial
from typing import Any

import numpy as np

from . import peers
from .cases import OURS, Benchmark, Case, Settings
from .nets import Net, net
from .timing import Call

_NETS = ("8-64-64-4", "784-256-128-10")
_BATCHES = tuple(2**k for k in range(9))


def _calls(settings: Settings, net: Net, call: str, batch: int) -> dict[str, Call]:
    X = net.data(settings.dtype)[0][:batch]
    model, other = net.ours(settings.dtype), net.ours(settings.dtype)
    out = np.empty((batch, net.sizes[-1]), settings.dtype)

    def ours(of: Any) -> Any:
        if call == "predict":
            return partial(of.predict, X)
        return partial(of.predict_one, X[0], out=out[0] if "out" in call else None)

    calls = {OURS: Call(ours(model))}
    if "numpy" in settings.against:
        calls["numpy"] = Call(peers.twin(ours(other)))
    if "torch" in settings.against:
        torch = peers.module("torch")
        calls["torch"] = Call(partial(net.torch(torch, settings.dtype).eval(), torch.from_numpy(X)))
    if "sklearn" in settings.against:
        fitted = net.sklearn(peers.module("sklearn.neural_network"))
        fitted.partial_fit(*net.data(settings.dtype), **net.sklearn_fit_arguments())
        calls["sklearn"] = Call(partial(fitted.predict, X))
    return calls


def _cases(settings: Settings) -> list[Case]:
    nets = [net(name) for name in settings.pick(_NETS[:1], _NETS, _NETS)]
    calls = [("predict_one", 1), ("predict_one out=", 1)]
    calls += [("predict", batch) for batch in settings.pick((1, 2), _BATCHES, _BATCHES)]
    return [
        Case(
            {"net": n.name, "call": call, "batch": batch},
            partial(_calls, settings, n, call, batch),
        )
        for n in nets
        for call, batch in calls
    ]


def _around(settings: Settings) -> AbstractContextManager[Any]:
    """Enter torch's inference mode once, not in every call, which would cost it a microsecond."""
    if "torch" not in settings.against:
        return nullcontext()
    mode: AbstractContextManager[Any] = peers.module("torch").inference_mode()
    return mode


BENCHMARK = Benchmark(
    name="predict",
    title="Predictions",
    unit="us per call",
    per_second=1e6,
    cases=_cases,
    peers=("numpy", "torch", "sklearn"),
    around=_around,
)
