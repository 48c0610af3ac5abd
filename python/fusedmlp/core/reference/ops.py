"""One class per kind of layer, as in cpp/network/: forward remembers, backward uses it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .activations import FROM_OUTPUT, activation_backward, activation_forward
from .columns import CategoryEmbeddingOp, OneHotOp
from .dense import dense_backward
from .dropout import dropout_backward, dropout_forward
from .norm import batch_norm_backward, batch_norm_forward, layer_norm_backward, layer_norm_forward
from .numeric import PeriodicOp, PiecewiseOp
from .op import Op, Pass
from .philox import LAYER_STREAM

Array = NDArray[Any]


class DenseOp(Op):
    """y = f(z) with z = scale x W + b; blended: y = z + a (f(z) - z)."""

    def __init__(self, width: int, settings: Mapping[str, Any]) -> None:
        super().__init__(width, settings)
        self.out, self.has_bias = settings["units"], settings["bias"]
        self.activation, self.params = settings["activation"], settings["params"]
        self.scale, self.blended = settings["scale"], settings["blended"]
        vectors = bool(self.has_bias) + bool(self.blended)
        self.num_parameters = (width + vectors) * self.out

    def _weight(self, flat: Array) -> Array:
        start = self.first_parameter
        return flat[start : start + self.width * self.out].reshape(self.width, self.out)

    def _bias(self, flat: Array) -> Array:
        start = self.first_parameter + self.width * self.out
        return flat[start : start + self.out]

    def _share(self, flat: Array) -> Array:
        end = self.first_parameter + self.num_parameters
        return flat[end - self.out : end]

    def forward(self, run: Pass, x: Array) -> Array:
        with np.errstate(all="ignore"):
            z = x @ self._weight(run.theta)
            if self.scale != 1.0:
                z *= z.dtype.type(self.scale)
            if self.has_bias:
                z += self._bias(run.theta)
        self.x, self.z = x, z
        self.y = np.empty_like(z)
        activation_forward(self.activation, self.params, z, self.y)
        if not self.blended:
            return self.y
        with np.errstate(all="ignore"):
            blended: Array = z + self._share(run.theta) * (self.y - z)
        return blended

    def backward(self, run: Pass, dy: Array, grad: Array, need_dx: bool) -> Array | None:
        dz = np.empty_like(dy)
        y = self.y if self.activation in FROM_OUTPUT else None
        activation_backward(self.activation, self.params, dy, self.z, y, dz)
        if self.blended:
            terms = dy * (self.y - self.z)
            self._share(grad)[:] = terms.sum(axis=0, dtype=np.float64)
            dz = dy + self._share(run.theta) * (dz - dy)
        dx = np.empty_like(self.x) if need_dx else None
        db = self._bias(grad) if self.has_bias else np.empty_like(dy, shape=self.out)
        dense_backward(dz, self.x, self._weight(run.theta), dx, self._weight(grad), db)
        if self.scale != 1.0:
            scale = dz.dtype.type(self.scale)
            self._weight(grad)[:] *= scale
            if dx is not None:
                dx *= scale
        return dx


class ActivationOp(Op):
    """y = f(x)."""

    def __init__(self, width: int, settings: Mapping[str, Any]) -> None:
        super().__init__(width, settings)
        self.activation, self.params = settings["activation"], settings["params"]

    def forward(self, run: Pass, x: Array) -> Array:
        self.x, self.y = x, np.empty_like(x)
        activation_forward(self.activation, self.params, x, self.y)
        return self.y

    def backward(self, run: Pass, dy: Array, grad: Array, need_dx: bool) -> Array | None:
        dx = np.empty_like(dy)
        y = self.y if self.activation in FROM_OUTPUT else None
        activation_backward(self.activation, self.params, dy, self.x, y, dx)
        return dx


class DropoutOp(Op):
    """y = x mask / (1 - p) in training, else x."""

    def forward(self, run: Pass, x: Array) -> Array:
        if not run.training:
            return x
        y, self.mask = np.empty_like(x), np.empty(x.shape, np.bool_)
        stream = LAYER_STREAM + self.position
        self.p = self.settings["p"] * run.dropout
        dropout_forward(self.p, run.seed, stream, run.draw, x, y, self.mask)
        return y

    def backward(self, run: Pass, dy: Array, grad: Array, need_dx: bool) -> Array | None:
        if not run.training:
            return dy
        dx = np.empty_like(dy)
        dropout_backward(self.p, dy, self.mask, dx)
        return dx


def _halves(flat: Array, start: int, width: int) -> tuple[Array, Array]:
    return flat[start : start + width], flat[start + width : start + 2 * width]


class _NormOp(Op):
    """Parameters: gamma, beta."""

    def __init__(self, width: int, settings: Mapping[str, Any]) -> None:
        super().__init__(width, settings)
        self.num_parameters = 2 * width

    def _both(self, flat: Array) -> tuple[Array, Array]:
        """Return gamma and beta, or their gradients."""
        return _halves(flat, self.first_parameter, self.width)


class LayerNormOp(_NormOp):
    """Normalises each row."""

    def forward(self, run: Pass, x: Array) -> Array:
        self.x, y = x, np.empty_like(x)
        layer_norm_forward(x, *self._both(run.theta), self.settings["eps"], y)
        return y

    def backward(self, run: Pass, dy: Array, grad: Array, need_dx: bool) -> Array | None:
        gamma, dx = self._both(run.theta)[0], np.empty_like(dy)
        layer_norm_backward(dy, self.x, gamma, self.settings["eps"], dx, *self._both(grad))
        return dx


class BatchNormOp(_NormOp):
    """Normalises each column; running statistics: mean, variance."""

    needs_batch = True

    def __init__(self, width: int, settings: Mapping[str, Any]) -> None:
        super().__init__(width, settings)
        self.num_buffers = 2 * width

    def _running(self, run: Pass) -> tuple[Array, Array]:
        return _halves(run.buffers, self.first_buffer, self.width)

    def forward(self, run: Pass, x: Array) -> Array:
        self.x, y = x, np.empty_like(x)
        gamma, beta = self._both(run.theta)
        mean, var = self._running(run)
        momentum, eps = self.settings["momentum"], self.settings["eps"]
        batch_norm_forward(x, gamma, beta, mean, var, run.training, momentum, eps, y)
        return y

    def backward(self, run: Pass, dy: Array, grad: Array, need_dx: bool) -> Array | None:
        gamma, dx = self._both(run.theta)[0], np.empty_like(dy)
        batch_norm_backward(
            dy, self.x, gamma, *self._running(run), run.training, self.settings["eps"],
            dx,
            *self._both(grad),
        )  # fmt: skip
        return dx


class ScaleOp(Op):
    """One trained factor per input."""

    def __init__(self, width: int, settings: Mapping[str, Any]) -> None:
        super().__init__(width, settings)
        self.num_parameters = width

    def _factor(self, flat: Array) -> Array:
        return flat[self.first_parameter : self.first_parameter + self.width]

    def forward(self, run: Pass, x: Array) -> Array:
        self.x = x
        with np.errstate(all="ignore"):
            y: Array = x * self._factor(run.theta)
        return y

    def backward(self, run: Pass, dy: Array, grad: Array, need_dx: bool) -> Array | None:
        self._factor(grad)[:] = (dy * self.x).sum(axis=0, dtype=np.float64)
        dx: Array = dy * self._factor(run.theta)
        return dx


class ResidualBeginOp(Op):
    """Hands x on; backward adds the gradient that the block's end received."""

    def forward(self, run: Pass, x: Array) -> Array:
        self.x = x
        return x

    def backward(self, run: Pass, dy: Array, grad: Array, need_dx: bool) -> Array | None:
        dx: Array = dy + self.partner.dy
        return dx


class ResidualEndOp(Op):
    """Adds what the block's begin read."""

    def forward(self, run: Pass, x: Array) -> Array:
        with np.errstate(all="ignore"):
            y: Array = x + self.partner.x
        return y

    def backward(self, run: Pass, dy: Array, grad: Array, need_dx: bool) -> Array | None:
        self.dy = dy
        return dy


OP_KINDS: dict[str, type[Op]] = {
    "dense": DenseOp,
    "activation": ActivationOp,
    "dropout": DropoutOp,
    "batch_norm": BatchNormOp,
    "layer_norm": LayerNormOp,
    "residual_begin": ResidualBeginOp,
    "residual_end": ResidualEndOp,
    "scale": ScaleOp,
    "category_embedding": CategoryEmbeddingOp,
    "one_hot": OneHotOp,
    "periodic": PeriodicOp,
    "piecewise": PiecewiseOp,
}
