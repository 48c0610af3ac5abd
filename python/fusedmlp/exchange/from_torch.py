"""PyTorch modules as layers. Nothing is imported: a module says by its class what it is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..checks.arrays import Array
from .taken import Taken, float_values

_F = "from_torch"

# PyTorch's class: our name, and its attributes that are parameters under our names.
ACTIVATIONS: dict[str, tuple[str, dict[str, str]]] = {
    "Sigmoid": ("sigmoid", {}), "Tanh": ("tanh", {}), "ReLU": ("relu", {}), "ReLU6": ("relu6", {}),
    "LeakyReLU": ("leaky_relu", {"negative_slope": "negative_slope"}),
    "ELU": ("elu", {"alpha": "alpha"}), "SELU": ("selu", {}), "CELU": ("celu", {"alpha": "alpha"}),
    "Softplus": ("softplus", {"beta": "beta"}), "Softsign": ("softsign", {}),
    "SiLU": ("silu", {}), "Mish": ("mish", {}), "Hardsigmoid": ("hardsigmoid", {}),
    "Hardtanh": ("hardtanh", {"min_val": "min_val", "max_val": "max_val"}),
    "Hardswish": ("hardswish", {}),
}  # fmt: skip


def take_torch(module: Any) -> Taken:
    """Return the layers of a module, as it is in inference.

    Raises
    ------
    TypeError
        If it is no module.
    ValueError
        If a module in it cannot be taken over; it is named, with what is supported.
    """
    if not any(cls.__module__.startswith("torch.nn.") for cls in type(module).__mro__):
        raise TypeError(
            f"{_F}: module must be a torch.nn.Module, or a state dict with layers=[...], got "
            f"{type(module).__name__}"
        )
    taken = Taken(_F)
    _add(taken, module, "the module")
    return taken.checked()


def _name(module: Any) -> str:
    """Return the class of torch.nn, of a subclass that changes nothing the one it comes from."""
    classes: tuple[Any, ...] = type(module).__mro__
    for cls in classes:
        if cls.__module__.startswith("torch.nn.modules.") and cls.__name__ != "Module":
            return str(cls.__name__) if type(module).forward is cls.forward else ""
    return ""


def _add(taken: Taken, module: Any, path: str) -> None:
    kind = getattr(type(module), "fusedmlp_kind", None) or _name(module)
    label = f"{path} ({type(module).__name__})"
    if getattr(module, "_forward_hooks", None) or getattr(module, "_forward_pre_hooks", None):
        raise ValueError(f"{_F}: {label} has forward hooks, which cannot be taken over")
    if kind == "Sequential":
        for name, child in module.named_children():
            _add(taken, child, name if path == "the module" else f"{path}.{name}")
    elif kind in ACTIVATIONS:
        name, attributes = ACTIVATIONS[kind]
        params = {ours: float(getattr(module, theirs)) for ours, theirs in attributes.items()}
        taken.activation(name, label, **params)
    elif kind in _MODULES:
        _MODULES[kind](taken, module, label)
    else:
        raise ValueError(
            f"{_F}: {label} cannot be taken over; supported are nn.Sequential of "
            f"{', '.join(sorted([*_MODULES, *ACTIVATIONS]))}"
        )


def _array(value: Any, label: str) -> Array | None:
    if value is None:
        return None
    value = value.detach().cpu()
    if str(value.dtype) in ("torch.bfloat16", "torch.float16"):
        value = value.float()
    return float_values(value.numpy().copy(), _F, label)


def _linear(taken: Taken, module: Any, label: str) -> None:
    weight = _array(module.weight, label)
    assert weight is not None
    taken.dense(weight.T, _array(module.bias, label), label)


def _gelu(taken: Taken, module: Any, label: str) -> None:
    taken.activation("gelu_tanh" if module.approximate == "tanh" else "gelu", label)


def _dropout(taken: Taken, module: Any, label: str) -> None:
    taken.dropout(float(module.p), label)


def _batch_norm(taken: Taken, module: Any, label: str) -> None:
    mean, variance = _array(module.running_mean, label), _array(module.running_var, label)
    if mean is None or variance is None or module.momentum is None:
        raise ValueError(
            f"{_F}: {label} must have running statistics with a momentum "
            "(track_running_stats=True, momentum=0.1)"
        )
    weight, bias = _array(module.weight, label), _array(module.bias, label)
    taken.batch_norm(mean, variance, weight, bias, module.eps, float(module.momentum), label)


def _layer_norm(taken: Taken, module: Any, label: str) -> None:
    if len(module.normalized_shape) != 1:
        raise ValueError(
            f"{_F}: {label} must normalise one dimension, got {tuple(module.normalized_shape)}"
        )
    if module.weight is None:
        width = taken.width or int(module.normalized_shape[0])
        taken._meets(width, label)
    taken.layer_norm(_array(module.weight, label), _array(module.bias, label), module.eps, label)


def _softmax(taken: Taken, module: Any, label: str) -> None:
    if module.dim not in (1, -1):
        raise ValueError(f"{_F}: {label} must have dim=1 or -1, got {module.dim}")
    taken.softmax(label, log=_name(module) == "LogSoftmax")


def _flatten(taken: Taken, module: Any, label: str) -> None:
    if (module.start_dim, module.end_dim) != (1, -1):
        raise ValueError(
            f"{_F}: {label} must have start_dim=1 and end_dim=-1, got {module.start_dim} and "
            f"{module.end_dim}"
        )


def _nothing(taken: Taken, module: Any, label: str) -> None:
    taken.activation("identity", label)


def _residual(taken: Taken, module: Any, label: str) -> None:
    inner = Taken(_F, taken.width)
    _add(inner, module.inner, f"{label} inner")
    taken.residual(inner, label)


def _factors(taken: Taken, module: Any, label: str) -> None:
    mean, factor, bias = (_array(getattr(module, k), label) for k in ("mean", "factor", "bias"))
    assert mean is not None and factor is not None and bias is not None
    taken.rescale(mean, factor, bias, label)


_MODULES: dict[str, Callable[[Taken, Any, str], None]] = {
    "Linear": _linear, "GELU": _gelu, "Dropout": _dropout, "BatchNorm1d": _batch_norm,
    "LayerNorm": _layer_norm, "Softmax": _softmax, "LogSoftmax": _softmax, "Flatten": _flatten,
    "Identity": _nothing, "Residual": _residual, "Rescale": _factors,
}  # fmt: skip
