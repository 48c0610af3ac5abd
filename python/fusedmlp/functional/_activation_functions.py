"""Makes the two functions of an activation from its row of the catalogue."""

from __future__ import annotations

from collections.abc import Callable
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
from ..checks.parameters import activation_params
from ..core import backend
from ..core.catalogue import ACTIVATIONS, Number
from ._docs import paragraph, present_as

Function = Callable[..., Array]

_FORWARD = """{summary}

    {formula}

    {derivative}

    Parameters
    ----------
    x : array_like, any shape
    out : numpy.ndarray, optional
        Receives the result; of `x`'s shape and the result's dtype, C-contiguous. May be `x`
        itself, but not overlap it in part.
{params}
    Returns
    -------
    numpy.ndarray, of `x`'s shape
        float64 for float64 input, else float32 (lists and integers too).

    Raises
    ------
    TypeError
        If `x` holds no real numbers, or a parameter is unknown or no number.
    ValueError
        If `out` does not fit or a parameter is out of range.

    Notes
    -----
{notes}    NaN stays NaN, and infinities give the limit.

    Source: {source}

    Examples
    --------
    >>> from fusedmlp import functional as F
    >>> F.{name}([-1.0, 0.0, 2.0]).round(4)
    {example}
    """

_BACKWARD = """Derivative of :func:`{name}`: return dL/dx = dL/dy f'(x).

    {derivative}

    Parameters
    ----------
    dy : array_like, any shape
        dL/dy.
    x : array_like, of `dy`'s shape
        Input of the forward call.{x_note}
    y : array_like, of `dy`'s shape, optional
        Output of the forward call; giving it {y_note}.
    out : numpy.ndarray, optional
        Receives the result; of `dy`'s shape and the result's dtype, C-contiguous. May be `dy`,
        `x` or `y` itself, but not overlap them in part.
{params}
    Returns
    -------
    numpy.ndarray, of `dy`'s shape
        float64 if any array is, else float32.

    Raises
    ------
    TypeError
        If an array holds no real numbers, or a parameter is unknown or no number.
    ValueError
        If the shapes differ, `out` does not fit or a parameter is out of range.

    Examples
    --------
    >>> from fusedmlp import functional as F
    >>> F.{name}_backward([1.0, 1.0, 1.0], [-1.0, 0.0, 2.0]).round(4)
    {example}
    """

_X_MAY_BE_NONE = """ May be None where `y` is given."""


def make(name: str, module: str) -> tuple[Function, Function]:
    """Return the functions `name` and `name`_backward as members of `module`."""
    backward_name = f"{name}_backward"
    row = ACTIVATIONS[name]
    defaults = tuple(row.defaults.values())

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
        use_y = row.from_output and y is not None
        if x is None and not use_y:
            wanted = "x or y" if row.from_output else "x"
            raise TypeError(f"{backward_name}: {wanted} is needed, got None")
        dx = elementwise_output(
            out, dy_exact.shape, dy_exact.dtype, backward_name, inputs=(dy_exact, *given.values())
        )
        source = {"x": None, "y": given["y"]} if use_y else {"x": given["x"], "y": None}
        backend.core.activation_backward(name, numbers, dy_exact, source["x"], source["y"], dx)
        return dx

    _describe(forward, name, module, _FORWARD, row.values)
    _describe(backward, name, module, _BACKWARD, row.slopes)
    return forward, backward


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


def _describe(
    function: Any, name: str, module: str, template: str, numbers: tuple[float, ...]
) -> None:
    """Give a function its own name, signature and documentation."""
    row = ACTIVATIONS[name]
    present_as(
        function, name + ("_backward" if template is _BACKWARD else ""), module, row.defaults
    )
    notes = paragraph(row.notes)
    function.__doc__ = template.format(
        name=name,
        summary=row.summary,
        formula=paragraph(row.formula),
        derivative=paragraph(row.derivative),
        params="".join(_parameter(key, parameter) for key, parameter in row.params.items()),
        x_note=_X_MAY_BE_NONE if row.from_output else "",
        y_note="saves time" if row.from_output else "is not used here",
        notes=f"    {notes}\n\n" if notes else "",
        source=paragraph(row.source),
        example=repr(np.array(numbers, np.float32)),
    )


def _parameter(key: str, parameter: Number) -> str:
    """Return the lines of a docstring on one parameter."""
    bounds = parameter.bounds()
    kind = f"float {bounds}" if bounds else "float"
    return f"    {key} : {kind}, default {parameter.default}\n        {parameter.doc}\n"
