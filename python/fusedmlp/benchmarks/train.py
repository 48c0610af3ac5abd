"""Training steps of whole networks, as users of each library run them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..optim import Adam
from . import peers
from .cases import OURS, Benchmark, Case, Row, Settings
from .jax_epoch import jax_epoch
from .nets import NETS, VGG_HEAD, Net
from .timing import Call


def our_fit(net: Net, dtype: str, X: NDArray[Any], y: NDArray[Any], epochs: int) -> Call:
    """`fit` with all that it does beside the steps: checks, shuffling, history."""
    fit = partial(
        net.ours(dtype).fit, X, y, loss=net.loss, optimizer=Adam(), epochs=epochs,
        batch_size=net.batch, progress=False,
    )  # fmt: skip
    return Call(fit, net.batches * epochs)


def _torch_loop(net: Net, dtype: str, X: NDArray[Any], y: NDArray[Any]) -> Callable[[], object]:
    """Eager loop with fused Adam over batches cut beforehand: no shuffling, no gathering."""
    torch = peers.module("torch")
    model = net.torch(torch, dtype)
    optimizer = torch.optim.Adam(model.parameters(), fused=True)
    loss = torch.nn.MSELoss() if net.loss == "mse" else torch.nn.CrossEntropyLoss()
    target = y[:, np.newaxis] if net.loss == "mse" else y
    batches = list(
        zip(
            torch.from_numpy(X).split(net.batch),
            torch.from_numpy(target).split(net.batch),
            strict=True,
        )
    )

    def epoch() -> None:
        for inputs, wanted in batches:
            optimizer.zero_grad()
            loss(model(inputs), wanted).backward()
            optimizer.step()

    return epoch


def _calls(settings: Settings, net: Net) -> dict[str, Call]:
    X, y = net.data(settings.dtype)
    calls = {OURS: our_fit(net, settings.dtype, X, y, net.epochs)}
    wanted = [peer for peer in settings.against if net.waits_for(peer)]
    if "numpy" in wanted:
        epoch = our_fit(net, settings.dtype, X, y, 1)
        calls["numpy"] = epoch._replace(run=peers.twin(epoch.run))
    if "torch" in wanted:
        calls["torch"] = Call(_torch_loop(net, settings.dtype, X, y), net.batches)
    if "jax" in wanted:
        calls["jax"] = jax_epoch(net, settings.dtype, X, y)
    if "sklearn" in wanted:
        model = net.sklearn(peers.module("sklearn.neural_network"))
        fit = partial(model.partial_fit, X, y, **net.sklearn_fit_arguments())
        calls["sklearn"] = Call(fit, net.batches)
    return calls


def _cases(settings: Settings) -> list[Case]:
    size = np.dtype(settings.dtype).itemsize
    return [
        Case(
            {"net": net.name, "batch": net.batch},
            partial(_calls, settings, net),
            work=net.step_flops,
            # Parameters, gradient and two moments in each library, and copies on the way.
            nbytes=12.0 * size * net.weights,
        )
        for net in settings.pick(NETS[:2], NETS, (*NETS, VGG_HEAD))
    ]


def _compile_times(rows: list[Row]) -> list[str]:
    """Return a line on what was compiled before its time was taken."""
    lines = []
    for name in sorted({name for row in rows for name in row["compiled_in"]}):
        each = ", ".join(f"{row['net']} {row['compiled_in'][name]:.2f}"
                         for row in rows if name in row["compiled_in"])  # fmt: skip
        lines.append(f"{name} compiled beforehand, not counted above, in seconds: {each}")
    return lines


BENCHMARK = Benchmark(
    name="train",
    title="Training, Adam",
    unit="us per step",
    per_second=1e6,
    cases=_cases,
    peers=("numpy", "torch", "sklearn", "jax"),
    rate="GF/s",
    summary=_compile_times,
)
