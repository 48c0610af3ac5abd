"""Keras 3 models as layers. Nothing is imported: a layer says by its class what it is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..checks.arrays import Array
from .taken import Taken, float_values

_F = "from_keras"

# Keras' name of a function: ours, and our parameters.
ACTIVATIONS: dict[str, tuple[str, dict[str, float]]] = {
    "linear": ("identity", {}), "sigmoid": ("sigmoid", {}), "tanh": ("tanh", {}),
    "relu": ("relu", {}), "relu6": ("relu6", {}),
    "leaky_relu": ("leaky_relu", {"negative_slope": 0.2}),
    "elu": ("elu", {}), "selu": ("selu", {}), "celu": ("celu", {}), "softplus": ("softplus", {}),
    "softsign": ("softsign", {}), "gelu": ("gelu", {}), "silu": ("silu", {}), "swish": ("silu", {}),
    "mish": ("mish", {}), "hard_tanh": ("hardtanh", {}), "hard_sigmoid": ("hardsigmoid", {}),
    "hard_silu": ("hardswish", {}), "hard_swish": ("hardswish", {}),
}  # fmt: skip


def take_keras(model: Any) -> Taken:
    """Return the layers of a built Keras model, as it is in inference.

    Raises
    ------
    TypeError
        If it is no Keras model.
    ValueError
        If a layer cannot be taken over, or the model is no chain; the layer is named.
    """
    if not any(cls.__module__.startswith("keras.") for cls in type(model).__mro__):
        raise TypeError(f"{_F}: model must be a keras.Model, got {type(model).__name__}")
    taken = Taken(_F)
    _add_all(taken, model)
    return taken.checked()


def _add_all(taken: Taken, model: Any) -> None:
    if type(model).__name__ not in ("Sequential", "Functional", "Model"):
        raise ValueError(
            f"{_F}: {model.name} ({type(model).__name__}) has a call of its own; supported are "
            "keras.Sequential and chains of layers"
        )
    if not model.built:
        raise ValueError(f"{_F}: {model.name} is not built: call build((None, inputs)) first")
    shape = model.input_shape
    if isinstance(shape, tuple) and len(shape) == 2 and isinstance(shape[1], int):
        taken._meets(shape[1], model.name)
    for layer in model.layers:
        if type(model).__name__ != "Sequential":
            _refuse_branches(layer)
        _add(taken, layer)


def _refuse_branches(layer: Any) -> None:
    nodes = getattr(layer, "_inbound_nodes", [])
    inputs = [t for node in nodes for t in node.input_tensors]
    readers = getattr(layer, "_outbound_nodes", [])
    if len(nodes) > 1 or len(inputs) > 1 or len(readers) > 1:
        raise ValueError(
            f"{_F}: {layer.name} ({type(layer).__name__}) has more than one input, output or "
            "place; supported are chains of layers"
        )


def _add(taken: Taken, layer: Any) -> None:
    kind, label = type(layer).__name__, f"{layer.name} ({type(layer).__name__})"
    if hasattr(layer, "layers"):
        _add_all(taken, layer)
    elif kind in _LAYERS and type(layer).__module__.startswith("keras."):
        _LAYERS[kind](taken, layer, label)
    else:
        raise ValueError(
            f"{_F}: {label} cannot be taken over; supported are {', '.join(sorted(_LAYERS))}"
        )


def _array(value: Any, label: str) -> Array | None:
    if value is None:
        return None
    if hasattr(value, "numpy"):  # a variable, whatever the backend
        value = value.numpy()
    elif hasattr(value, "detach"):
        value = value.detach().cpu()
    return float_values(np.array(value), _F, label)


def _function(taken: Taken, function: Any, label: str) -> None:
    name = getattr(function, "__name__", type(function).__name__)
    if name in ("softmax", "log_softmax"):
        taken.softmax(label, log=name == "log_softmax")
    elif name in ACTIVATIONS:
        ours, params = ACTIVATIONS[name]
        taken.activation(ours, label, **params)
    else:
        raise ValueError(
            f"{_F}: {label}: activation {name!r} cannot be taken over; supported are "
            f"{', '.join(ACTIVATIONS)} and a softmax at the end"
        )


def _dense(taken: Taken, layer: Any, label: str) -> None:
    weight = _array(layer.kernel, label)
    assert weight is not None
    taken.dense(weight, _array(layer.bias, label) if layer.use_bias else None, label)
    _function(taken, layer.activation, label)


def _activation(taken: Taken, layer: Any, label: str) -> None:
    _function(taken, layer.activation, label)


def _relu(taken: Taken, layer: Any, label: str) -> None:
    top, slope, threshold = layer.max_value, float(layer.negative_slope), float(layer.threshold)
    if threshold != 0.0 or (slope != 0.0 and top is not None) or top not in (None, 6, 6.0):
        raise ValueError(
            f"{_F}: {label} must have threshold=0, and max_value=None or 6 without a slope, got "
            f"threshold={threshold:g}, max_value={top}, negative_slope={slope:g}"
        )
    if slope:
        taken.activation("leaky_relu", label, negative_slope=slope)
    else:
        taken.activation("relu" if top is None else "relu6", label)


def _leaky_relu(taken: Taken, layer: Any, label: str) -> None:
    taken.activation("leaky_relu", label, negative_slope=float(layer.negative_slope))


def _elu(taken: Taken, layer: Any, label: str) -> None:
    taken.activation("elu", label, alpha=float(layer.alpha))


def _softmax(taken: Taken, layer: Any, label: str) -> None:
    _last_axis(layer, label)
    taken.softmax(label)


def _dropout(taken: Taken, layer: Any, label: str) -> None:
    taken.dropout(float(layer.rate), label)


def _last_axis(layer: Any, label: str) -> None:
    axis = layer.axis
    if axis not in (-1, 1, (-1,), (1,), [-1], [1]):
        raise ValueError(f"{_F}: {label} must have axis=-1, got {axis}")


def _batch_norm(taken: Taken, layer: Any, label: str) -> None:
    _last_axis(layer, label)
    mean, variance = _array(layer.moving_mean, label), _array(layer.moving_variance, label)
    assert mean is not None and variance is not None
    weight = _array(layer.gamma, label) if layer.scale else None
    bias = _array(layer.beta, label) if layer.center else None
    momentum = round(1.0 - float(layer.momentum), 12)
    taken.batch_norm(mean, variance, weight, bias, layer.epsilon, momentum, label)


def _layer_norm(taken: Taken, layer: Any, label: str) -> None:
    _last_axis(layer, label)
    if getattr(layer, "rms_scaling", False):
        raise ValueError(f"{_F}: {label} must have rms_scaling=False")
    weight = _array(layer.gamma, label) if layer.scale else None
    bias = _array(layer.beta, label) if layer.center else None
    taken.layer_norm(weight, bias, layer.epsilon, label)


def _normalization(taken: Taken, layer: Any, label: str) -> None:
    mean, variance = _array(layer.mean, label), _array(layer.variance, label)
    if mean is None or variance is None:
        raise ValueError(f"{_F}: {label} must be adapted to data first")
    # Keras divides by at least its epsilon.
    deviation = np.maximum(np.sqrt(variance), 1e-7).reshape(-1)
    mean, zero = mean.reshape(-1), np.zeros(1, mean.dtype)
    if layer.invert:
        taken.rescale(zero, deviation, mean, label)
    else:
        taken.rescale(mean, 1 / deviation, zero, label)


def _rescaling(taken: Taken, layer: Any, label: str) -> None:
    scale, offset = (np.asarray(v, np.float32).reshape(-1) for v in (layer.scale, layer.offset))
    taken.rescale(np.zeros(1, np.float32), scale, offset, label)


def _nothing(taken: Taken, layer: Any, label: str) -> None:
    taken.activation("identity", label)


_LAYERS: dict[str, Callable[[Taken, Any, str], None]] = {
    "Dense": _dense, "Activation": _activation, "ReLU": _relu, "LeakyReLU": _leaky_relu,
    "ELU": _elu, "Softmax": _softmax, "Dropout": _dropout, "BatchNormalization": _batch_norm,
    "LayerNormalization": _layer_norm, "Normalization": _normalization, "Rescaling": _rescaling,
    "InputLayer": _nothing, "Flatten": _nothing, "Identity": _nothing,
}  # fmt: skip
