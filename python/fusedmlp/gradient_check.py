"""``gradcheck``: the gradients of a model against central differences."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from .checks.arrays import Array
from .checks.numbers import flag, integer
from .checks.seeds import resolve_seed
from .core import backend
from .losses.loss import Loss
from .sequential import Sequential
from .training.task import prepare_task

# Tried in this order until the error is small: a corner of the loss may lie inside a large step,
# rounding spoils a small one.
_STEPS = (1e-5, 1e-4, 1e-6, 1e-3)
_GOOD_ENOUGH = 1e-9
# Gradients below this are compared as if they were as large: theirs are the digits of a difference.
_FLOOR = 1e-4


def gradcheck(
    model: Sequential,
    X: ArrayLike,
    y: ArrayLike,
    *,
    loss: str | Loss | Callable[..., tuple[float, Array]],
    training: bool = True,
    samples: int | None = None,
    seed: int | np.random.Generator = 0,
) -> float:
    """Return the largest relative error of the model's gradients against central differences.

    Every parameter and every element of `X` is moved by a small step to both sides, on a float64
    copy of the model; the model itself is not touched.

    Parameters
    ----------
    model : Sequential
        Of either dtype; built, or else it is the copy that is built for `X`.
    X : array_like, shape (n, in_features)
    y : array_like
        Targets, as in ``model.fit``.
    loss : str, fm.Loss or callable
        As in ``model.fit``.
    training : bool, default True
        Whether layers behave as in training. Dropout then drops the same elements in every
        evaluation, and batch norm uses the batch's statistics.
    samples : int, optional
        Check so many of all parameters and inputs only, drawn at random.
    seed : int or numpy.random.Generator, default 0
        Of that draw.

    Returns
    -------
    float
        The largest ``|a - n| / max(|a|, |n|, G / 1000, 1e-4, r)``, where a is our gradient, n the
        difference quotient, G the largest of our gradients, and r = 1e7 times the rounding error of
        n. So elements that are zero, or tiny beside the others, need not agree in digits that the
        difference quotient does not have. Right gradients stay below 1e-6, a wrong one gives 1e-3
        to 1. NaN if the loss is not finite.

    Raises
    ------
    ValueError, TypeError
        As ``model.fit`` for bad data or a bad loss.

    Notes
    -----
    n = (L(x + h) - L(x - h)) / 2h with h = 1e-5 max(1, |x|). Where that does not agree to 1e-9,
    other steps from 1e-6 to 1e-3 are tried and the best counts, because a corner (relu, mae) may
    lie between the two points. An input that sits exactly on a corner has no derivative to agree
    with: behind dead or dropped units, move zero biases off zero first.

    Inputs that are indices (of :class:`CategoryEmbedding`, :class:`OneHot`) stay where they are.

    A loss of extremely small numbers hides behind the 1e-4: scale it up first.

    Each element costs two forward passes, in Python: meant for small models, or with `samples`.

    Examples
    --------
    >>> import numpy as np, fusedmlp as fm
    >>> rng = np.random.default_rng(0)
    >>> model = fm.MLP([3, 5, 2], "tanh", norm="batch", dropout=0.2, seed=0)
    >>> X, y = rng.standard_normal((8, 3)), rng.integers(0, 2, 8)
    >>> fm.gradcheck(model, X, y, loss="cross_entropy") < 1e-6
    True
    """
    what = "gradcheck"
    if not isinstance(model, Sequential):
        raise TypeError(f"{what}: model must be a Sequential, got {type(model).__name__}")
    flag(training, what, "training")
    if samples is not None:
        integer(samples, what, "samples", low=1)
    seed = resolve_seed(seed, what)
    copy = _double(model)
    # In float64, too, where the model is float32.
    task = prepare_task(copy, X, y, loss, what)
    copy.build(task.x.shape[1])
    plan = copy.planned(task.x.shape[1])
    x = np.array(task.x, dtype=np.float64, order="C")
    function: Any = task.loss if isinstance(task.loss, Loss) else task.engine_loss
    core = backend.core
    network, theta, threads = copy._network, copy.theta, core.get_num_threads()
    statistics = copy.buffers.copy()

    def value_and_dpred() -> tuple[float, Array]:
        pred = np.empty((len(x), copy.out_features))
        # The same statistics and the same random numbers each time: one and the same function.
        copy.buffers[:] = statistics
        network.forward(x, pred, training, copy.seed, 0, threads)
        result: tuple[float, Array] = function(pred, task.target, None)
        return result

    dpred = value_and_dpred()[1]
    dx = np.empty_like(x)
    network.backward(dpred, dx, threads)
    places = [(theta, i, a) for i, a in enumerate(copy.grad.tolist())]
    # An index has no derivative.
    moved = np.delete(np.arange(x.size).reshape(x.shape), plan.integer_inputs, axis=1).ravel()
    places += [(x.reshape(-1), i, float(dx.flat[i])) for i in moved.tolist()]
    scale = max((abs(a) for _, _, a in places), default=0.0)
    if samples is not None and samples < len(places):
        drawn = np.random.default_rng(seed)
        places = [places[k] for k in drawn.choice(len(places), samples, replace=False)]
    errors = [_error(lambda: value_and_dpred()[0], *place, scale) for place in places]
    return float(np.max(errors, initial=0.0))


def _double(model: Sequential) -> Sequential:
    """Return the model in float64, with its own arrays."""
    copy = Sequential(model.layers, dtype="float64", seed=model.seed)
    if model.in_features is not None:
        copy.build(model.in_features)
        copy.theta[:], copy.buffers[:] = model.theta, model.buffers
    return copy


def _error(value: Callable[[], float], flat: Array, i: int, gradient: float, scale: float) -> float:
    """Return the relative error of one element's gradient for the step that suits it best."""
    x, eps = flat[i], float(np.finfo(np.float64).eps)
    best = np.inf
    for step in _STEPS:
        h = step * max(1.0, abs(x))
        flat[i] = x + h
        right, width = value(), flat[i]
        flat[i] = x - h
        left, width = value(), width - flat[i]
        flat[i] = x
        numeric = (right - left) / width
        rounding = eps * max(abs(right), abs(left)) / h
        size = max(abs(gradient), abs(numeric), scale / 1000, _FLOOR, 1e7 * rounding)
        error = abs(gradient - numeric) / size
        if not np.isfinite(error):
            return float("nan")
        best = min(best, error)
        if best < _GOOD_ENOUGH:
            break
    return best
