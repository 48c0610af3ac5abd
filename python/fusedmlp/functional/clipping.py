"""Gradient clipping."""

from __future__ import annotations

import math

import numpy as np

from ..checks.arrays import Array, inplace_array
from ..checks.numbers import number
from ..core import backend


def clip_factor(norm: float, max_norm: float) -> float:
    """Return what gradients of this norm are multiplied by: never more than 1."""
    factor = max_norm / (norm + 1e-6)
    return 1.0 if factor >= 1.0 else factor


def clip_grad_norm_(g: Array, max_norm: float) -> float:
    """Scale `g` in place to a Euclidean norm of at most `max_norm`; return the norm before.

    ``g *= min(1, max_norm / (norm + 1e-6))`` as ``torch.nn.utils.clip_grad_norm_``; the norm is
    summed in double. ``max_norm=math.inf`` only measures.

    Examples
    --------
    >>> import numpy as np
    >>> import fusedmlp.functional as F
    >>> g = np.array([3.0, 4.0])
    >>> F.clip_grad_norm_(g, 1.0), g.round(6)
    (5.0, array([0.6, 0.8]))
    """
    inplace_array(g, "clip_grad_norm_", "g")
    if not (isinstance(max_norm, float) and max_norm == math.inf):
        max_norm = number(max_norm, "clip_grad_norm_", "max_norm", low=0.0)
    norm = float(backend.core.gradient_norm(g.reshape(-1)))
    factor = clip_factor(norm, max_norm)
    if factor != 1.0:
        with np.errstate(all="ignore"):
            np.multiply(g, g.dtype.type(factor), out=g)
    return norm


def clip_grad_value_(g: Array, limit: float) -> None:
    """Limit every element of `g` to [-limit, limit] in place.

    Examples
    --------
    >>> import numpy as np
    >>> import fusedmlp.functional as F
    >>> g = np.array([3.0, -0.5, -4.0])
    >>> F.clip_grad_value_(g, 1.0)
    >>> g
    array([ 1. , -0.5, -1. ])
    """
    inplace_array(g, "clip_grad_value_", "g")
    backend.core.clip_values(g.reshape(-1), number(limit, "clip_grad_value_", "limit", low=0.0))
