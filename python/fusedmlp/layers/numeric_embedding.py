"""Embeddings of numbers."""

from __future__ import annotations

import math
from typing import Any, ClassVar

import numpy as np

from ..checks.numbers import choice, integer, number
from .base import Built, Op, Tensor, factor
from .columns import ColumnLayer, ColumnNumbers, checked_columns


class NumericEmbedding(ColumnLayer):
    """Give each feature `dim` numbers of its own beside its value, so that small differences count.

    "periodic": ``e = cos(2 pi x frequency + phase) @ weight + bias``, all trained, for each
    feature. "piecewise": ``e = code(x) @ weight + bias``, where code(x) is 1 in the bins below x, 0
    in those above it, and between 0 and 1 in its own: a function of x that is linear between the
    edges of its bins.

    Parameters
    ----------
    kind : "periodic" or "piecewise", default "periodic"
    dim : int, default 3
        Numbers per feature, beside the value itself.
    columns : sequence of int, optional
        Columns of the input to embed, by default all. The others pass: they come first in the
        output, in their order; see also :class:`Columns`.
    frequencies : int, default 16
        Waves per feature, at most 128. Periodic only.
    frequency_scale : float, default 0.1
        The frequencies are first N(0, frequency_scale^2); inputs should be of the order of 1.
        Periodic only.
    bins : int, default 48
        Bins per feature, at most 256. Piecewise only.
    lr_scale, decay_scale : float, default 1
        Factors of the optimizer's learning rate, for all parameters, and of its weight decay, for
        frequencies and weights.
    bias_decay_scale : float, default 0
        Factor of the weight decay for phases and biases.

    Raises
    ------
    TypeError, ValueError
        For a wrong argument.

    Notes
    -----
    A feature becomes 1 + dim neighbouring numbers: its value, then e.

    Periodic (PBLD): parameters "frequency" (features, frequencies), "phase" (the same, first
    U(-pi, pi)), "weight" (features, frequencies, dim) and "bias" (features, dim), both first
    U(-a, a) with a = 1 / sqrt(frequencies), as a linear layer of PyTorch.

    Piecewise (PLE): parameters "weight" (features, bins, dim) and "bias" (features, dim), first
    U(-a, a) with a = 1 / sqrt(bins); statistics "edges" (features, bins + 1), which training leaves
    alone: first evenly spaced over [-3, 3]; :func:`fusedmlp.initializers.fit_to_data` puts them at
    the quantiles of the data. In the first and last bin the code goes on linearly beyond the ends.
    No sum over bins is made: e at the beginning of each bin is looked up, so a wide code costs no
    more than a narrow one.

    Sources: Holzmueller, Grinsztajn, Steinwart, "Better by default", NeurIPS 2024 (PBLD);
    Gorishniy, Rubachev, Babenko, "On embeddings for numerical features in tabular deep learning",
    NeurIPS 2022 (periodic embeddings, PLE).

    Examples
    --------
    >>> import fusedmlp as fm
    >>> model = fm.Sequential([fm.NumericEmbedding(dim=2)], in_features=3, seed=0)
    >>> {name: p.shape for name, p in model.parameters().items()}
    {'0.frequency': (3, 16), '0.phase': (3, 16), '0.weight': (3, 16, 2), '0.bias': (3, 2)}
    >>> model.predict([[0.5, 1.0, 2.0]])[0, ::3].tolist()
    [0.5, 1.0, 2.0]
    """

    fields: ClassVar[tuple[str, ...]] = (
        "kind", "dim", "columns", "frequencies", "frequency_scale", "bins", "lr_scale",
        "decay_scale", "bias_decay_scale",
    )  # fmt: skip

    def __init__(
        self,
        kind: str = "periodic",
        dim: int = 3,
        *,
        columns: ColumnNumbers = None,
        frequencies: int | None = None,
        frequency_scale: float | None = None,
        bins: int | None = None,
        lr_scale: float = 1.0,
        decay_scale: float = 1.0,
        bias_decay_scale: float = 0.0,
    ) -> None:
        what = "NumericEmbedding"
        self.kind: str = choice(kind, what, "kind", ("periodic", "piecewise"))
        self.dim: int = integer(dim, what, "dim", low=1, high=128)
        self.columns: tuple[int, ...] | None = checked_columns(columns, what)
        others = (
            {"bins": bins}
            if self.kind == "periodic"
            else {"frequencies": frequencies, "frequency_scale": frequency_scale}
        )
        for argument, value in others.items():
            if value is not None:
                raise ValueError(
                    f"{what}: {argument} must be left out for kind={self.kind!r}, got {value!r}"
                )
        self.frequencies: int | None = None
        self.frequency_scale: float | None = None
        self.bins: int | None = None
        if self.kind == "periodic":
            count = 16 if frequencies is None else frequencies
            scale = 0.1 if frequency_scale is None else frequency_scale
            self.frequencies = integer(count, what, "frequencies", low=1, high=128)
            self.frequency_scale = number(scale, what, "frequency_scale", low=0.0)
        else:
            count = 48 if bins is None else bins
            self.bins = integer(count, what, "bins", low=1, high=256)
        self.lr_scale: float = factor(lr_scale, what, "lr_scale")
        self.decay_scale: float = factor(decay_scale, what, "decay_scale")
        self.bias_decay_scale: float = factor(bias_decay_scale, what, "bias_decay_scale")

    def build_on(self, in_features: int, columns: tuple[int, ...]) -> Built:
        """Return what this layer needs to read these columns."""
        settings: dict[str, Any] = {"columns": columns, "dim": self.dim}
        make = self._periodic if self.kind == "periodic" else self._piecewise
        op = make(len(columns), settings)
        return Built(in_features + len(columns) * self.dim, [op])

    def _uniform(self, name: str, shape: tuple[int, ...], bound: float, decay: float) -> Tensor:
        def fill(rng: np.random.Generator) -> Any:
            return rng.uniform(-bound, bound, shape)

        return Tensor(name, shape, fill, self.lr_scale, decay)

    def _periodic(self, features: int, settings: dict[str, Any]) -> Op:
        assert self.frequencies is not None and self.frequency_scale is not None
        scale, waves = self.frequency_scale, (features, self.frequencies)
        bound = 1.0 / math.sqrt(self.frequencies)
        frequency = Tensor(
            "frequency", waves, lambda rng: rng.normal(0.0, scale, waves), self.lr_scale,
            self.decay_scale,
        )  # fmt: skip
        parameters = [
            frequency,
            self._uniform("phase", waves, math.pi, self.bias_decay_scale),
            self._uniform("weight", (*waves, self.dim), bound, self.decay_scale),
            self._uniform("bias", (features, self.dim), bound, self.bias_decay_scale),
        ]
        return Op("periodic", {**settings, "frequencies": self.frequencies}, parameters)

    def _piecewise(self, features: int, settings: dict[str, Any]) -> Op:
        assert self.bins is not None
        bins, bound = self.bins, 1.0 / math.sqrt(self.bins)
        parameters = [
            self._uniform("weight", (features, bins, self.dim), bound, self.decay_scale),
            self._uniform("bias", (features, self.dim), bound, self.bias_decay_scale),
        ]
        shape = (features, bins + 1)
        even = np.linspace(-3.0, 3.0, bins + 1)
        edges = Tensor("edges", shape, lambda rng: np.tile(even, (features, 1)))
        return Op("piecewise", {**settings, "bins": bins}, parameters, [edges])

    def label(self) -> str:
        """Return a short name for tables."""
        return f"NumericEmbedding({self.kind}, {self.dim})"
