"""``MLP``: the usual stack of dense layers from a list of widths."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ._validate import integer
from .layers import Dense, Layer
from .model import Sequential


def MLP(
    sizes: Sequence[int],
    activation: str = "relu",
    *,
    output_activation: str | None = None,
    dtype: str = "float32",
    seed: int | np.random.Generator | None = None,
) -> Sequential:
    """Return a multi-layer perceptron: dense layers with one activation between them.

    Parameters
    ----------
    sizes : sequence of int
        Widths from input to output, at least two: ``[64, 32, 10]`` has one hidden layer.
    activation : str, default "relu"
        Of the hidden layers; one of ``fm.functional.ACTIVATIONS``.
    output_activation : str, optional
        Of the last layer. None leaves logits, which is what the losses take.
    dtype : {"float32", "float64"}, default "float32"
    seed : int, numpy.random.Generator or None

    Returns
    -------
    Sequential

    Examples
    --------
    >>> import fusedmlp as fm
    >>> fm.MLP([64, 32, 10], seed=0)
    <Sequential 64 -> [Dense(32, relu), Dense(10)], 2410 parameters, float32>
    """
    if isinstance(sizes, (str, bytes)) or not isinstance(sizes, Sequence | np.ndarray):
        raise TypeError(f"MLP: sizes must be a list of widths such as [64, 32, 10], got {sizes!r}")
    widths = [integer(n, "MLP", f"sizes[{i}]", low=1) for i, n in enumerate(sizes)]
    if len(widths) < 2:
        raise ValueError(f"MLP: sizes must hold at least input and output width, got {widths}")
    layers: list[Layer] = [Dense(n, activation) for n in widths[1:-1]]
    layers.append(Dense(widths[-1], output_activation))
    return Sequential(layers, in_features=widths[0], dtype=dtype, seed=seed)
