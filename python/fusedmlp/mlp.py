"""``MLP``: the usual stack of dense layers from a list of widths."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .checks.numbers import choice, integer, number
from .core.catalogue import ACTIVATIONS
from .initializers import resolve_auto
from .layers import Activation, BatchNorm, Dense, Dropout, Layer, LayerNorm
from .sequential import Sequential


def MLP(
    sizes: Sequence[int],
    activation: str = "relu",
    *,
    output_activation: str | None = None,
    dropout: float = 0.0,
    norm: str | None = None,
    dtype: str = "float32",
    seed: int | np.random.Generator | None = None,
) -> Sequential:
    """Return a multi-layer perceptron: dense layers with one activation between them.

    A hidden layer is Dense -> norm -> activation -> dropout; the last layer is a Dense alone.

    Parameters
    ----------
    sizes : sequence of int
        Widths from input to output, at least two: ``[64, 32, 10]`` has one hidden layer.
    activation : str, default "relu"
        Of the hidden layers; one of ``fm.functional.ACTIVATIONS``.
    output_activation : str, optional
        Of the last layer. None leaves logits, which is what the losses take.
    dropout : float, default 0
        Probability that an output of a hidden layer is dropped in training; see
        :class:`fm.Dropout`. 0 adds no layer.
    norm : {None, "batch", "layer"}, default None
        A :class:`fm.BatchNorm` or :class:`fm.LayerNorm` between each hidden product and its
        activation, which is then a layer of its own.
    dtype : {"float32", "float64"}, default "float32"
    seed : int, numpy.random.Generator or None

    Returns
    -------
    Sequential

    Raises
    ------
    ValueError, TypeError
        If `sizes` holds fewer than two widths, or an argument is of the wrong kind or out of range.

    Notes
    -----
    A Dense before batch norm has no bias: the norm takes it away again. Weights start as if the
    activation were the Dense's own ("auto" looks at it).

    Examples
    --------
    >>> import fusedmlp as fm
    >>> fm.MLP([64, 32, 10], seed=0)
    <Sequential 64 -> [Dense(32, relu), Dense(10)], 2410 parameters, float32>
    >>> fm.MLP([64, 32, 10], dropout=0.2, norm="batch", seed=0)
    <Sequential 64 -> [Dense(32), BatchNorm, Activation('relu'), Dropout(0.2), Dense(10)],
    2442 parameters, float32>
    """
    if isinstance(sizes, (str, bytes)) or not isinstance(sizes, Sequence | np.ndarray):
        raise TypeError(f"MLP: sizes must be a list of widths such as [64, 32, 10], got {sizes!r}")
    widths = [integer(n, "MLP", f"sizes[{i}]", low=1) for i, n in enumerate(sizes)]
    if len(widths) < 2:
        raise ValueError(f"MLP: sizes must hold at least input and output width, got {widths}")
    activation = choice(activation, "MLP", "activation", tuple(ACTIVATIONS))
    if output_activation is not None:
        names = tuple(ACTIVATIONS)
        output_activation = choice(output_activation, "MLP", "output_activation", names)
    dropout = number(dropout, "MLP", "dropout", low=0.0, high=1.0)
    if norm is not None:
        norm = choice(norm, "MLP", "norm", ("batch", "layer"))
    layers: list[Layer] = []
    for n in widths[1:-1]:
        if norm is None:
            layers.append(Dense(n, activation))
        else:
            first = resolve_auto(activation)
            layers.append(Dense(n, bias=norm != "batch", weight_init=first))
            layers.append(BatchNorm() if norm == "batch" else LayerNorm())
            layers.append(Activation(activation))
        if dropout > 0:
            layers.append(Dropout(dropout))
    layers.append(Dense(widths[-1], output_activation))
    return Sequential(layers, in_features=widths[0], dtype=dtype, seed=seed)
