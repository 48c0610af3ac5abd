"""Loss functions on arrays, each with its value and with value and gradient in one pass."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from numpy.typing import ArrayLike

from ..checks.arrays import Array
from ..checks.losses import LossSettings
from ..core.catalogue import LOSSES as _TABLE
from ._loss_docs import DOCS
from ._loss_run import evaluate

LOSSES = tuple(_TABLE)

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


def _describe(function: Any, name: str, suffix: str) -> None:
    """Give a function made by the factory its own name, signature and documentation."""
    doc = DOCS[name]
    params = dict(_TABLE[name])
    if name == "cross_entropy":
        params = {"class_weight": None, **params}
    keyword = inspect.Parameter.KEYWORD_ONLY
    fixed = list(inspect.signature(function).parameters.values())[:-1]
    extra = [inspect.Parameter(k, keyword, default=v) for k, v in params.items()]
    function.__signature__ = inspect.Signature([*fixed, *extra])
    function.__name__ = function.__qualname__ = name + suffix
    summary = doc.summary if not suffix else f"{doc.summary[:-1]}: the value and its gradient."
    default_pred = "shape (batch,) for one output, or (batch, outputs)"
    function.__doc__ = _TEMPLATE.format(
        summary=summary,
        formula=doc.formula,
        pred=doc.pred or default_pred,
        target=doc.target or "Of the same shape; (batch,) and (batch, 1) stand for each other.",
        params=doc.params,
        returns=_RETURNS_BOTH if suffix else _RETURNS_VALUE,
        notes=doc.notes,
        example=doc.gradient_example if suffix else doc.example,
    )


def _make(name: str) -> tuple[Value, ValueAndGrad]:
    def value(
        pred: ArrayLike,
        target: ArrayLike,
        *,
        sample_weight: ArrayLike | None = None,
        reduction: str = "mean",
        **params: Any,
    ) -> float | Array:
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
        function = f"{name}_value_and_grad"
        loss = LossSettings.checked(name, params, function)
        result, dpred = evaluate(loss, pred, target, sample_weight, reduction, function, True)
        assert dpred is not None
        return result, dpred

    _describe(value, name, "")
    _describe(value_and_grad, name, "_value_and_grad")
    return value, value_and_grad


mse, mse_value_and_grad = _make("mse")
mae, mae_value_and_grad = _make("mae")
huber, huber_value_and_grad = _make("huber")
log_cosh, log_cosh_value_and_grad = _make("log_cosh")
quantile, quantile_value_and_grad = _make("quantile")
poisson_nll, poisson_nll_value_and_grad = _make("poisson_nll")
binary_cross_entropy, binary_cross_entropy_value_and_grad = _make("binary_cross_entropy")
cross_entropy, cross_entropy_value_and_grad = _make("cross_entropy")
hinge, hinge_value_and_grad = _make("hinge")

__all__ = [
    "LOSSES",
    "binary_cross_entropy",
    "binary_cross_entropy_value_and_grad",
    "cross_entropy",
    "cross_entropy_value_and_grad",
    "hinge",
    "hinge_value_and_grad",
    "huber",
    "huber_value_and_grad",
    "log_cosh",
    "log_cosh_value_and_grad",
    "mae",
    "mae_value_and_grad",
    "mse",
    "mse_value_and_grad",
    "poisson_nll",
    "poisson_nll_value_and_grad",
    "quantile",
    "quantile_value_and_grad",
]
