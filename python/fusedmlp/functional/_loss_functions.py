"""Makes the two functions of a loss from its row of the catalogue."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from numpy.typing import ArrayLike

from ..checks.arrays import Array
from ..checks.losses import LossSettings
from ..core import backend
from ..core.catalogue import LOSSES, Number
from ._docs import paragraph, present_as
from ._loss_run import evaluate

Value = Callable[..., float | Array]
ValueAndGrad = Callable[..., tuple[float | Array, Array]]

_TEMPLATE = """{summary}

    {formula}

    Parameters
    ----------
    pred : array_like, {pred}
    target : array_like
        {target}
    sample_weight : array_like, shape (batch,), optional
        Weight w_i of each row, not negative and not all zero; 1 by default.
    reduction : {{"mean", "sum", "none"}}, default "mean"
        ``sum_i w_i l_i / sum_i w_i``, ``sum_i w_i l_i``, or ``w_i l_i`` for each row.
{params}
    Returns
    -------
{returns}
    Raises
    ------
    ValueError
        If shapes do not match, there are no rows to average over, or a target, weight or parameter
        is out of range.
    TypeError
        If an argument is of the wrong kind.

    Notes
    -----
    {notes}

    Examples
    --------
    >>> from fusedmlp import functional as F
    {example}
    """

_RETURNS_VALUE = """    float, or with "none" an array of shape (batch,) of `pred`'s dtype
        (float64 if `pred` is a float64 array, else float32).
"""
_RETURNS_BOTH = """    value : float, or with "none" an array of shape (batch,)
    dpred : numpy.ndarray, of `pred`'s shape and dtype
        Derivative of the value by `pred`; with "none" that of the sum.
"""

_CLASS_WEIGHT = """    class_weight : array_like, shape (classes,), or dict, optional
        Weight of each class; in a dict, classes not named weigh 1.
"""


def make(name: str, module: str) -> tuple[Value, ValueAndGrad]:
    """Return the functions `name` and `name`_value_and_grad as members of `module`."""
    mean = _exact_mean(name)

    def value(
        pred: ArrayLike,
        target: ArrayLike,
        *,
        sample_weight: ArrayLike | None = None,
        reduction: str = "mean",
        **params: Any,
    ) -> float | Array:
        if sample_weight is None and reduction == "mean" and not params:
            found = mean(pred, target, False)
            if found is not NotImplemented:
                return found[0]  # type: ignore[no-any-return]
        loss = LossSettings.checked(name, params, name)
        return evaluate(loss, pred, target, sample_weight, reduction, name, False)[0]

    def value_and_grad(
        pred: ArrayLike,
        target: ArrayLike,
        *,
        sample_weight: ArrayLike | None = None,
        reduction: str = "mean",
        **params: Any,
    ) -> tuple[float | Array, Array]:
        if sample_weight is None and reduction == "mean" and not params:
            found = mean(pred, target, True)
            if found is not NotImplemented:
                return found  # type: ignore[no-any-return]
        function = f"{name}_value_and_grad"
        loss = LossSettings.checked(name, params, function)
        result, dpred = evaluate(loss, pred, target, sample_weight, reduction, function, True)
        assert dpred is not None
        return result, dpred

    _describe(value, name, module, False)
    _describe(value_and_grad, name, module, True)
    return value, value_and_grad


def _exact_mean(name: str) -> Callable[[Any, Any, bool], Any]:
    """Return what exact arrays and default parameters, the usual case in a loop, go to: the kernel
    itself. NotImplemented where a check is needed, and always where parameters are those of each
    output or targets are not an interval."""
    row = LOSSES[name]
    params, bounds = tuple(row.defaults.values()), row.target_bounds
    if bounds is None or any(parameter.per_output for parameter in row.params.values()):
        return lambda pred, target, gradient: NotImplemented

    def mean(pred: Any, target: Any, gradient: bool) -> Any:
        return backend.core.loss_mean_exact(name, params, pred, target, bounds, gradient)

    return mean


def _describe(function: Any, name: str, module: str, gradient: bool) -> None:
    """Give a function its own name, signature and documentation."""
    row = LOSSES[name]
    params = {**({"class_weight": None} if row.class_weight else {}), **row.defaults}
    present_as(function, name + ("_value_and_grad" if gradient else ""), module, params)
    summary = f"{row.summary[:-1]}: the value and its gradient." if gradient else row.summary
    about = "".join(_parameter(key, parameter) for key, parameter in row.params.items())
    function.__doc__ = _TEMPLATE.format(
        summary=summary,
        formula=paragraph(row.formula),
        pred=row.pred_doc,
        target=paragraph(row.target_doc, 8),
        params=(_CLASS_WEIGHT if row.class_weight else "") + about,
        returns=_RETURNS_BOTH if gradient else _RETURNS_VALUE,
        notes=paragraph(row.notes),
        example=paragraph(row.gradient_example if gradient else row.example),
    )


def _parameter(key: str, parameter: Number) -> str:
    """Return the lines of a docstring on one parameter."""
    kind = "float or sequence of float" if parameter.per_output else "float"
    return f"    {key} : {kind}, default {parameter.default}\n        {parameter.doc}\n"
