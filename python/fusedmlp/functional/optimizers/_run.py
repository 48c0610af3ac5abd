"""The door all steps go through: check everything, then call the kernel."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...checks.arrays import float_array, inplace_array
from ...checks.numbers import integer, number
from ...checks.optimizers import Hyper, unused_state
from ...core import backend
from ...core.catalogue import OPTIMIZERS

Array = NDArray[Any]


def run_step(
    name: str,
    p: Array,
    g: ArrayLike,
    state: tuple[Array | None, ...],
    hyper: Hyper,
    *,
    lr: float,
    step: int = 1,
    weight_decay: float = 0.0,
) -> None:
    """Make one step on checked arrays; `state` is in the order of the table."""
    function = f"{name}_step"
    lr = number(lr, function, "lr", low=0.0)
    step = integer(step, function, "step", low=1)
    weight_decay = number(weight_decay, function, "weight_decay", low=0.0)
    inplace_array(p, function, "p")
    grad = float_array(g, function, "g", dtype=p.dtype)
    if grad.shape != p.shape:
        raise ValueError(f"{function}: g must have shape {p.shape} to match p, got {grad.shape}")

    arrays = {"p": p}
    unused = unused_state(name, hyper)
    for key, array in zip(OPTIMIZERS[name].state, state, strict=True):
        if array is None and key in unused:
            continue
        if array is None:
            raise ValueError(f"{function}: {key} is needed with these options, got None")
        if key == "mu_product":
            inplace_array(array, function, key, shape=(1,), dtype=np.float64)
        else:
            inplace_array(array, function, key, shape=p.shape, dtype=p.dtype)
        arrays[key] = array
    arrays["g"] = grad
    for (a, left), (b, right) in itertools.combinations(arrays.items(), 2):
        if np.may_share_memory(left, right):
            raise ValueError(f"{function}: {b} must not overlap {a}")

    flat = [arrays[key].reshape(-1) if key in arrays else None for key in OPTIMIZERS[name].state]
    backend.core.optimizer_step(
        name, hyper, p.reshape(-1), grad.reshape(-1), flat, lr, step, weight_decay
    )
