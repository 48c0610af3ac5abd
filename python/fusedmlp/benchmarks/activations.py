"""Activations and their derivatives: time per element, in cache and out of it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from .. import functional as F
from . import peers
from .cases import OURS, Benchmark, Case, Row, Settings
from .table import count, short
from .timing import Call

_SIZES = (2**14, 2**18, 2**22)
_SELU_ALPHA, _SELU_SCALE = 1.6732632423543772, 1.0507009873554805


def torch_forward(torch: Any) -> dict[str, Callable[[Any, Any], object]]:
    """Name -> f(x, y) writing y. What has no form with an output makes new arrays: softsign, and
    activations not listed here that ``torch.nn.functional`` has by name.
    """
    nn = torch._C._nn
    by_name = {name: getattr(torch.nn.functional, name, None) for name in F.ACTIVATIONS}
    plain = {name: _ignoring_output(f) for name, f in by_name.items() if f is not None}
    return plain | {
        "identity": lambda x, y: y.copy_(x),
        "sigmoid": lambda x, y: torch.sigmoid(x, out=y),
        "tanh": lambda x, y: torch.tanh(x, out=y),
        "relu": lambda x, y: torch.clamp_min(x, 0.0, out=y),  # what torch.relu calls
        "leaky_relu": lambda x, y: nn.leaky_relu(x, 0.01, out=y),
        "elu": lambda x, y: nn.elu(x, out=y),
        "selu": lambda x, y: nn.elu(x, _SELU_ALPHA, _SELU_SCALE, out=y),  # as torch.selu
        "celu": lambda x, y: nn.elu(x, 1.0, 1.0, 1.0, out=y),  # as torch.celu
        "softplus": lambda x, y: nn.softplus(x, out=y),
        "gelu": lambda x, y: nn.gelu(x, out=y),
        "gelu_tanh": lambda x, y: nn.gelu(x, approximate="tanh", out=y),
        "silu": lambda x, y: nn.silu(x, out=y),
        "mish": lambda x, y: nn.mish(x, out=y),
        "hardtanh": lambda x, y: nn.hardtanh(x, out=y),
        "relu6": lambda x, y: nn.hardtanh(x, 0.0, 6.0, out=y),
        "hardsigmoid": lambda x, y: nn.hardsigmoid(x, out=y),
        "hardswish": lambda x, y: nn.hardswish(x, out=y),
    }


def _ignoring_output(function: Callable[[Any], object]) -> Callable[[Any, Any], object]:
    return lambda x, y: function(x)


def torch_backward(torch: Any) -> dict[str, Callable[[Any, Any, Any, Any], object]]:
    """Name -> f(dy, x, y, dx): the operator autograd would call; mish and hardswish allocate."""
    ops = torch.ops.aten
    elu = ops.elu_backward.grad_input
    gelu, hardtanh = ops.gelu_backward.grad_input, ops.hardtanh_backward.grad_input

    def of(name: str, *args: Any) -> Callable[[Any, Any, Any, Any], object]:
        op = getattr(ops, f"{name}_backward").grad_input
        return lambda dy, x, y, dx: op(dy, x, *args, grad_input=dx)

    return {
        "identity": lambda dy, x, y, dx: dx.copy_(dy),
        "sigmoid": lambda dy, x, y, dx: ops.sigmoid_backward.grad_input(dy, y, grad_input=dx),
        "tanh": lambda dy, x, y, dx: ops.tanh_backward.grad_input(dy, y, grad_input=dx),
        "relu": of("threshold", 0.0),
        "leaky_relu": of("leaky_relu", 0.01, False),
        "elu": lambda dy, x, y, dx: elu(dy, 1.0, 1.0, 1.0, False, x, grad_input=dx),
        "selu": lambda dy, x, y, dx: elu(
            dy, _SELU_ALPHA, _SELU_SCALE, 1.0, False, x, grad_input=dx
        ),
        "celu": lambda dy, x, y, dx: elu(dy, 1.0, 1.0, 1.0, False, x, grad_input=dx),
        "softplus": of("softplus", 1.0, 20.0),
        "gelu": lambda dy, x, y, dx: gelu(dy, x, grad_input=dx),
        "gelu_tanh": lambda dy, x, y, dx: gelu(dy, x, approximate="tanh", grad_input=dx),
        "silu": of("silu"),
        "mish": lambda dy, x, y, dx: ops.mish_backward(dy, x),
        "hardtanh": lambda dy, x, y, dx: hardtanh(dy, x, -1.0, 1.0, grad_input=dx),
        "relu6": lambda dy, x, y, dx: hardtanh(dy, x, 0.0, 6.0, grad_input=dx),
        "hardsigmoid": of("hardsigmoid"),
        "hardswish": lambda dy, x, y, dx: ops.hardswish_backward(dy, x),
    }


def _calls(settings: Settings, name: str, backward: bool, n: int) -> dict[str, Call]:
    rng = np.random.default_rng(0)
    x, dy = (2 * rng.standard_normal((2, n))).astype(settings.dtype)
    forward = getattr(F, name)
    y, out = forward(x), np.empty_like(x)
    run: Callable[[], object]
    if backward:
        run = partial(getattr(F, f"{name}_backward"), dy, x, y, out=out)
    else:
        run = partial(forward, x, out=out)
    calls = {OURS: Call(run, n)}
    if "numpy" in settings.against:
        calls["numpy"] = Call(peers.twin(run), n)
    if "torch" in settings.against:
        torch = peers.module("torch")
        tensors = [torch.from_numpy(a) for a in (dy, x, y, out)]
        forms = torch_backward(torch) if backward else torch_forward(torch)
        if name in forms:
            given = tensors if backward else [tensors[1], tensors[3]]
            calls["torch"] = Call(partial(forms[name], *given), n)
    calls["copy"] = Call(partial(np.copyto, out, x), n)
    return calls


def _cases(settings: Settings) -> list[Case]:
    sizes = settings.pick((256,), _SIZES, _SIZES)
    return [
        Case(
            {"function": name, "pass": "backward" if backward else "forward", "elements": n},
            partial(_calls, settings, name, backward, n),
        )
        for n in sizes
        for backward in (False, True)
        for name in F.ACTIVATIONS
    ]


def _relu_to_sigmoid(rows: list[Row]) -> list[str]:
    """How many times faster ReLU is than sigmoid, which textbooks put at up to six."""
    times: dict[Any, dict[str, float]] = {}
    for row in rows:
        key = row["pass"], row["elements"], row["threads"]
        times.setdefault(key, {})[row["function"]] = row["times"][OURS]["median"]
    return [
        f"ReLU is {short(by['sigmoid'] / by['relu'])} times as fast as sigmoid: "
        f"{direction}, {count(n)} elements, threads {threads}"
        for (direction, n, threads), by in times.items()
        if "sigmoid" in by and "relu" in by
    ]


BENCHMARK = Benchmark(
    name="activations",
    title="Activations",
    unit="ns per element (±: half the distance of the quartiles)",
    per_second=1e9,
    cases=_cases,
    also=("copy",),
    summary=_relu_to_sigmoid,
)
