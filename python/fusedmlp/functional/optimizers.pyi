"""Names and signatures of optimizers.py, for editors. Made by tools/from_catalogue.py."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[Any]

__all__ = [
    "OPTIMIZERS",
    "adadelta_step",
    "adagrad_step",
    "adam_step",
    "adamax_step",
    "adamw_step",
    "lion_step",
    "nadam_step",
    "radam_step",
    "rmsprop_step",
    "rprop_step",
    "sgd_step",
]

OPTIMIZERS: tuple[str, ...]

def sgd_step(
    p: Array,
    g: ArrayLike,
    velocity: Array | None = None,
    *,
    lr: float,
    momentum: float = 0.0,
    dampening: float = 0.0,
    nesterov: bool = False,
    weight_decay: float = 0.0,
    lr_in_velocity: bool = False,
    first: bool = False,
) -> None: ...
def adagrad_step(
    p: Array,
    g: ArrayLike,
    sum: Array,
    *,
    step: int,
    lr: float = 0.01,
    lr_decay: float = 0.0,
    weight_decay: float = 0.0,
    eps: float = 1e-10,
) -> None: ...
def adadelta_step(
    p: Array,
    g: ArrayLike,
    square_avg: Array,
    acc_delta: Array,
    *,
    step: int = 1,
    lr: float = 1.0,
    rho: float = 0.9,
    eps: float = 1e-06,
    weight_decay: float = 0.0,
) -> None: ...
def rmsprop_step(
    p: Array,
    g: ArrayLike,
    square_avg: Array,
    velocity: Array | None = None,
    grad_avg: Array | None = None,
    *,
    step: int = 1,
    lr: float = 0.01,
    alpha: float = 0.99,
    eps: float = 1e-08,
    weight_decay: float = 0.0,
    momentum: float = 0.0,
    centered: bool = False,
) -> None: ...
def adam_step(
    p: Array,
    g: ArrayLike,
    m: Array,
    v: Array,
    *,
    step: int,
    lr: float = 0.001,
    betas: tuple[float, float] = (0.9, 0.999),
    eps: float = 1e-08,
    weight_decay: float = 0.0,
    amsgrad: bool = False,
    epsilon_hat: bool = False,
    vmax: Array | None = None,
) -> None: ...
def adamw_step(
    p: Array,
    g: ArrayLike,
    m: Array,
    v: Array,
    *,
    step: int,
    lr: float = 0.001,
    betas: tuple[float, float] = (0.9, 0.999),
    eps: float = 1e-08,
    weight_decay: float = 0.01,
    amsgrad: bool = False,
    epsilon_hat: bool = False,
    vmax: Array | None = None,
) -> None: ...
def adamax_step(
    p: Array,
    g: ArrayLike,
    m: Array,
    u: Array,
    *,
    step: int,
    lr: float = 0.002,
    betas: tuple[float, float] = (0.9, 0.999),
    eps: float = 1e-08,
    weight_decay: float = 0.0,
) -> None: ...
def nadam_step(
    p: Array,
    g: ArrayLike,
    m: Array,
    v: Array,
    mu_product: NDArray[np.float64],
    *,
    step: int,
    lr: float = 0.002,
    betas: tuple[float, float] = (0.9, 0.999),
    eps: float = 1e-08,
    weight_decay: float = 0.0,
    momentum_decay: float = 0.004,
    decoupled_weight_decay: bool = False,
) -> None: ...
def radam_step(
    p: Array,
    g: ArrayLike,
    m: Array,
    v: Array,
    *,
    step: int,
    lr: float = 0.001,
    betas: tuple[float, float] = (0.9, 0.999),
    eps: float = 1e-08,
    weight_decay: float = 0.0,
    decoupled_weight_decay: bool = False,
) -> None: ...
def lion_step(
    p: Array,
    g: ArrayLike,
    m: Array,
    *,
    step: int = 1,
    lr: float = 0.0001,
    betas: tuple[float, float] = (0.9, 0.99),
    weight_decay: float = 0.0,
) -> None: ...
def rprop_step(
    p: Array,
    g: ArrayLike,
    previous_grad: Array,
    step_size: Array,
    *,
    step: int = 1,
    lr: float = 0.01,
    etas: tuple[float, float] = (0.5, 1.2),
    step_sizes: tuple[float, float] = (1e-06, 50.0),
) -> None: ...
