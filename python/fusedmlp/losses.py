"""Losses as objects: a name with checked parameters, called on predictions and targets."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from . import _backend
from ._loss_inputs import Doubles, class_factors, prepare_target, row_weights
from ._tables import LOSSES
from ._validate import Array, choice, exact, float_array, number, raw_array, working_dtype

__all__ = [
    "Loss",
    "LossFunction",
    "class_factors",
    "evaluate",
    "get",
    "prepare_target",
    "row_weights",
]

LossFunction = Callable[..., tuple[float, Array]]

REDUCTIONS = ("mean", "sum", "none")


class Loss:
    """A loss with its parameters: ``loss(pred, target, sample_weight) -> (value, dpred)``.

    Parameters
    ----------
    name : str
        One of ``fm.functional.LOSSES``; the formulas stand at the functions of these names.
    **params
        Its parameters: ``delta`` (huber), ``q`` (quantile: a number or one per output),
        ``label_smoothing`` and ``class_weight`` (cross_entropy).

    Attributes
    ----------
    name : str
    params : dict
        All parameters, defaults included.

    Raises
    ------
    TypeError
        If there is no such parameter, or one is of the wrong kind.
    ValueError
        If there is no such loss, or a parameter is out of range.

    Notes
    -----
    A loss cannot be changed, compares by value and can be pickled. The value is the weighted mean
    ``sum_i w_i l_i / sum_i w_i`` over the rows, `dpred` its derivative by `pred`.

    Examples
    --------
    >>> import fusedmlp as fm
    >>> loss = fm.Loss("huber", delta=2.0)
    >>> loss
    Loss('huber', delta=2.0)
    >>> loss([[1.0], [5.0]], [[0.0], [0.0]])
    (4.25, array([[0.5],
           [1. ]], dtype=float32))
    """

    __slots__ = ("_params", "name")
    name: str
    _params: tuple[tuple[str, Any], ...]

    def __init__(self, name: str, **params: Any) -> None:
        self._set(name, params, "Loss")

    @classmethod
    def checked(cls, name: str, params: Mapping[str, Any], function: str) -> Loss:
        """Return a loss whose error messages speak of `function`."""
        loss = cls.__new__(cls)
        loss._set(name, params, function)
        return loss

    def _set(self, name: str, params: Mapping[str, Any], function: str) -> None:
        choice(name, function, "name", tuple(LOSSES))
        known: dict[str, Any] = dict(LOSSES[name])
        if name == "cross_entropy":
            known["class_weight"] = None  # weighs rows: no number of the kernel's
        for key in params:
            if key not in known:
                options = ", ".join(known) or "none"
                raise TypeError(f"{function}: {name} has no parameter {key!r} (it has: {options})")
        values = {**known, **params}
        checked = tuple((key, _CHECKS[key](values[key], function)) for key in values)
        object.__setattr__(self, "name", name)
        object.__setattr__(self, "_params", checked)

    @property
    def params(self) -> dict[str, Any]:
        """All parameters by name."""
        return {k: dict(v) if isinstance(v, _Weights) else v for k, v in self._params}

    @property
    def class_weight(self) -> Any:
        """Weights of the classes as given (cross_entropy), else None."""
        return self.params.get("class_weight")

    def kernel_params(self, outputs: int, function: str = "Loss") -> tuple[float, ...]:
        """Return the kernels' numbers; for quantile one q for each of `outputs`."""
        numbers = tuple(value for key, value in self._params if key != "class_weight")
        if self.name != "quantile":
            return numbers
        (q,) = numbers
        each = q if isinstance(q, tuple) else (q,) * outputs
        if len(each) != outputs:
            raise ValueError(
                f"{function}: q must be one number or one per output ({outputs}), got {len(each)}"
            )
        return each

    def __call__(
        self, pred: ArrayLike, target: ArrayLike, sample_weight: ArrayLike | None = None
    ) -> tuple[float, Array]:
        value, dpred = evaluate(self, pred, target, sample_weight, "mean", self.name, True)
        assert isinstance(value, float) and dpred is not None
        return value, dpred

    def __setattr__(self, key: str, value: Any) -> None:
        raise AttributeError(f"Loss cannot be changed; make a new one to set {key}")

    def __delattr__(self, key: str) -> None:
        raise AttributeError(f"Loss cannot be changed; {key} stays")

    def __reduce__(self) -> tuple[Any, ...]:
        return Loss.checked, (self.name, self.params, "Loss")

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Loss):
            return NotImplemented
        return (self.name, self._params) == (other.name, other._params)

    def __hash__(self) -> int:
        return hash((self.name, self._params))

    def __repr__(self) -> str:
        shown = {k: v for k, v in self.params.items() if v is not None}
        return f"Loss({self.name!r}{''.join(f', {k}={v!r}' for k, v in shown.items())})"


class _Weights(tuple[tuple[int, float], ...]):
    """The items of a dict of class weights: can be hashed."""


def _check_q(value: Any, function: str) -> float | tuple[float, ...]:
    if np.ndim(value) == 0:
        return number(value, function, "q", low=0.0, high=1.0, open_low=True, open_high=True)
    each = float_array(value, function, "q", dtype=np.float64, ndim=1)
    return tuple(
        number(q, function, "q", low=0.0, high=1.0, open_low=True, open_high=True) for q in each
    )


def _check_class_weight(value: Any, function: str) -> Any:
    if value is None:
        return None
    if isinstance(value, Mapping):
        for key in value:
            if isinstance(key, (bool, np.bool_)) or not isinstance(key, (int, np.integer)):
                raise TypeError(f"{function}: class_weight must map class indices, got key {key!r}")
        return _Weights(
            (int(k), number(v, function, "class_weight", low=0.0)) for k, v in value.items()
        )
    if isinstance(value, str):
        raise TypeError(
            f"{function}: class_weight must be a dict or one number per class, got {value!r}"
        )
    each = float_array(value, function, "class_weight", dtype=np.float64, ndim=1)
    return tuple(number(w, function, "class_weight", low=0.0) for w in each)


_CHECKS: dict[str, Callable[[Any, str], Any]] = {
    "delta": lambda v, function: number(v, function, "delta", low=0.0, open_low=True),
    "q": _check_q,
    "label_smoothing": lambda v, f: number(v, f, "label_smoothing", low=0.0, high=1.0),
    "class_weight": _check_class_weight,
}


def get(loss: str | Loss | LossFunction, function: str = "loss") -> Loss | LossFunction:
    """Return a :class:`Loss` for a name; a `Loss` or any other callable as it is.

    Parameters
    ----------
    loss : str, Loss or callable
        A callable is ``f(pred, target, sample_weight) -> (float, dpred)``.
    function : str
        Who asks, for the error message.

    Examples
    --------
    >>> from fusedmlp import losses
    >>> losses.get("mse")
    Loss('mse')
    """
    if isinstance(loss, Loss):
        return loss
    if isinstance(loss, str):
        choice(loss, function, "loss", tuple(LOSSES))
        return Loss(loss)
    if callable(loss) and not isinstance(loss, type):
        return loss
    raise TypeError(
        f"{function}: loss must be a name, fm.Loss(name, ...) or a callable "
        f"(pred, target, sample_weight) -> (float, dpred), got {loss!r}"
    )


def evaluate(
    loss: Loss,
    pred: ArrayLike,
    target: ArrayLike,
    sample_weight: ArrayLike | None,
    reduction: str,
    function: str,
    gradient: bool,
) -> tuple[float | Array, Array | None]:
    """Return the loss and, if wanted, its derivative by `pred` (with "none": that of the sum)."""
    choice(reduction, function, "reduction", REDUCTIONS)
    raw = raw_array(pred, function, "pred")
    if raw.ndim not in (1, 2) or (raw.ndim == 1 and loss.name == "cross_entropy"):
        wanted = "(batch, classes)" if loss.name == "cross_entropy" else "(batch, outputs)"
        raise ValueError(f"{function}: pred must have shape {wanted}, got {raw.shape}")
    rows, outputs = len(raw), raw.shape[1] if raw.ndim == 2 else 1
    if outputs == 0 or (rows == 0 and reduction == "mean"):
        raise ValueError(f"{function}: pred must not be empty, got shape {raw.shape}")
    dtype = working_dtype(pred, raw)
    x = exact(raw, dtype).reshape(rows, outputs)
    t = prepare_target(loss, target, outputs, dtype, function, rows=rows)
    params = loss.kernel_params(outputs, function)

    weights = row_weights(sample_weight, rows, function)
    factors = class_factors(loss, t, outputs, function)
    if factors is not None:
        weights = factors if weights is None else weights * factors
    w = np.ones(rows) if weights is None else weights
    total = in_order_sum(w)
    if rows and not total > 0:
        raise ValueError(f"{function}: sample_weight times class_weight is zero for every row")

    row_loss = np.empty(rows)
    dpred: Array | None = np.empty_like(x) if gradient else None
    # As in the training loop, to the last bit.
    scale = w * (1.0 / total) if reduction == "mean" else w
    _backend.core.loss_forward_backward(loss.name, params, x, t, scale, row_loss, dpred)
    if dpred is not None:
        dpred = dpred.reshape(raw.shape)
    with np.errstate(all="ignore"):
        weighted = w * row_loss
        if reduction == "none":
            return exact(weighted, dtype), dpred
        value = in_order_sum(weighted)
    return (value / total if reduction == "mean" else value), dpred


def in_order_sum(values: Doubles) -> float:
    """Return the sum taken row after row, as the training loop takes it."""
    return float(np.add.accumulate(values)[-1]) if len(values) else 0.0
