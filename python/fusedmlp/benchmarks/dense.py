"""The dense layer: matrix product plus bias, and its gradients."""

from __future__ import annotations

from functools import partial

import numpy as np

from .. import functional as F
from . import peers
from .cases import OURS, Benchmark, Case, Settings
from .timing import Call

Shape = tuple[int, int, int]  # batch, inputs, outputs

_SMALL: list[Shape] = [(n, n, n) for n in (16, 32)]
_SQUARE: list[Shape] = [(n, n, n) for n in (16, 32, 64, 128, 256, 512, 1024, 2048)]
_NETS: list[Shape] = [
    (64, 8, 64), (64, 64, 128), (128, 46, 46), (128, 784, 256), (128, 256, 128),
    (128, 784, 512), (256, 1024, 1024), (1024, 2048, 2048),
]  # fmt: skip
_VGG: list[Shape] = [(32, 25088, 4096), (32, 4096, 1000)]


def _calls(settings: Settings, shape: Shape, backward: bool) -> dict[str, Call]:
    batch, n_in, n_out = shape
    rng = np.random.default_rng(0)
    x, W, b, dy = (
        rng.standard_normal(s, np.float32).astype(settings.dtype)
        for s in ((batch, n_in), (n_in, n_out), (n_out,), (batch, n_out))
    )
    y = np.empty_like(dy)
    run = partial(F.dense_backward, dy, x, W) if backward else partial(F.dense, x, W, b, out=y)
    calls = {OURS: Call(run)}
    if "numpy" in settings.against:
        calls["numpy"] = Call(peers.twin(run))
    if "torch" in settings.against:
        torch = peers.module("torch")
        tx, tW, tb, tdy, ty = (torch.from_numpy(a) for a in (x, W, b, dy, y))

        def gradients() -> object:
            return tdy.mm(tW.t()), tx.t().mm(tdy), tdy.sum(0)

        calls["torch"] = Call(gradients if backward else partial(torch.addmm, tb, tx, tW, out=ty))
    return calls


def _cases(settings: Settings) -> list[Case]:
    shapes = settings.pick(_SMALL, _SQUARE + _NETS, _SQUARE + _NETS + _VGG)
    return [
        Case(
            {
                "batch": shape[0],
                "in": shape[1],
                "out": shape[2],
                "pass": "backward" if backward else "forward",
            },
            partial(_calls, settings, shape, backward),
            # A multiply and an add per weight and row; backward has two products of that size.
            work=(4.0 if backward else 2.0) * shape[0] * shape[1] * shape[2],
        )
        for backward in (False, True)
        for shape in shapes
    ]


BENCHMARK = Benchmark(
    name="dense",
    title="Dense layer",
    unit="us per call",
    per_second=1e6,
    cases=_cases,
    rate="GF/s",
)
