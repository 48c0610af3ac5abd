"""Losses as objects: a name with checked parameters, called on predictions and targets."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from numpy.typing import ArrayLike

from ..checks.arrays import Array
from ..checks.losses import LossSettings
from ..checks.numbers import choice
from ..core.catalogue import LOSSES
from ..functional._loss_run import evaluate

LossFunction = Callable[..., tuple[float, Array]]


class Loss(LossSettings):
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

    __slots__ = ()

    def __init__(self, name: str, **params: Any) -> None:
        self._set(name, params, "Loss")

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


# A loss cannot be changed: one object serves all who use its defaults.
_named = cache(Loss)


def get(loss: str | Loss | LossFunction, function: str = "loss") -> Loss | LossFunction:
    """Return a :class:`Loss` for a name; a `Loss` or any other callable as it is.

    Parameters
    ----------
    loss : str, Loss or callable
        A callable is ``f(pred, target, sample_weight) -> (float, dpred)``.
    function : str
        Name of the caller, for error messages.

    Examples
    --------
    >>> from fusedmlp import losses
    >>> losses.get("mse")
    Loss('mse')
    """
    if isinstance(loss, Loss):
        return loss
    if isinstance(loss, str):
        return _named(choice(loss, function, "loss", tuple(LOSSES)))
    if callable(loss) and not isinstance(loss, type):
        return loss
    raise TypeError(
        f"{function}: loss must be a name, fm.Loss(name, ...) or a callable "
        f"(pred, target, sample_weight) -> (float, dpred), got {loss!r}"
    )
