"""What the last activation lets through, beside what a loss expects."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from ..core.catalogue import ACTIVATIONS

Range = tuple[float, float]

_ALL: Range = (-math.inf, math.inf)
_POSITIVE: Range = (0.0, math.inf)

# The infimum and supremum of activations without an upper bound, from their parameters in the
# kernels' order; the rows of the catalogue hold those of the bounded ones.
_ONE_SIDED: dict[str, Callable[..., Range]] = {
    "relu": lambda: _POSITIVE,
    "leaky_relu": lambda slope: _POSITIVE if slope == 0 else _ALL,
    "elu": lambda alpha: (-alpha, math.inf),
    "selu": lambda: (-1.7580993408473766, math.inf),
    "celu": lambda alpha: (-alpha, math.inf),
    "softplus": lambda beta: _POSITIVE,
    "gelu": lambda: (-0.16997120747990369, math.inf),
    "gelu_tanh": lambda: (-0.17004075057125412, math.inf),
    "silu": lambda: (-0.27846454276107380, math.inf),
    "mish": lambda: (-0.30884341301275430, math.inf),
    "hardswish": lambda: (-0.375, math.inf),
}

# What the losses do with an output themselves.
_LINKS = {
    "cross_entropy": "softmax",
    "binary_cross_entropy": "sigmoid",
    "poisson_nll": "exp",
}

# Logits within these limits are still squashed: softmax and sigmoid of them stay away from 0 and 1.
_WIDE = 10.0


def output_range(activation: str, params: Sequence[float]) -> Range:
    """Return the smallest and the largest output of an activation, reached or approached."""
    row = ACTIVATIONS[activation]
    if row.output_range is not None:
        low, high = row.ends(row.output_range, tuple(params))
        assert low is not None and high is not None
        return low, high
    return _ONE_SIDED[activation](*params) if activation in _ONE_SIDED else _ALL


def refuse_squashed(
    loss: str, activation: str, params: Sequence[float], layer: str, function: str
) -> None:
    """Raise ValueError if the last activation bounds what `loss` takes as logits.

    cross_entropy, binary_cross_entropy and poisson_nll apply softmax, sigmoid and exp themselves: a
    bounded output is squashed twice, and one that is never negative means a probability of at
    least 1/2, or a rate of at least 1. hinge applies nothing, but needs outputs from -1 to +1.
    """
    low, high = output_range(activation, params)
    if loss == "hinge":
        reason = "needs outputs from -1 to +1 and beyond" if low > -1 or high < 1 else ""
    elif loss in _LINKS:
        bounded = low > -_WIDE and high < _WIDE
        one_sided = low >= 0 and loss != "cross_entropy"
        reason = f"applies {_LINKS[loss]} to them itself" if bounded or one_sided else ""
    else:
        return
    if not reason:
        return
    link = _LINKS.get(loss)
    after = {
        "softmax": "; fm.functional.softmax(model.predict(X)) gives probabilities",
        "sigmoid": "; fm.functional.sigmoid(model.predict(X)) gives probabilities",
        "exp": "; np.exp(model.predict(X)) gives rates",
    }.get(link or "", "")
    raise ValueError(
        f"{function}: {loss} takes logits and {reason}, but {layer} ends with {activation}, whose "
        f"outputs lie between {low:.3g} and {high:.3g}; leave the output activation out{after}"
    )
