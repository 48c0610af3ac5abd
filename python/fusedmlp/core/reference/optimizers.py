"""One step of every optimizer in plain NumPy: the formulas to read, and the oracle of the kernels.

Each rule gets the parameters ``p``, the gradient ``g`` (weight decay already in it), the state
arrays and the hyperparameters in the order of ``core.catalogue``, and updates ``p`` and the
state in place.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Hyper = Sequence[float]
State = Sequence[Any]
Rule = Callable[[Array, Array, State, Hyper, float, int], None]


def _sgd(p: Array, g: Array, state: State, h: Hyper, lr: float, step: int) -> None:
    mu, dampening, nesterov, lr_in_velocity = h
    (v,) = state
    if mu == 0:
        p -= lr * g
        return
    if lr_in_velocity:
        g, lr = lr * g, 1.0
    v[:] = g if step == 1 else mu * v + (1 - dampening) * g
    p -= lr * (g + mu * v if nesterov else v)


def _adagrad(p: Array, g: Array, state: State, h: Hyper, lr: float, step: int) -> None:
    lr_decay, eps = h
    (total,) = state
    total += g * g
    p -= lr / (1 + (step - 1) * lr_decay) * (g / (np.sqrt(total) + eps))


def _adadelta(p: Array, g: Array, state: State, h: Hyper, lr: float, step: int) -> None:
    rho, eps = h
    square_avg, acc_delta = state
    square_avg[:] = rho * square_avg + (1 - rho) * (g * g)
    delta = np.sqrt(acc_delta + eps) / np.sqrt(square_avg + eps) * g
    acc_delta[:] = rho * acc_delta + (1 - rho) * (delta * delta)
    p -= lr * delta


def _rmsprop(p: Array, g: Array, state: State, h: Hyper, lr: float, step: int) -> None:
    alpha, eps, momentum, centered = h
    square_avg, v, grad_avg = state
    square_avg[:] = alpha * square_avg + (1 - alpha) * (g * g)
    variance = square_avg
    if centered:
        grad_avg += (1 - alpha) * (g - grad_avg)
        # Rounding can leave a hair below zero, whose root would be NaN.
        variance = np.maximum(square_avg - grad_avg * grad_avg, 0)
    direction = g / (np.sqrt(variance) + eps)
    if momentum != 0:
        v[:] = momentum * v + direction
        direction = v
    p -= lr * direction


def _update_moments(m: Array, v: Array, g: Array, beta1: float, beta2: float) -> None:
    m += (1 - beta1) * (g - m)
    v[:] = beta2 * v + (1 - beta2) * (g * g)


def _adam(p: Array, g: Array, state: State, h: Hyper, lr: float, step: int) -> None:
    beta1, beta2, eps, amsgrad, epsilon_hat = h
    m, v, vmax = state
    _update_moments(m, v, g, beta1, beta2)
    if amsgrad:
        v = np.maximum(vmax, v, out=vmax)
    scale = 1 / math.sqrt(1 - beta2**step)
    root = np.sqrt(v) * scale + (eps * scale if epsilon_hat else eps)
    p -= lr / (1 - beta1**step) * (m / root)


def _adamax(p: Array, g: Array, state: State, h: Hyper, lr: float, step: int) -> None:
    beta1, beta2, eps = h
    m, u = state
    m += (1 - beta1) * (g - m)
    np.maximum(beta2 * u, np.abs(g) + eps, out=u)
    p -= lr / (1 - beta1**step) * (m / u)


def _nadam(p: Array, g: Array, state: State, h: Hyper, lr: float, step: int) -> None:
    beta1, beta2, eps, momentum_decay, _ = h
    m, v, mu_product = state
    _update_moments(m, v, g, beta1, beta2)
    mu = beta1 * (1 - 0.5 * math.pow(0.96, step * momentum_decay))
    mu_next = beta1 * (1 - 0.5 * math.pow(0.96, (step + 1) * momentum_decay))
    mu_product *= mu
    product = float(mu_product[0])
    root = np.sqrt(v) * (1 / math.sqrt(1 - beta2**step)) + eps
    p -= (lr * (1 - mu) / (1 - product) * g + lr * mu_next / (1 - product * mu_next) * m) / root


def _radam(p: Array, g: Array, state: State, h: Hyper, lr: float, step: int) -> None:
    beta1, beta2, eps, _ = h
    m, v = state
    _update_moments(m, v, g, beta1, beta2)
    rate = lr / (1 - beta1**step)
    left = beta2**step
    rho_inf = 2 / (1 - beta2) - 1
    rho = rho_inf - 2 * step * left / (1 - left)
    if rho <= 5:  # too little data to divide by the root
        p -= rate * m
        return
    r = math.sqrt((rho - 4) * (rho - 2) * rho_inf / ((rho_inf - 4) * (rho_inf - 2) * rho))
    p -= rate * math.sqrt(1 - left) * r * (m / (np.sqrt(v) + eps))


def _lion(p: Array, g: Array, state: State, h: Hyper, lr: float, step: int) -> None:
    beta1, beta2 = h
    (m,) = state
    p -= lr * np.sign(m + (1 - beta1) * (g - m))
    m += (1 - beta2) * (g - m)


def _rprop(p: Array, g: Array, state: State, h: Hyper, lr: float, step: int) -> None:
    etaminus, etaplus, step_min, step_max = h
    previous, size = state
    agreement = np.sign(g) * np.sign(previous)
    size[agreement > 0] *= etaplus
    size[agreement < 0] *= etaminus
    np.clip(size, step_min, step_max, out=size)
    previous[:] = np.where(agreement < 0, 0, g)
    p -= np.sign(previous) * size


class _Row(NamedTuple):
    """A rule, and whether its weight decay is decoupled: it shrinks the weights directly and never
    enters the moments. An integer is the place of the option in `hyper` that decides. The last
    `scalars` states are one number for all parameters.
    """

    rule: Rule
    decoupled: bool | int = False
    scalars: int = 0


_TABLE: dict[str, _Row] = {
    "sgd": _Row(_sgd),
    "adagrad": _Row(_adagrad),
    "adadelta": _Row(_adadelta),
    "rmsprop": _Row(_rmsprop),
    "adam": _Row(_adam),
    "adamw": _Row(_adam, decoupled=True),
    "adamax": _Row(_adamax),
    "nadam": _Row(_nadam, decoupled=4, scalars=1),
    "radam": _Row(_radam, decoupled=3),
    "lion": _Row(_lion, decoupled=True),
    "rprop": _Row(_rprop),
}


def optimizer_step(
    name: str,
    hyper: Sequence[float],
    p: Array,
    g: Array,
    state: Sequence[Array | None],
    lr: float,
    step: int,
    weight_decay: float,
) -> None:
    """Make one step in place on flat `p` and `state`."""
    rule, by, _ = _TABLE[name]
    decoupled = by if isinstance(by, bool) else hyper[by] != 0
    with np.errstate(all="ignore"):
        if weight_decay != 0 and decoupled:
            p *= 1 - lr * weight_decay
        elif weight_decay != 0:
            g = g + weight_decay * p
        rule(p, g, state, hyper, lr, step)


def scalar_states(name: str) -> int:
    """Return how many states, the last ones, are one number for all parameters."""
    return _TABLE[name].scalars


def gradient_norm(g: Array) -> float:
    """Return the Euclidean norm of `g`, summed in double."""
    with np.errstate(all="ignore"):
        return float(np.sqrt(np.square(g, dtype=np.float64).sum()))


def clip_values(g: Array, limit: float) -> None:
    """Limit `g` to [-limit, limit] in place; NaN stays NaN."""
    np.clip(g, -limit, limit, out=g)
