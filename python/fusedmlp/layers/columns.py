"""Layers on some of the columns, and several of them side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, ClassVar

import numpy as np

from ..checks.numbers import integer
from .base import Built, Layer, checked_layers
from .description import layer_from_dict, layer_to_dict

ColumnNumbers = Sequence[int] | range | None


class ColumnLayer(Layer):
    """Base of layers that read some columns: the others come first in the output, in their order,
    behind them what the layer makes of the chosen ones, in the order of `columns`."""

    columns: tuple[int, ...] | None = None

    def build_on(self, in_features: int, columns: tuple[int, ...]) -> Built:
        """Return what this layer needs to read these columns."""
        raise TypeError(f"{type(self).__name__} is no layer of columns: it has no build_on()")

    def chosen(self, in_features: int) -> tuple[int, ...]:
        """Return the columns that are read; ValueError if the input has no such column."""
        if self.columns is None:
            return tuple(range(in_features))
        if max(self.columns, default=-1) >= in_features:
            raise ValueError(
                f"{type(self).__name__}: columns must be below {in_features}, the number of "
                f"inputs, got {max(self.columns)}"
            )
        return self.columns

    def build(self, in_features: int) -> Built:
        """Return what this layer needs for inputs of width `in_features`."""
        return self.build_on(in_features, self.chosen(in_features))


def checked_columns(columns: Any, function: str) -> tuple[int, ...] | None:
    """Return column numbers as a tuple: at least one, none twice; None is all columns."""
    if columns is None:
        return None
    if isinstance(columns, (str, bytes)) or not hasattr(columns, "__iter__"):
        raise TypeError(f"{function}: columns must be numbers such as [0, 2], got {columns!r}")
    checked = tuple(integer(column, function, "columns") for column in columns)
    if not checked or len(set(checked)) < len(checked):
        raise ValueError(
            f"{function}: columns must name at least one column, none twice, got {checked}"
        )
    return checked


def numbers_for_each(value: Any, count: int) -> tuple[float, ...]:
    """Return one number for each of `count`, from one for all or as many."""
    return tuple(float(v) for v in np.broadcast_to(np.asarray(value, np.float64), (count,)))


class Columns(Layer):
    """Layers side by side, each on its own columns of the input; the other columns pass.

    Parameters
    ----------
    layers : sequence of layers
        :class:`NumericEmbedding`, :class:`CategoryEmbedding` and :class:`OneHot`, with the columns
        of the input that each reads. No column belongs to two.

    Raises
    ------
    TypeError, ValueError
        If `layers` holds anything else; on building, if a column is missing or read twice.

    Notes
    -----
    The output begins with the columns that no layer reads, in their order; then come the outputs
    of the layers, in the order of `layers`. Parameters are named by the numbers of both:
    "0.1.weight" is that of layer 1 inside layer 0 of the model.

    Examples
    --------
    Three numbers, two categories as one-hot columns, one of forty values as 8 numbers, a flag:

    >>> import fusedmlp as fm
    >>> inputs = fm.Columns([
    ...     fm.NumericEmbedding(columns=[0, 1, 2]),
    ...     fm.OneHot([3, 5], columns=[3, 4]),
    ...     fm.CategoryEmbedding([40], columns=[5]),
    ... ])
    >>> model = fm.Sequential([inputs, fm.Scale(), fm.Dense(1)], in_features=7, seed=0)
    >>> 1 + 3 * 4 + 8 + 8 == model.parameters()["1.weight"].size
    True
    """

    fields: ClassVar[tuple[str, ...]] = ("layers",)

    def __init__(self, layers: Sequence[Layer]) -> None:
        self.layers: tuple[Layer, ...] = checked_layers(layers, "Columns")
        for i, layer in enumerate(self.layers):
            if not isinstance(layer, ColumnLayer):
                raise TypeError(
                    f"Columns: layers[{i}] must be a layer with columns, such as "
                    f"fm.OneHot([3], columns=[0]), got {layer!r}"
                )

    def config(self) -> dict[str, Any]:
        """Return the constructor's arguments, as plain values."""
        return {"layers": [layer_to_dict(layer) for layer in self.layers]}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Columns:
        """Return the layer with these inner layers."""
        return cls([layer_from_dict(item) for item in config["layers"]])

    def build(self, in_features: int) -> Built:
        """Return what this layer needs for inputs of width `in_features`."""
        whole = Built(in_features, [])
        left = list(range(in_features))  # columns that nobody has read yet: the first ones
        for i, layer in enumerate(self.layers):
            assert isinstance(layer, ColumnLayer)
            chosen = layer.chosen(in_features)
            taken = [column for column in chosen if column not in left]
            if taken:
                raise ValueError(
                    f"Columns: layers[{i}] {layer.label()} reads column {taken[0]}, which a layer "
                    "before it reads too"
                )
            built = layer.build_on(
                whole.out_features, tuple(left.index(column) for column in chosen)
            )
            if built.integer_inputs:
                whole.integer_inputs += chosen
            left = [column for column in left if column not in chosen]
            for op in built.ops:
                parameters = [replace(t, name=f"{i}.{t.name}") for t in op.parameters]
                buffers = [replace(t, name=f"{i}.{t.name}") for t in op.buffers]
                whole.ops.append(replace(op, parameters=parameters, buffers=buffers))
            whole.out_features = built.out_features
        return whole

    def label(self) -> str:
        """Return a short name for tables."""
        return f"Columns({', '.join(layer.label() for layer in self.layers)})"

    def __repr__(self) -> str:
        return f"Columns([{', '.join(map(repr, self.layers))}])"
