"""First values that fit the training rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike

from ..checks.arrays import Array
from ..checks.numbers import flag, integer
from ..checks.rows import finite_rows, input_rows
from ..checks.seeds import resolve_seed

# Of the rows whose weighted mean makes a bias.
_CORNERS = 5


class Named(Protocol):
    """An array's name."""

    @property
    def name(self) -> str: ...


class Operation(Protocol):
    """What is asked of an operation of the engine."""

    @property
    def kind(self) -> str: ...
    @property
    def settings(self) -> dict[str, Any]: ...
    @property
    def parameters(self) -> Sequence[Named]: ...
    @property
    def buffers(self) -> Sequence[Named]: ...


class Model(Protocol):
    """What :func:`fit_to_data` needs of a model."""

    @property
    def in_features(self) -> int | None: ...
    @property
    def dtype(self) -> str: ...
    @property
    def seed(self) -> int: ...
    @property
    def ops(self) -> Sequence[Operation]: ...
    def build(self, in_features: int) -> None: ...
    def parameters(self) -> Mapping[str, Array]: ...
    def statistics(self) -> Mapping[str, Array]: ...
    def values_before(self, k: int, x: Array) -> Array: ...


def fit_to_data(
    model: Model,
    X: ArrayLike,
    *,
    bias: bool = True,
    max_rows: int = 10_000,
    seed: int | np.random.Generator | None = None,
) -> None:
    """Adapt the first values of a model to training rows, in place, layer by layer.

    Parameters
    ----------
    model : fm.Sequential
        Its parameters are changed. It is built if it was not.
    X : array_like, shape (n, in_features)
        Training rows, as ``model.fit`` gets them.
    bias : bool, default True
        Whether biases are drawn, too.
    max_rows : int, default 10000
        Of more rows so many are drawn at random.
    seed : int, numpy.random.Generator or None
        Of the draws; None is the model's own.

    Raises
    ------
    ValueError, TypeError
        If `X` is no rows of finite numbers, or has less than two; the model is then unchanged.

    Notes
    -----
    With z_u(x) = x W_u (with the factor of ``weight_scale``), what unit u of a Dense layer makes of
    a row that has come through the layers before it, in inference:

    - each column W_u is divided by the standard deviation of z_u over the rows, so that it is 1
      (columns whose output does not vary stay as they are);
    - ``b_u = -(s_1 z_u(x_1) + ... + s_5 z_u(x_5))``: each unit draws its own five rows x_i, and
      weights s_i from the exponential distribution, divided by their sum. Units then bend where
      there are data: z_u + b_u = 0 in a random point between the five rows.

    The edges of a piecewise :class:`NumericEmbedding` become the quantiles of its inputs. All else
    stays as it is.

    Sources: Steinwart, "A sober look at neural network initializations", 2019 (the biases, "he+");
    Holzmueller, Grinsztajn, Steinwart, "Better by default", NeurIPS 2024 (both together; their
    "std" and "he+5").

    Examples
    --------
    >>> import numpy as np, fusedmlp as fm
    >>> X = np.random.default_rng(0).normal(5, 20, (1000, 4))
    >>> model = fm.Sequential([fm.Dense(8, weight_scale="ntk")], in_features=4, seed=0)
    >>> fm.initializers.fit_to_data(model, X)
    >>> model.predict(X).std(axis=0).round(3).tolist()
    [1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0]
    """
    what = "fit_to_data"
    if not hasattr(model, "values_before"):
        raise TypeError(f"{what}: model must be a Sequential, got {model!r}")
    rows = input_rows(X, what, "X", model.in_features)
    if len(rows) < 2:
        raise ValueError(f"{what}: X must have at least two rows, got shape {rows.shape}")
    finite_rows(rows, model.dtype, what, "X")
    bias = flag(bias, what, "bias")
    max_rows = integer(max_rows, what, "max_rows", low=2)
    rng = np.random.default_rng(model.seed if seed is None else resolve_seed(seed, what))
    model.build(rows.shape[1])
    if len(rows) > max_rows:
        rows = rows[np.sort(rng.choice(len(rows), max_rows, replace=False))]
    x = rows.astype(model.dtype)
    for k, op in enumerate(model.ops):
        if op.kind == "dense":
            _fit_dense(model, op, model.values_before(k, x), bias, rng)
        elif op.kind == "piecewise":
            edges = model.statistics()[op.buffers[0].name]
            chosen = model.values_before(k, x)[:, list(op.settings["columns"])]
            shares = np.linspace(0.0, 1.0, edges.shape[1])
            edges[:] = np.quantile(chosen.astype(np.float64), shares, axis=0).T


def _fit_dense(model: Model, op: Operation, x: Array, bias: bool, rng: np.random.Generator) -> None:
    W = model.parameters()[op.parameters[0].name]
    z = (x @ W).astype(np.float64) * op.settings["scale"]
    spread = z.std(axis=0)
    divisor = np.where(spread > 0, spread, 1.0)
    W /= divisor
    if not (bias and op.settings["bias"]):
        return
    units = W.shape[1]
    chosen = rng.integers(0, len(x), (_CORNERS, units))
    shares = rng.exponential(size=(_CORNERS, units))
    corners = z[chosen, np.arange(units)] / divisor
    b = model.parameters()[op.parameters[1].name]
    b[:] = -(shares / shares.sum(axis=0) * corners).sum(axis=0)
