"""Element-wise activations and their derivatives."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ..checks.arrays import (
    Array,
    elementwise_output,
    exact,
    float_array,
    is_exact,
    raw_array,
    working_dtype,
)
from ..checks.numbers import number
from ..core import backend
from ..core.catalogue import ACTIVATIONS as _TABLE
from ._activation_docs import BACKWARD, DOCS, FORWARD, PARAMS, X_MAY_BE_NONE

ACTIVATIONS = tuple(_TABLE)

Forward = Callable[..., Array]

# Beyond these limits x / alpha or beta * x leaves the range of float32.
_LOW, _HIGH = 1e-30, 1e30


def activation_params(function: str, name: str, params: Mapping[str, Any]) -> tuple[float, ...]:
    """Return the numbers of activation `name` in the kernels' order, after checking them."""
    known = _TABLE[name]
    for key in params:
        if key not in known:
            options = ", ".join(known) or "none"
            raise TypeError(f"{function}: {name} has no parameter {key!r} (it has: {options})")
    if not params:
        return tuple(known.values())
    values = {}
    for key, value in {**known, **params}.items():
        if key == "negative_slope":
            values[key] = number(value, function, key, low=0.0)
        elif key in ("alpha", "beta"):
            values[key] = number(value, function, key, low=_LOW, high=_HIGH)
        else:
            values[key] = number(value, function, key)
    if name == "hardtanh" and not values["min_val"] < values["max_val"]:
        raise ValueError(
            f"{function}: hardtanh needs min_val < max_val, got {values['min_val']:g} and "
            f"{values['max_val']:g}"
        )
    return tuple(values.values())


def _exact_inputs(
    function: str, dy: ArrayLike, **given: ArrayLike | None
) -> tuple[Array, dict[str, Array | None]]:
    """Arrays of one shape and one dtype: float64 if any of them is, else float32."""
    if is_exact(dy):
        as_given: dict[str, Array | None] = {}
        for key, value in given.items():
            if value is None:
                as_given[key] = None
            elif is_exact(value) and value.dtype is dy.dtype and value.shape == dy.shape:
                as_given[key] = value
        if len(as_given) == len(given):
            return dy, as_given
    present = {"dy": dy, **{key: value for key, value in given.items() if value is not None}}
    raw = {key: raw_array(value, function, key) for key, value in present.items()}
    dtype = np.result_type(*(working_dtype(present[key], raw[key]) for key in raw))
    shape = raw["dy"].shape
    for key, array in raw.items():
        if array.shape != shape:
            raise ValueError(
                f"{function}: {key} must have the shape of dy, {shape}, got {array.shape}"
            )
    others = {key: exact(raw[key], dtype) if key in raw else None for key in given}
    return exact(raw["dy"], dtype), others


def _describe(function: Any, name: str, template: str, example: str) -> None:
    """Give a function made by the factory its own name, signature and documentation."""
    doc = DOCS[name]
    suffix = "_backward" if template is BACKWARD else ""
    keyword = inspect.Parameter.KEYWORD_ONLY
    fixed = list(inspect.signature(function).parameters.values())[:-1]
    extra = [inspect.Parameter(k, keyword, default=v) for k, v in _TABLE[name].items()]
    function.__signature__ = inspect.Signature([*fixed, *extra])
    function.__name__ = function.__qualname__ = name + suffix
    function.__doc__ = template.format(
        name=name,
        summary=doc.summary,
        formula=doc.formula,
        derivative=doc.derivative,
        params="".join(PARAMS[name, key] for key in _TABLE[name]),
        x_note=X_MAY_BE_NONE if doc.from_output else "",
        y_note="saves time" if doc.from_output else "is not used here",
        notes=doc.notes,
        source=doc.source,
        example=example,
    )


def _make(name: str) -> tuple[Forward, Forward]:
    backward_name = f"{name}_backward"
    defaults = tuple(_TABLE[name].values())

    def forward(x: ArrayLike, *, out: Array | None = None, **params: Any) -> Array:
        if out is not None and not params:
            # Exact arrays, the usual case in a loop, go straight to the kernel.
            done = backend.core.activation_forward_exact(name, defaults, x, out)
            if done is not NotImplemented:
                return done  # type: ignore[no-any-return]
        numbers = activation_params(name, name, params)
        x_exact = float_array(x, name, "x")
        y = elementwise_output(out, x_exact.shape, x_exact.dtype, name, inputs=(x_exact,))
        backend.core.activation_forward(name, numbers, x_exact, y)
        return y

    def backward(
        dy: ArrayLike,
        x: ArrayLike | None,
        y: ArrayLike | None = None,
        *,
        out: Array | None = None,
        **params: Any,
    ) -> Array:
        if out is not None and not params:
            done = backend.core.activation_backward_exact(name, defaults, dy, x, y, out)
            if done is not NotImplemented:
                return done  # type: ignore[no-any-return]
        numbers = activation_params(backward_name, name, params)
        dy_exact, given = _exact_inputs(backward_name, dy, x=x, y=y)
        use_y = DOCS[name].from_output and y is not None
        if x is None and not use_y:
            wanted = "x or y" if DOCS[name].from_output else "x"
            raise TypeError(f"{backward_name}: {wanted} is needed, got None")
        dx = elementwise_output(
            out, dy_exact.shape, dy_exact.dtype, backward_name, inputs=(dy_exact, *given.values())
        )
        source = {"x": None, "y": given["y"]} if use_y else {"x": given["x"], "y": None}
        backend.core.activation_backward(name, numbers, dy_exact, source["x"], source["y"], dx)
        return dx

    _describe(forward, name, FORWARD, DOCS[name].example)
    _describe(backward, name, BACKWARD, DOCS[name].backward_example)
    return forward, backward


identity, identity_backward = _make("identity")
sigmoid, sigmoid_backward = _make("sigmoid")
tanh, tanh_backward = _make("tanh")
relu, relu_backward = _make("relu")
leaky_relu, leaky_relu_backward = _make("leaky_relu")
elu, elu_backward = _make("elu")
selu, selu_backward = _make("selu")
celu, celu_backward = _make("celu")
softplus, softplus_backward = _make("softplus")
softsign, softsign_backward = _make("softsign")
gelu, gelu_backward = _make("gelu")
gelu_tanh, gelu_tanh_backward = _make("gelu_tanh")
silu, silu_backward = _make("silu")
mish, mish_backward = _make("mish")
hardtanh, hardtanh_backward = _make("hardtanh")
relu6, relu6_backward = _make("relu6")
hardsigmoid, hardsigmoid_backward = _make("hardsigmoid")
hardswish, hardswish_backward = _make("hardswish")

__all__ = ["ACTIVATIONS", *ACTIVATIONS, *(f"{name}_backward" for name in ACTIVATIONS)]
