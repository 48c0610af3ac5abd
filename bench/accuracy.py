"""Worst error of every activation, in units of the last place, for each instruction set level.

    python bench/accuracy.py [--points 200000] [--dtype float32] [--backends v3,v4,numpy]

The points are a dense grid over the range where the function is curved, random bit patterns over
all finite numbers, and the neighbourhood of 0. The reference is computed in 80-bit long double
(GELU: with the standard library's erfc for float32, with mpmath for float64). Errors count where
the true value is finite and above 1e-30 (1e-300 in float64) in magnitude.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fusedmlp.core import backend
from fusedmlp.core.catalogue import ACTIVATIONS
from fusedmlp.core.reference import activations as twin

Array = NDArray[Any]
Wide = np.longdouble

_SCALE = Wide("1.0507009873554804934193349852946")
_ALPHA = Wide("1.6732632423543772848170429916717")
_SQRT_8_OVER_PI = Wide("1.5957691216057307117597842397375")
_CUBIC = Wide("0.044715")


def _sigmoid(x: Array) -> Array:
    return 1 / (1 + np.exp(-x))


def _tanh_of_softplus(x: Array) -> Array:
    return np.tanh(np.logaddexp(Wide(0), x))


def _gelu(x: Array) -> Array:
    import mpmath

    mpmath.mp.prec = 120
    root = mpmath.sqrt(2)

    def one(value: float) -> Any:
        if abs(value) > 50:
            return Wide(max(value, 0.0))
        exact = mpmath.mpf(value) * mpmath.erfc(-value / root) / 2
        return Wide(mpmath.nstr(exact, 25))

    return np.array([one(float(value)) for value in x])


def _gelu_for_float32(x: Array) -> Array:
    half_erfc = np.frompyfunc(lambda v: 0.5 * math.erfc(-v / math.sqrt(2.0)), 1, 1)
    return x * half_erfc(x.astype(np.float64)).astype(np.float64)


EXACT: dict[str, Callable[[Array], Array]] = {
    "identity": lambda x: x,
    "sigmoid": _sigmoid,
    "tanh": np.tanh,
    "relu": lambda x: np.maximum(x, 0),
    "leaky_relu": lambda x: np.where(x > 0, x, Wide("0.01") * x),
    "elu": lambda x: np.where(x > 0, x, np.expm1(x)),
    "selu": lambda x: _SCALE * np.where(x > 0, x, _ALPHA * np.expm1(x)),
    "celu": lambda x: np.where(x > 0, x, np.expm1(x)),
    "softplus": lambda x: np.logaddexp(Wide(0), x),
    "softsign": lambda x: x / (1 + np.abs(x)),
    "gelu": _gelu,
    "gelu_tanh": lambda x: x * _sigmoid(_SQRT_8_OVER_PI * (x + _CUBIC * x**3)),
    "silu": lambda x: x * _sigmoid(x),
    "mish": lambda x: x * _tanh_of_softplus(x),
    "hardtanh": lambda x: np.clip(x, -1, 1),
    "relu6": lambda x: np.clip(x, 0, 6),
    "hardsigmoid": lambda x: np.clip(x + 3, 0, 6) / 6,
    "hardswish": lambda x: x * np.clip(x + 3, 0, 6) / 6,
}


def points(dtype: type[np.floating[Any]], count: int, seed: int = 0) -> Array:
    """Return about `count` finite numbers: a dense grid, random bits, and small numbers."""
    rng = np.random.default_rng(seed)
    info = np.finfo(dtype)
    end = 110.0 if dtype is np.float32 else 750.0
    bits = rng.integers(0, 2**info.bits, count // 4, dtype=np.uint64)
    random = bits.astype(np.uint32 if dtype is np.float32 else np.uint64).view(dtype)
    grids = [np.linspace(-edge, edge, count // 8) for edge in (end, 16.0, 4.0, 1.0)]
    small = np.exp2(rng.uniform(-30, 1, count // 4)) * rng.choice([-1.0, 1.0], count // 4)
    x = np.concatenate([random, *(g.astype(dtype) for g in grids), small.astype(dtype)])
    return x[np.isfinite(x)]


def _exact(name: str, dtype: np.dtype[Any]) -> Callable[[Array], Array]:
    """Return the reference of an activation: written here, or the twin's formula in long double."""
    if (name, dtype) == ("gelu", np.float32):
        return _gelu_for_float32
    return EXACT.get(name) or partial(_twin, name)


def _twin(name: str, x: Array) -> Array:
    y = np.empty_like(x)
    twin.activation_forward(name, list(ACTIVATIONS[name].defaults.values()), x, y)
    return y


def worst_ulp(name: str, got: Array, x: Array) -> tuple[float, float]:
    """Return the largest error in ulps and the x where it happens."""
    dtype = x.dtype
    with np.errstate(all="ignore"):
        exact = np.asarray(_exact(name, dtype)(x.astype(Wide)))
        floor = 1e-30 if dtype == np.float32 else 1e-300
        counts = (np.abs(exact) > floor) & (np.abs(exact) <= np.finfo(dtype).max)
        unit = np.spacing(np.abs(exact[counts].astype(dtype))).astype(Wide)
        error = np.abs(got[counts].astype(Wide) - exact[counts]) / unit
    worst = int(np.argmax(error))
    return float(error[worst]), float(x[counts][worst])


def measure(core: Any, name: str, x: Array) -> tuple[float, float]:
    """Return worst_ulp of one backend's forward with the default parameters."""
    y = np.empty_like(x)
    core.activation_forward(name, list(ACTIVATIONS[name].defaults.values()), x, y)
    return worst_ulp(name, y, x)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--points", type=int, default=200_000)
    parser.add_argument("--dtype", choices=["float32", "float64", "both"], default="both")
    parser.add_argument("--backends", default=",".join(backend.available()))
    options = parser.parse_args(arguments)
    backends = options.backends.split(",")
    dtypes = ["float32", "float64"] if options.dtype == "both" else [options.dtype]
    for dtype in dtypes:
        x_all = points(getattr(np, dtype), options.points)
        print(f"{dtype}, {x_all.size} points: worst error in ulps (at x)\n")
        print("| activation | " + " | ".join(backends) + " |")
        print("|---|" + "---|" * len(backends))
        for name in ACTIVATIONS:
            # mpmath takes its time.
            x = x_all[::20] if (name, dtype) == ("gelu", "float64") else x_all
            cells = [
                measure(backend.load(level), name, np.ascontiguousarray(x)) for level in backends
            ]
            print(
                f"| {name} | " + " | ".join(f"{e:.2f} ({at:.6g})" for e, at in cells) + " |",
                flush=True,
            )
        print()
    return 0


if __name__ == "__main__":
    sys.exit(main())
