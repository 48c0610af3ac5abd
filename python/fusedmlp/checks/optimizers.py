"""Checks of the optimizers' options, one function each: names in, the kernels' numbers out.

Each returns its hyperparameters in the order of ``core.catalogue.OPTIMIZERS``;
error messages name `function`.
"""

from __future__ import annotations

from typing import Any

from .numbers import flag, number

Hyper = tuple[float, ...]


def _pair(value: Any, function: str, argument: str) -> tuple[Any, Any]:
    try:
        first, second = value
    except (TypeError, ValueError) as error:
        raise TypeError(f"{function}: {argument} must be two numbers, got {value!r}") from error
    return first, second


def _betas(betas: Any, function: str) -> Hyper:
    beta1, beta2 = _pair(betas, function, "betas")
    return (
        number(beta1, function, "betas[0]", low=0.0, high=1.0, open_high=True),
        number(beta2, function, "betas[1]", low=0.0, high=1.0, open_high=True),
    )


def _eps(eps: Any, function: str) -> float:
    return number(eps, function, "eps", low=0.0)


def _flag(value: Any, function: str, argument: str) -> float:
    return float(flag(value, function, argument))


def sgd_hyper(function: str, momentum: Any, dampening: Any, nesterov: Any) -> Hyper:
    momentum = number(momentum, function, "momentum", low=0.0)
    dampening = number(dampening, function, "dampening", high=1.0)
    nesterov = _flag(nesterov, function, "nesterov")
    if nesterov and (momentum == 0 or dampening != 0):
        raise ValueError(
            f"{function}: nesterov needs momentum > 0 and dampening = 0, "
            f"got momentum {momentum:g} and dampening {dampening:g}"
        )
    return momentum, dampening, nesterov


def adagrad_hyper(function: str, lr_decay: Any, eps: Any) -> Hyper:
    return number(lr_decay, function, "lr_decay", low=0.0), _eps(eps, function)


def adadelta_hyper(function: str, rho: Any, eps: Any) -> Hyper:
    return number(rho, function, "rho", low=0.0, high=1.0), _eps(eps, function)


def rmsprop_hyper(function: str, alpha: Any, eps: Any, momentum: Any, centered: Any) -> Hyper:
    return (
        number(alpha, function, "alpha", low=0.0, high=1.0),
        _eps(eps, function),
        number(momentum, function, "momentum", low=0.0),
        _flag(centered, function, "centered"),
    )


def adam_hyper(function: str, betas: Any, eps: Any, amsgrad: Any) -> Hyper:
    return *_betas(betas, function), _eps(eps, function), _flag(amsgrad, function, "amsgrad")


def adamax_hyper(function: str, betas: Any, eps: Any) -> Hyper:
    return *_betas(betas, function), _eps(eps, function)


def nadam_hyper(function: str, betas: Any, eps: Any, momentum_decay: Any, decoupled: Any) -> Hyper:
    return (
        *_betas(betas, function),
        _eps(eps, function),
        number(momentum_decay, function, "momentum_decay", low=0.0),
        _flag(decoupled, function, "decoupled_weight_decay"),
    )


def radam_hyper(function: str, betas: Any, eps: Any, decoupled: Any) -> Hyper:
    return (
        *_betas(betas, function),
        _eps(eps, function),
        _flag(decoupled, function, "decoupled_weight_decay"),
    )


def lion_hyper(function: str, betas: Any) -> Hyper:
    return _betas(betas, function)


def rprop_hyper(function: str, etas: Any, step_sizes: Any) -> Hyper:
    minus, plus = _pair(etas, function, "etas")
    least, most = _pair(step_sizes, function, "step_sizes")
    minus = number(minus, function, "etas[0]", low=0.0, high=1.0, open_low=True, open_high=True)
    plus = number(plus, function, "etas[1]", low=1.0, open_low=True)
    least = number(least, function, "step_sizes[0]", low=0.0)
    return minus, plus, least, number(most, function, "step_sizes[1]", low=least)


# State arrays that only an option needs: (optimizer, position in hyper, state array).
_OPTIONAL_STATE = (
    ("sgd", 0, "velocity"),
    ("rmsprop", 2, "velocity"),
    ("rmsprop", 3, "grad_avg"),
    ("adam", 3, "vmax"),
    ("adamw", 3, "vmax"),
)


def unused_state(name: str, hyper: Hyper) -> set[str]:
    """Return the state arrays that these options leave out."""
    return {key for row, at, key in _OPTIONAL_STATE if row == name and hyper[at] == 0}
