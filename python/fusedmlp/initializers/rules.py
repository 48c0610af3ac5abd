"""First values by a rule: the names, and callables."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..checks.arrays import Array, finite, raw_array
from ..checks.numbers import choice
from ..core.catalogue import ACTIVATIONS

Doubles = NDArray[np.float64]
Initializer = str | Callable[[tuple[int, ...], np.random.Generator], Array]

HE_ACTIVATIONS = tuple(name for name, row in ACTIVATIONS.items() if row.weight_init == "he_normal")


class _Request(NamedTuple):
    shape: tuple[int, ...]
    rng: np.random.Generator
    fan_in: int
    fan_out: int

    def normal(self, variance: float) -> Doubles:
        return self.rng.normal(0.0, math.sqrt(variance), self.shape)

    def uniform(self, variance: float) -> Doubles:
        """U(-a, a) has the variance a^2 / 3."""
        return self.interval(math.sqrt(3.0 * variance))

    def interval(self, a: float) -> Doubles:
        return self.rng.uniform(-a, a, self.shape)

    @property
    def fan_sum(self) -> int:
        return self.fan_in + self.fan_out


def _orthogonal(r: _Request) -> Doubles:
    rows, columns = r.shape
    q, upper = np.linalg.qr(r.rng.standard_normal((max(r.shape), min(r.shape))))
    # Signs by R's diagonal make Q uniform over the orthogonal matrices.
    q = q * np.where(np.diagonal(upper) < 0, -1.0, 1.0)
    return np.ascontiguousarray(q if rows >= columns else q.T)


def _truncated_normal(r: _Request) -> Doubles:
    values = r.rng.standard_normal(r.shape)
    outside = np.abs(values) > 2
    while outside.any():
        values[outside] = r.rng.standard_normal(np.count_nonzero(outside))
        outside = np.abs(values) > 2
    return values


_RULES: dict[str, Callable[[_Request], Doubles]] = {
    "he_normal": lambda r: r.normal(2.0 / r.fan_in),
    "he_uniform": lambda r: r.uniform(2.0 / r.fan_in),
    "glorot_normal": lambda r: r.normal(2.0 / r.fan_sum),
    "glorot_uniform": lambda r: r.uniform(2.0 / r.fan_sum),
    "lecun_normal": lambda r: r.normal(1.0 / r.fan_in),
    "lecun_uniform": lambda r: r.uniform(1.0 / r.fan_in),
    "orthogonal": _orthogonal,
    "truncated_normal": _truncated_normal,
    "zeros": lambda r: np.zeros(r.shape),
    "ones": lambda r: np.ones(r.shape),
    "torch": lambda r: r.interval(1.0 / math.sqrt(r.fan_in)),
}

# These need no fans, or take the layer's fan_in, so that they fit a bias too.
_FOR_VECTORS = ("truncated_normal", "zeros", "ones", "torch")

INITIALIZERS = ("auto", *_RULES)


def check_initializer(spec: Any, function: str, argument: str) -> Initializer:
    """Return `spec` if it is one of the names or a callable.

    Examples
    --------
    >>> from fusedmlp.initializers import check_initializer
    >>> check_initializer("he_normal", "Dense", "weight_init")
    'he_normal'
    """
    if isinstance(spec, str):
        return choice(spec, function, argument, INITIALIZERS)
    if not callable(spec):
        raise TypeError(
            f"{function}: {argument} must be a name or a callable (shape, rng) -> array, "
            f"got {spec!r}"
        )
    checked: Initializer = spec
    return checked


def resolve_auto(activation: str, ndim: int = 2) -> str:
    """Return the rule that "auto" stands for, before `activation` and for this kind of tensor.

    Examples
    --------
    >>> from fusedmlp.initializers import resolve_auto
    >>> resolve_auto("relu"), resolve_auto("selu"), resolve_auto("tanh"), resolve_auto("relu", 1)
    ('he_normal', 'lecun_normal', 'glorot_uniform', 'zeros')
    """
    if ndim == 1:
        return "zeros"
    return ACTIVATIONS[activation].weight_init if activation in ACTIVATIONS else "glorot_uniform"


def initialize(
    spec: Initializer,
    shape: tuple[int, ...],
    rng: np.random.Generator,
    *,
    activation: str = "identity",
    fan_in: int | None = None,
) -> Doubles:
    """Return first values for a weight (fan_in, fan_out) or a bias (fan_out,).

    Parameters
    ----------
    spec : str or callable
        A name of the table above, or ``f(shape, rng) -> array``.
    shape : tuple of int
    rng : numpy.random.Generator
    activation : str, default "identity"
        What follows; "auto" looks at it.
    fan_in : int, optional
        Number of inputs of the layer, which a bias's shape does not tell; by default ``shape[0]``
        of a weight.

    Returns
    -------
    numpy.ndarray of float64

    Raises
    ------
    TypeError
        If `spec` is neither, or the callable returns no real numbers.
    ValueError
        If there is no such name, the rule needs a weight and `shape` is a bias's, or the callable
        returns another shape or values that are not finite.

    Examples
    --------
    >>> import numpy as np
    >>> from fusedmlp.initializers import initialize
    >>> w = initialize("glorot_uniform", (200, 100), np.random.default_rng(0))
    >>> w.shape, bool(abs(w).max() <= (6 / 300) ** 0.5)
    ((200, 100), True)
    """
    spec = check_initializer(spec, "initialize", "spec")
    if callable(spec):
        return _called(spec, shape, rng)
    name = resolve_auto(activation, len(shape)) if spec == "auto" else spec
    if len(shape) != 2 and name not in _FOR_VECTORS:
        raise ValueError(
            f"initialize: {name} needs a weight of shape (fan_in, fan_out), got shape {shape}"
        )
    if fan_in is None:
        fan_in = shape[0]
    if 0 in shape or fan_in < 1:
        raise ValueError(f"initialize: shape must hold positive sizes, got {shape}")
    return _RULES[name](_Request(shape, rng, fan_in, shape[-1]))


def _called(
    function: Callable[..., Any], shape: tuple[int, ...], rng: np.random.Generator
) -> Doubles:
    name = getattr(function, "__name__", type(function).__name__)
    values = raw_array(function(shape, rng), "initialize", f"the result of {name}")
    if values.shape != shape:
        raise ValueError(f"initialize: {name} must return shape {shape}, got {values.shape}")
    finite(values, "initialize", f"the result of {name}")
    return values.astype(np.float64)
