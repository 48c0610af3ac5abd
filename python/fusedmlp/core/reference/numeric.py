"""Embeddings of numbers: a feature x becomes x itself and `dim` numbers of its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .columns import ColumnsOp
from .op import Pass

Array = NDArray[Any]


class NumericOp(ColumnsOp):
    """Puts the value beside its embedding e (rows, features, dim)."""

    def __init__(self, width: int, settings: Mapping[str, Any]) -> None:
        self.dim = int(settings["dim"])
        super().__init__(width, settings)
        self.features = len(self.chosen)

    def made(self) -> int:
        """Return the width of all values and embeddings."""
        return len(self.chosen) * (1 + self.dim)

    def embed(self, run: Pass, x: Array) -> Array:
        """Return e."""
        raise TypeError(f"{type(self).__name__} defines no embed")

    def embedding_gradients(self, run: Pass, de: Array, grad: Array) -> Array:
        """Write this op's part of `grad`, return the gradient by x."""
        raise TypeError(f"{type(self).__name__} defines no embedding_gradients")

    def make(self, run: Pass, x: Array) -> Array:
        """Return values and embeddings, feature by feature."""
        self.x = x
        with np.errstate(all="ignore"):
            e = self.embed(run, x)
        return np.concatenate([x[:, :, None], e], axis=2).reshape(len(x), self.made())

    def gradients(self, run: Pass, dy: Array, grad: Array) -> Array | None:
        """Return the gradient by the values, beside and inside the embeddings."""
        both = dy.reshape(len(dy), self.features, 1 + self.dim)
        dx: Array = both[:, :, 0] + self.embedding_gradients(run, both[:, :, 1:], grad)
        return dx

    def _parts(self, flat: Array, *shapes: tuple[int, ...]) -> list[Array]:
        parts, start = [], self.first_parameter
        for shape in shapes:
            size = int(np.prod(shape))
            parts.append(flat[start : start + size].reshape(shape))
            start += size
        return parts


class PeriodicOp(NumericOp):
    """e = V cos(2 pi w x + b) + v."""

    def __init__(self, width: int, settings: Mapping[str, Any]) -> None:
        super().__init__(width, settings)
        self.count = int(settings["frequencies"])
        self.num_parameters = self.features * (self.count * (2 + self.dim) + self.dim)

    def _all(self, flat: Array) -> list[Array]:
        waves = (self.features, self.count)
        return self._parts(flat, waves, waves, (*waves, self.dim), (self.features, self.dim))

    def embed(self, run: Pass, x: Array) -> Array:
        """Return e."""
        w, b, V, v = self._all(run.theta)
        two_pi = x.dtype.type(2 * np.pi)
        # In turns, so that a large angle is reduced without error.
        turns = x[:, :, None] * w + b / two_pi
        angle = two_pi * (turns - np.rint(turns))
        self.cosine, self.sine = np.cos(angle), np.sin(angle)
        e: Array = np.einsum("ifk,fkd->ifd", self.cosine, V) + v
        return e

    def embedding_gradients(self, run: Pass, de: Array, grad: Array) -> Array:
        """Write the gradients of w, b, V and v, return the one of x."""
        w, _, V, _ = self._all(run.theta)
        dw, db, dV, dv = self._all(grad)
        slope = -np.einsum("ifd,fkd->ifk", de, V) * self.sine
        db[:] = slope.sum(axis=0, dtype=np.float64)
        dw[:] = 2 * np.pi * (slope * self.x[:, :, None]).sum(axis=0, dtype=np.float64)
        dV[:] = np.einsum("ifk,ifd->fkd", self.cosine, de)
        dv[:] = de.sum(axis=0, dtype=np.float64)
        dx: Array = slope.dtype.type(2 * np.pi) * np.einsum("ifk,fk->if", slope, w)
        return dx


class PiecewiseOp(NumericOp):
    """e = V code(x) + v, with the piecewise linear code of x between the edges of its bins."""

    def __init__(self, width: int, settings: Mapping[str, Any]) -> None:
        super().__init__(width, settings)
        self.bins = int(settings["bins"])
        self.num_parameters = self.features * (self.bins + 1) * self.dim
        self.num_buffers = self.features * (self.bins + 1)

    def _all(self, flat: Array) -> list[Array]:
        return self._parts(flat, (self.features, self.bins, self.dim), (self.features, self.dim))

    def embed(self, run: Pass, x: Array) -> Array:
        """Return e."""
        start = self.first_buffer
        edges = run.buffers[start : start + self.num_buffers].reshape(self.features, -1)
        width = np.diff(edges)
        self.inverse = np.where(width > 0, 1 / np.where(width > 0, width, 1), 0).astype(x.dtype)
        own = (edges[:, 1:-1] <= x[:, :, None]).sum(axis=2)[:, :, None]
        bins = np.arange(self.bins)
        share = (x[:, :, None] - edges[:, :-1]) * self.inverse
        code = np.where(bins < own, 1, 0).astype(x.dtype)
        self.inside = bins == own
        self.code = np.where(self.inside, share, code)
        V, v = self._all(run.theta)
        e: Array = np.einsum("ift,ftd->ifd", self.code, V) + v
        return e

    def embedding_gradients(self, run: Pass, de: Array, grad: Array) -> Array:
        """Write the gradients of V and v, return the one of x."""
        V, _ = self._all(run.theta)
        dV, dv = self._all(grad)
        dV[:] = np.einsum("ift,ifd->ftd", self.code, de)
        dv[:] = de.sum(axis=0, dtype=np.float64)
        slopes = np.where(self.inside, self.inverse, 0).astype(de.dtype)
        dx: Array = np.einsum("ifd,ftd,ift->if", de, V, slopes)
        return dx
