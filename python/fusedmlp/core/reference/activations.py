"""Activations in NumPy: stable formulas, one table line each, any float dtype."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Function = Callable[..., Any]

_SELU_SCALE = 1.0507009873554804934193349852946
_SELU_SCALE_ALPHA = 1.7580993408473768599402175208123
_SQRT_8_OVER_PI = 1.5957691216057307117597842397375
_CUBIC = 0.044715

# Minimax fit of h(t) - 1/4 in t - _TAIL_CENTRE, where the Mills ratio of the standard normal,
# exp(a^2/2) (1 - Phi(a)), is t h(t) with t = 1 / (1 + a/4) and 0 <= a <= _TAIL_END.
_TAIL_END = 39.0
_TAIL_CENTRE = 0.662109375
_TAIL = (
    0.0000295704544337639843,
    0.463157036233005663,
    0.608529312576650145,
    0.539641468344025979,
    0.261563111988655606,
    -0.0181773662905271766,
    -0.0989637253408858839,
    -0.0170888707353505953,
    0.0401974062929556338,
    0.00830392968992191895,
    -0.0203074578058042961,
    -0.000812142841924017599,
    0.0111340546121100119,
    -0.00307545378304265883,
    -0.00527340210861007769,
    0.0041626512624530604,
    0.000957665897504785558,
    -0.00345129407385031854,
    0.00225650046802116469,
    0.00306831931371026007,
    -0.00317931340397934001,
    -0.00429710507472298674,
    -0.0012547362013771416,
)


def _logistic(x: Any) -> tuple[Any, Any]:
    """Return 1 / (1 + exp(-x)) and its derivative, both from exp(-|x|)."""
    e = np.exp(-np.abs(x))
    q = 1 / (1 + e)
    return np.where(x < 0, e, 1) * q, e * q * q


def _mills_ratio(a: Any) -> Any:
    t = 1 / (1 + a / 4)
    s = t - _TAIL_CENTRE
    h = np.full_like(s, _TAIL[-1])
    for c in _TAIL[-2::-1]:
        h = h * s + c
    return t * (0.25 + h)


def _gelu(x: Any) -> Any:
    a = np.minimum(np.abs(x.astype(np.float64)), _TAIL_END)
    return np.maximum(x, 0) - a * _mills_ratio(a) * np.exp(-0.5 * a * a)


def _gelu_derivative(x: Any) -> Any:
    a = np.minimum(np.abs(x.astype(np.float64)), _TAIL_END)
    tail = (_mills_ratio(a) - a / np.sqrt(2 * np.pi)) * np.exp(-0.5 * a * a)
    return np.where(x < 0, tail, 1 - tail)


def _gelu_tanh(x: Any) -> Any:
    # 0.5 (1 + tanh(u)) = logistic(2 u); in float64, because exp magnifies the rounding of 2 u.
    wide = np.maximum(x.astype(np.float64), -40.0)
    bounded = np.minimum(wide, 40.0)
    return wide * _logistic(_SQRT_8_OVER_PI * bounded * (1 + _CUBIC * bounded * bounded))[0]


def _gelu_tanh_derivative(x: Any) -> Any:
    wide = np.clip(x.astype(np.float64), -40.0, 40.0)
    square = wide * wide
    value, slope = _logistic(_SQRT_8_OVER_PI * wide * (1 + _CUBIC * square))
    return value + wide * slope * _SQRT_8_OVER_PI * (1 + 3 * _CUBIC * square)


def _elu(x: Any, alpha: float) -> Any:
    return np.maximum(x, 0) + alpha * np.expm1(np.minimum(x, 0))


def _softplus_argument(x: Any, beta: float) -> Any:
    # In float64, because exp magnifies the rounding of beta * x.
    return np.multiply(x, beta, dtype=np.result_type(x, np.float64))


def _softplus(x: Any, beta: float) -> Any:
    e = np.exp(-np.abs(_softplus_argument(x, beta))).astype(x.dtype)
    return np.maximum(x, 0) + np.log1p(e) / beta


def _leaky_relu(x: Any, negative_slope: float) -> Any:
    # With slope 0 the limit at -inf is 0, not inf * 0.
    low = np.finfo(x.dtype).min if negative_slope == 0 else -np.inf
    return np.where(x > 0, x, negative_slope * np.maximum(x, low))


def _softsign(x: Any) -> Any:
    bounded = np.clip(x, np.finfo(x.dtype).min, np.finfo(x.dtype).max)
    return bounded / (1 + np.abs(bounded))


def _silu(x: Any) -> Any:
    return np.maximum(x, np.log(np.finfo(x.dtype).tiny) * 2) * _logistic(x)[0]


def _silu_derivative(x: Any) -> Any:
    value, slope = _logistic(x)
    return value + np.clip(x, np.finfo(x.dtype).min, np.finfo(x.dtype).max) * slope


def _mish_parts(x: Any) -> tuple[Any, Any, Any]:
    """Return t = exp(-|x|), n and d with tanh(log(1 + exp(x))) = n / (n + d)."""
    t = np.exp(-np.abs(x))
    return t, np.where(x < 0, t * (t + 2), 1 + 2 * t), np.where(x < 0, 2, 2 * t * t)


def _mish(x: Any) -> Any:
    _, n, d = _mish_parts(x)
    return np.maximum(x, np.log(np.finfo(x.dtype).tiny) * 2) * (n / (n + d))


def _mish_derivative(x: Any) -> Any:
    t, n, d = _mish_parts(x)
    q = 1 / (n + d)
    slope = 4 * t * np.where(x < 0, 1 + t, t * (1 + t))
    return (n + np.clip(x, np.finfo(x.dtype).min, np.finfo(x.dtype).max) * slope * q) * q


def _hardswish_derivative(x: Any) -> Any:
    return np.where(x <= -3, 0, np.where(x < 3, x / 3 + 0.5, 1))


class _Row(NamedTuple):
    """forward(x, *params), derivative(x, *params), and the derivative from y where y is enough."""

    forward: Function
    derivative: Function
    from_output: Function | None = None


def _step(x: Any) -> Any:
    return np.where(x <= 0, 0, 1)


_TABLE: dict[str, _Row] = {
    "identity": _Row(lambda x: x, np.ones_like, np.ones_like),
    "sigmoid": _Row(lambda x: _logistic(x)[0], lambda x: _logistic(x)[1], lambda y: y * (1 - y)),
    "tanh": _Row(np.tanh, lambda x: 4 * _logistic(2 * x)[1], lambda y: (1 - y) * (1 + y)),
    "relu": _Row(lambda x: np.maximum(x, 0), _step, _step),
    "leaky_relu": _Row(
        _leaky_relu,
        lambda x, slope: np.where(x > 0, 1, slope),
        lambda y, slope: np.where(y > 0, 1, slope),
    ),
    "elu": _Row(
        _elu,
        lambda x, alpha: np.where(x > 0, 1, alpha * np.exp(np.minimum(x, 0))),
        lambda y, alpha: np.where(y > 0, 1, y + alpha),
    ),
    "selu": _Row(
        lambda x: _SELU_SCALE * np.maximum(x, 0) + _SELU_SCALE_ALPHA * np.expm1(np.minimum(x, 0)),
        lambda x: np.where(x > 0, _SELU_SCALE, _SELU_SCALE_ALPHA * np.exp(np.minimum(x, 0))),
        lambda y: np.where(y > 0, _SELU_SCALE, y + _SELU_SCALE_ALPHA),
    ),
    "celu": _Row(
        lambda x, alpha: np.maximum(x, 0) + alpha * np.expm1(np.minimum(x, 0) / alpha),
        lambda x, alpha: np.where(x > 0, 1, np.exp(np.minimum(x, 0) / alpha)),
        lambda y, alpha: np.where(y > 0, 1, y / alpha + 1),
    ),
    "softplus": _Row(
        _softplus,
        lambda x, beta: _logistic(_softplus_argument(x, beta))[0],
        lambda y, beta: -np.expm1(-beta * y),
    ),
    "softsign": _Row(
        _softsign, lambda x: (1 / (1 + np.abs(x))) ** 2, lambda y: (1 - np.abs(y)) ** 2
    ),
    "gelu": _Row(_gelu, _gelu_derivative),
    "gelu_tanh": _Row(_gelu_tanh, _gelu_tanh_derivative),
    "silu": _Row(_silu, _silu_derivative),
    "mish": _Row(_mish, _mish_derivative),
    "hardtanh": _Row(
        lambda x, low, high: np.minimum(np.maximum(x, low), high),
        lambda x, low, high: np.where((x > low) & (x < high), 1, 0),
        lambda y, low, high: np.where((y > low) & (y < high), 1, 0),
    ),
    "relu6": _Row(
        lambda x: np.clip(x, 0, 6),
        lambda x: np.where((x > 0) & (x < 6), 1, 0),
        lambda y: np.where((y > 0) & (y < 6), 1, 0),
    ),
    "hardsigmoid": _Row(
        lambda x: np.clip(x + 3, 0, 6) / 6,
        lambda x: np.where((x > -3) & (x < 3), 1 / 6, 0),
        lambda y: np.where((y > 0) & (y < 1), 1 / 6, 0),
    ),
    "hardswish": _Row(
        lambda x: np.maximum(x, -3) * (np.clip(x + 3, 0, 6) / 6), _hardswish_derivative
    ),
}

# Activations whose backward needs the output alone.
FROM_OUTPUT: frozenset[str] = frozenset(
    name for name, row in _TABLE.items() if row.from_output is not None
)


def _rounded(params: Sequence[float], dtype: np.dtype[Any]) -> list[Any]:
    """Bounds and slopes act as numbers of the arrays' dtype, as they do in the native kernels."""
    return [dtype.type(p) for p in params]


def activation_forward(name: str, params: Sequence[float], x: Array, y: Array) -> None:
    """Write f(x) to y, which may be x."""
    values = params if name == "softplus" else _rounded(params, x.dtype)
    with np.errstate(all="ignore"):
        np.copyto(y, _TABLE[name].forward(x, *values), casting="same_kind")


def activation_backward(
    name: str, params: Sequence[float], dy: Array, x: Array | None, y: Array | None, dx: Array
) -> None:
    """Write dy * f' to dx, which may be dy; f' from y where that is enough and y is given."""
    row = _TABLE[name]
    with np.errstate(all="ignore"):
        if y is not None and row.from_output is not None:
            slope = row.from_output(y, *_rounded(params, y.dtype))
        else:
            assert x is not None
            values = params if name == "softplus" else _rounded(params, x.dtype)
            slope = row.derivative(x, *values)
        # Rounded to the arrays' dtype first: tables of 0 and 1 come as integers.
        np.multiply(dy, np.asarray(slope).astype(dx.dtype, copy=False), out=dx)


def activation_forward_exact(name: str, params: Sequence[float], x: Any, out: Any) -> Any:
    """The twin has no fast path: the checked path serves all calls."""
    return NotImplemented


def activation_backward_exact(
    name: str, params: Sequence[float], dy: Any, x: Any, y: Any, out: Any
) -> Any:
    """The twin has no fast path: the checked path serves all calls."""
    return NotImplemented
