"""Columns of indices: embeddings and one-hot."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from ..checks.numbers import flag, integer, number
from .base import Built, Op, Tensor, factor
from .columns import ColumnLayer, ColumnNumbers, checked_columns, numbers_for_each

# float32 holds whole numbers exactly up to here.
_MOST = 2**24


def _checked_sizes(sizes: Any, least: int, function: str) -> tuple[int, ...]:
    if isinstance(sizes, (str, bytes)) or not hasattr(sizes, "__iter__"):
        raise TypeError(f"{function}: sizes must be numbers such as [3, 12], got {sizes!r}")
    checked = tuple(integer(size, function, "sizes", low=least, high=_MOST) for size in sizes)
    if not checked:
        raise ValueError(f"{function}: sizes must hold one size for each column, got none")
    return checked


class _Categories(ColumnLayer):
    """Columns of indices, of `sizes` values each."""

    sizes: tuple[int, ...]

    def _matched(self, columns: tuple[int, ...]) -> tuple[int, ...]:
        if len(columns) != len(self.sizes):
            raise ValueError(
                f"{type(self).__name__}: sizes must hold one size for each of the "
                f"{len(columns)} columns, got {len(self.sizes)}"
            )
        return columns


class CategoryEmbedding(_Categories):
    """Replace each index by `dim` trained numbers: the row of its own table.

    Parameters
    ----------
    sizes : sequence of int
        How many values each column has: indices are 0 .. size - 1.
    dim : int, default 8
        Numbers per category.
    columns : sequence of int, optional
        Columns of the input that hold the indices, by default all. The others pass: they come
        first in the output, in their order; see also :class:`Columns`.
    lr_scale, decay_scale : float, default 1
        Factors of the optimizer's learning rate and weight decay.

    Raises
    ------
    TypeError, ValueError
        For a wrong argument; on building, if there are not as many sizes as columns.

    Notes
    -----
    Parameter "weight", (sum of sizes, dim): the tables one behind the other, first N(0, 1), as
    ``torch.nn.Embedding``. Where rows are picked nothing is multiplied; the gradient of a row is
    the sum of what its places received, in the order of the batch.

    Anything that is none of 0 .. size - 1 (NaN and negative numbers among it) counts as index 0:
    keep that one for missing and unknown values. Fractions are cut off.

    Examples
    --------
    >>> import fusedmlp as fm
    >>> model = fm.Sequential([fm.CategoryEmbedding([3], dim=2)], in_features=1, seed=0)
    >>> model.theta = [0, 0, 1, 10, 2, 20]
    >>> model.predict([[2], [1], [7]]).tolist()
    [[2.0, 20.0], [1.0, 10.0], [0.0, 0.0]]
    """

    fields: ClassVar[tuple[str, ...]] = ("sizes", "dim", "columns", "lr_scale", "decay_scale")

    def __init__(
        self,
        sizes: Sequence[int],
        dim: int = 8,
        *,
        columns: ColumnNumbers = None,
        lr_scale: float = 1.0,
        decay_scale: float = 1.0,
    ) -> None:
        self.sizes: tuple[int, ...] = _checked_sizes(sizes, 1, "CategoryEmbedding")
        self.dim: int = integer(dim, "CategoryEmbedding", "dim", low=1)
        self.columns: tuple[int, ...] | None = checked_columns(columns, "CategoryEmbedding")
        self.lr_scale: float = factor(lr_scale, "CategoryEmbedding", "lr_scale")
        self.decay_scale: float = factor(decay_scale, "CategoryEmbedding", "decay_scale")

    def build_on(self, in_features: int, columns: tuple[int, ...]) -> Built:
        """Return what this layer needs to read these columns."""
        shape = (sum(self.sizes), self.dim)
        weight = Tensor(
            "weight", shape, lambda rng: rng.standard_normal(shape), self.lr_scale, self.decay_scale
        )
        settings = {"columns": self._matched(columns), "sizes": self.sizes, "dim": self.dim}
        out = in_features + len(columns) * (self.dim - 1)
        return Built(out, [Op("category_embedding", settings, [weight])], integer_inputs=columns)

    def label(self) -> str:
        """Return a short name for tables."""
        return f"CategoryEmbedding({len(self.sizes)} columns, {self.dim})"


class OneHot(_Categories):
    """Replace each index by as many numbers as there are categories, one of them `on`.

    Parameters
    ----------
    sizes : sequence of int
        How many values each column has: indices are 0 .. size - 1.
    columns : sequence of int, optional
        Columns of the input that hold the indices, by default all. The others pass: they come
        first in the output, in their order; see also :class:`Columns`.
    skip_first : bool, default False
        Give index 0 no output of its own: where it stands for missing values, all are `off`.
    off, on : float or sequence of float, default 0 and 1
        What outputs are, one number for all or one for each output: scaled columns.

    Raises
    ------
    TypeError, ValueError
        For a wrong argument; on building, if there are not as many sizes as columns.

    Notes
    -----
    Anything that is none of 0 .. size - 1 (NaN and negative numbers among it) counts as index 0.
    Fractions are cut off.

    Examples
    --------
    >>> import fusedmlp as fm
    >>> model = fm.Sequential([fm.OneHot([3], skip_first=True)], in_features=1)
    >>> model.predict([[0], [1], [2]]).tolist()
    [[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]]
    """

    fields: ClassVar[tuple[str, ...]] = ("sizes", "columns", "skip_first", "off", "on")

    def __init__(
        self,
        sizes: Sequence[int],
        *,
        columns: ColumnNumbers = None,
        skip_first: bool = False,
        off: float | Sequence[float] = 0.0,
        on: float | Sequence[float] = 1.0,
    ) -> None:
        self.skip_first: bool = flag(skip_first, "OneHot", "skip_first")
        self.sizes: tuple[int, ...] = _checked_sizes(sizes, 2 if skip_first else 1, "OneHot")
        self.columns: tuple[int, ...] | None = checked_columns(columns, "OneHot")
        self.off: float | tuple[float, ...] = self._levels(off, "off")
        self.on: float | tuple[float, ...] = self._levels(on, "on")

    @property
    def made(self) -> int:
        """How many numbers come out of the indices."""
        return sum(self.sizes) - len(self.sizes) * self.skip_first

    def _levels(self, value: Any, argument: str) -> float | tuple[float, ...]:
        if not hasattr(value, "__iter__"):
            return number(value, "OneHot", argument)
        levels = tuple(number(v, "OneHot", argument) for v in value)
        if len(levels) != self.made:
            raise ValueError(
                f"OneHot: {argument} must be one number, or one for each of the {self.made} "
                f"outputs, got {len(levels)}"
            )
        return levels

    def build_on(self, in_features: int, columns: tuple[int, ...]) -> Built:
        """Return what this layer needs to read these columns."""
        settings = {
            "columns": self._matched(columns),
            "sizes": self.sizes,
            "skip_first": int(self.skip_first),
            "off": numbers_for_each(self.off, self.made),
            "on": numbers_for_each(self.on, self.made),
        }
        out = in_features - len(columns) + self.made
        return Built(out, [Op("one_hot", settings)], integer_inputs=columns)

    def label(self) -> str:
        """Return a short name for tables."""
        return f"OneHot({len(self.sizes)} columns, {self.made})"
