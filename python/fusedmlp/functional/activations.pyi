"""Names and signatures of activations.py, for editors. Made by tools/from_catalogue.py."""

from typing import Any

from numpy.typing import ArrayLike, NDArray

Array = NDArray[Any]

__all__ = [
    "ACTIVATIONS",
    "celu",
    "celu_backward",
    "elu",
    "elu_backward",
    "gelu",
    "gelu_backward",
    "gelu_tanh",
    "gelu_tanh_backward",
    "hardsigmoid",
    "hardsigmoid_backward",
    "hardswish",
    "hardswish_backward",
    "hardtanh",
    "hardtanh_backward",
    "identity",
    "identity_backward",
    "leaky_relu",
    "leaky_relu_backward",
    "mish",
    "mish_backward",
    "relu",
    "relu6",
    "relu6_backward",
    "relu_backward",
    "selu",
    "selu_backward",
    "sigmoid",
    "sigmoid_backward",
    "silu",
    "silu_backward",
    "softplus",
    "softplus_backward",
    "softsign",
    "softsign_backward",
    "tanh",
    "tanh_backward",
]

ACTIVATIONS: tuple[str, ...]

def identity(x: ArrayLike, *, out: Array | None = None) -> Array: ...
def identity_backward(
    dy: ArrayLike, x: ArrayLike | None, y: ArrayLike | None = None, *, out: Array | None = None
) -> Array: ...
def sigmoid(x: ArrayLike, *, out: Array | None = None) -> Array: ...
def sigmoid_backward(
    dy: ArrayLike, x: ArrayLike | None, y: ArrayLike | None = None, *, out: Array | None = None
) -> Array: ...
def tanh(x: ArrayLike, *, out: Array | None = None) -> Array: ...
def tanh_backward(
    dy: ArrayLike, x: ArrayLike | None, y: ArrayLike | None = None, *, out: Array | None = None
) -> Array: ...
def relu(x: ArrayLike, *, out: Array | None = None) -> Array: ...
def relu_backward(
    dy: ArrayLike, x: ArrayLike | None, y: ArrayLike | None = None, *, out: Array | None = None
) -> Array: ...
def leaky_relu(
    x: ArrayLike, *, out: Array | None = None, negative_slope: float = 0.01
) -> Array: ...
def leaky_relu_backward(
    dy: ArrayLike,
    x: ArrayLike | None,
    y: ArrayLike | None = None,
    *,
    out: Array | None = None,
    negative_slope: float = 0.01,
) -> Array: ...
def elu(x: ArrayLike, *, out: Array | None = None, alpha: float = 1.0) -> Array: ...
def elu_backward(
    dy: ArrayLike,
    x: ArrayLike | None,
    y: ArrayLike | None = None,
    *,
    out: Array | None = None,
    alpha: float = 1.0,
) -> Array: ...
def selu(x: ArrayLike, *, out: Array | None = None) -> Array: ...
def selu_backward(
    dy: ArrayLike, x: ArrayLike | None, y: ArrayLike | None = None, *, out: Array | None = None
) -> Array: ...
def celu(x: ArrayLike, *, out: Array | None = None, alpha: float = 1.0) -> Array: ...
def celu_backward(
    dy: ArrayLike,
    x: ArrayLike | None,
    y: ArrayLike | None = None,
    *,
    out: Array | None = None,
    alpha: float = 1.0,
) -> Array: ...
def softplus(x: ArrayLike, *, out: Array | None = None, beta: float = 1.0) -> Array: ...
def softplus_backward(
    dy: ArrayLike,
    x: ArrayLike | None,
    y: ArrayLike | None = None,
    *,
    out: Array | None = None,
    beta: float = 1.0,
) -> Array: ...
def softsign(x: ArrayLike, *, out: Array | None = None) -> Array: ...
def softsign_backward(
    dy: ArrayLike, x: ArrayLike | None, y: ArrayLike | None = None, *, out: Array | None = None
) -> Array: ...
def gelu(x: ArrayLike, *, out: Array | None = None) -> Array: ...
def gelu_backward(
    dy: ArrayLike, x: ArrayLike | None, y: ArrayLike | None = None, *, out: Array | None = None
) -> Array: ...
def gelu_tanh(x: ArrayLike, *, out: Array | None = None) -> Array: ...
def gelu_tanh_backward(
    dy: ArrayLike, x: ArrayLike | None, y: ArrayLike | None = None, *, out: Array | None = None
) -> Array: ...
def silu(x: ArrayLike, *, out: Array | None = None) -> Array: ...
def silu_backward(
    dy: ArrayLike, x: ArrayLike | None, y: ArrayLike | None = None, *, out: Array | None = None
) -> Array: ...
def mish(x: ArrayLike, *, out: Array | None = None) -> Array: ...
def mish_backward(
    dy: ArrayLike, x: ArrayLike | None, y: ArrayLike | None = None, *, out: Array | None = None
) -> Array: ...
def hardtanh(
    x: ArrayLike, *, out: Array | None = None, min_val: float = -1.0, max_val: float = 1.0
) -> Array: ...
def hardtanh_backward(
    dy: ArrayLike,
    x: ArrayLike | None,
    y: ArrayLike | None = None,
    *,
    out: Array | None = None,
    min_val: float = -1.0,
    max_val: float = 1.0,
) -> Array: ...
def relu6(x: ArrayLike, *, out: Array | None = None) -> Array: ...
def relu6_backward(
    dy: ArrayLike, x: ArrayLike | None, y: ArrayLike | None = None, *, out: Array | None = None
) -> Array: ...
def hardsigmoid(x: ArrayLike, *, out: Array | None = None) -> Array: ...
def hardsigmoid_backward(
    dy: ArrayLike, x: ArrayLike | None, y: ArrayLike | None = None, *, out: Array | None = None
) -> Array: ...
def hardswish(x: ArrayLike, *, out: Array | None = None) -> Array: ...
def hardswish_backward(
    dy: ArrayLike, x: ArrayLike | None, y: ArrayLike | None = None, *, out: Array | None = None
) -> Array: ...
