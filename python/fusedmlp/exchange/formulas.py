"""The activations as one expression each, which every language can read.

Numbers, x, the parameters p0 and p1, and the functions of :data:`FUNCTIONS`. There is no branch:
``max`` and ``min`` give back a NaN that is their first argument.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

FORMULAS: dict[str, str] = {
    "identity": "x",
    "sigmoid": "1 / (1 + exp(-x))",
    "tanh": "tanh(x)",
    "relu": "max(x, 0)",
    "leaky_relu": "max(x, 0) + p0 * min(x, 0)",
    "elu": "max(x, 0) + p0 * expm1(min(x, 0))",
    "selu": "1.0507009873554805 * max(x, 0) + 1.7580993408473769 * expm1(min(x, 0))",
    "celu": "max(x, 0) + p0 * expm1(min(x, 0) / p0)",
    "softplus": "max(x, 0) + log1p(exp(-abs(p0 * x))) / p0",
    "softsign": "x / (1 + abs(x))",
    "gelu": "0.5 * x * erfc(-0.7071067811865476 * x)",
    "gelu_tanh": "x / (1 + exp(-1.5957691216057308 * x * (1 + 0.044715 * x * x)))",
    "silu": "x / (1 + exp(-x))",
    "mish": "x * tanh(max(x, 0) + log1p(exp(-abs(x))))",
    "hardtanh": "min(max(x, p0), p1)",
    "relu6": "min(max(x, 0), 6)",
    "hardsigmoid": "min(max(x + 3, 0), 6) / 6",
    "hardswish": "x * min(max(x + 3, 0), 6) / 6",
}

FUNCTIONS = ("exp", "expm1", "log1p", "tanh", "erfc", "abs", "max", "min")

_TOKEN = re.compile(r"[A-Za-z_]\w*|\d+(?:\.\d+)?")


def expression(
    name: str,
    params: tuple[float, ...],
    functions: Mapping[str, str],
    number: Callable[[float], str],
) -> str:
    """Return an activation in another language.

    Parameters
    ----------
    name : of the activation
    params : its numbers
    functions : what the functions are called there
    number : writes a number there
    """

    def translated(match: re.Match[str]) -> str:
        token = match[0]
        if token[0].isdigit():
            return number(float(token))
        if re.fullmatch(r"p\d", token):
            value = number(params[int(token[1])])
            return f"({value})" if value.startswith("-") else value
        return functions.get(token, token)

    return _TOKEN.sub(translated, FORMULAS[name])


def used_functions(name: str) -> set[str]:
    """Return the functions that the formula of an activation calls."""
    return {token for token in _TOKEN.findall(FORMULAS[name]) if token in FUNCTIONS}
