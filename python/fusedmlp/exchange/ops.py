"""What a trained network computes, as a list of small operations that every export writes.

Each class is the definition of one: arrays in float64, ``op(x)`` for rows ``x``, and the width of
what comes out. A new layer of the package becomes some of these in ``lower.py``; a new operation
needs one function in each of the writers, and a test holds their tables complete.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from .. import functional
from ..checks.arrays import Array
from ..core.catalogue import ACTIVATIONS


class Operation:
    """Base class."""

    def __call__(self, x: Array) -> Array:
        """Return the outputs for rows `x`."""
        raise TypeError(f"{type(self).__name__} defines no __call__")

    def out(self, width: int) -> int:
        """Return the width of the outputs for inputs of this width."""
        return width

    def arrays(self) -> dict[str, Array]:
        """Return the numbers of the operation by name."""
        return {k: v for k, v in vars(self).items() if isinstance(v, np.ndarray)}

    @property
    def parts(self) -> tuple[Steps, ...]:
        """Lists of operations inside this one."""
        return ()

    def with_parts(self, change: Callable[[Steps], Steps]) -> Operation:
        """Return the operation with each list inside it changed."""
        return self


Steps = tuple[Operation, ...]


@dataclass(frozen=True)
class Affine(Operation):
    """y = x W + b."""

    weight: Array
    bias: Array | None

    def __call__(self, x: Array) -> Array:
        y: Array = x @ self.weight
        return y if self.bias is None else y + self.bias

    def out(self, width: int) -> int:
        return int(self.weight.shape[1])


@dataclass(frozen=True)
class Activate(Operation):
    """y = f(x); `params` are the numbers of the activation in the catalogue's order."""

    name: str
    params: tuple[float, ...]

    def __call__(self, x: Array) -> Array:
        named = dict(zip(ACTIVATIONS[self.name].params, self.params, strict=True))
        y: Array = getattr(functional, self.name)(x, **named)
        return y


@dataclass(frozen=True)
class Blend(Operation):
    """y = x + share (f(x) - x)."""

    activation: Activate
    share: Array

    def __call__(self, x: Array) -> Array:
        y: Array = x + self.share * (self.activation(x) - x)
        return y


@dataclass(frozen=True)
class Rescale(Operation):
    """y = (x - mean) factor + bias, column by column."""

    mean: Array
    factor: Array
    bias: Array

    def __call__(self, x: Array) -> Array:
        y: Array = (x - self.mean) * self.factor + self.bias
        return y


@dataclass(frozen=True)
class BatchNorm(Operation):
    """y = (x - mean) / sqrt(variance + eps) weight + bias; :func:`folded` leaves none of them."""

    mean: Array
    variance: Array
    weight: Array
    bias: Array
    eps: float
    momentum: float

    @property
    def rescaling(self) -> Rescale:
        """The same as a rescaling."""
        return Rescale(self.mean, self.weight / np.sqrt(self.variance + self.eps), self.bias)

    def __call__(self, x: Array) -> Array:
        return self.rescaling(x)


@dataclass(frozen=True)
class LayerNorm(Operation):
    """y = (x - its mean) / sqrt(its variance + eps) weight + bias, row by row."""

    weight: Array
    bias: Array
    eps: float

    def __call__(self, x: Array) -> Array:
        mean, variance = x.mean(axis=1, keepdims=True), x.var(axis=1, keepdims=True)
        y: Array = (x - mean) / np.sqrt(variance + self.eps) * self.weight + self.bias
        return y


@dataclass(frozen=True)
class Dropout(Operation):
    """y = x; what it does in training matters to other libraries. :func:`folded` leaves it out."""

    p: float

    def __call__(self, x: Array) -> Array:
        return x


@dataclass(frozen=True)
class Softmax(Operation):
    """y = exp(x) / sum exp(x), or its logarithm."""

    log: bool = False

    def __call__(self, x: Array) -> Array:
        return functional.log_softmax(x) if self.log else functional.softmax(x)


@dataclass(frozen=True)
class Residual(Operation):
    """y = x + the inner operations of x."""

    inner: Steps

    def __call__(self, x: Array) -> Array:
        return x + computed(self.inner, x)

    @property
    def parts(self) -> tuple[Steps, ...]:
        return (self.inner,)

    def with_parts(self, change: Callable[[Steps], Steps]) -> Residual:
        return replace(self, inner=change(self.inner))


@dataclass(frozen=True)
class Mean(Operation):
    """y = the mean of what each of several lists of operations makes of x."""

    members: tuple[Steps, ...]

    def __call__(self, x: Array) -> Array:
        y: Array = np.mean([computed(member, x) for member in self.members], axis=0)
        return y

    def out(self, width: int) -> int:
        return width_of(self.members[0], width)

    @property
    def parts(self) -> tuple[Steps, ...]:
        return self.members

    def with_parts(self, change: Callable[[Steps], Steps]) -> Mean:
        return replace(self, members=tuple(map(change, self.members)))


@dataclass(frozen=True)
class Sort(Operation):
    """y = the values of each row in ascending order."""

    def __call__(self, x: Array) -> Array:
        return np.sort(x, axis=1)


def computed(ops: Steps, x: Array) -> Array:
    """Return what operations make of rows `x`, one after the other."""
    for op in ops:
        x = op(x)
    return x


def width_of(ops: Steps, width: int) -> int:
    """Return the width of what operations make of inputs of this width."""
    for op in ops:
        width = op.out(width)
    return width


def walk(ops: Steps) -> Iterator[Operation]:
    """Give all operations, those inside others too."""
    for op in ops:
        yield op
        for part in op.parts:
            yield from walk(part)
        if isinstance(op, Blend):
            yield op.activation


def folded(ops: Steps) -> Steps:
    """Return what inference needs: no dropout, batch norms in the product before them.

    Where there is no product before, a batch norm is a rescaling.
    """
    done: list[Operation] = []
    for op in ops:
        if isinstance(op, Dropout):
            continue
        op = op.with_parts(folded)
        if isinstance(op, BatchNorm):
            op = op.rescaling
            before = done[-1] if done else None
            if isinstance(before, Affine):
                bias: Any = 0.0 if before.bias is None else before.bias
                done[-1] = Affine(before.weight * op.factor, op(bias))
                continue
        done.append(op)
    return tuple(done)
