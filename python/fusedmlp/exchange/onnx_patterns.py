"""Activations that ONNX writes as several operators."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .onnx_nodes import Chain, Node

# Returns the activation and the value behind it, if one begins at a value with these readers.
Pattern = Callable[["Chain", str, "list[Node]"], "tuple[str, str] | None"]


def _output(node: Node) -> str:
    name: str = node.outputs[0]
    return name


def _one(chain: Chain, value: str, kind: str) -> str | None:
    """Return the output of the only reader of a value, if it is of this kind."""
    readers = chain.readers(value)
    found = len(readers) == 1 and readers[0].kind == kind
    return _output(readers[0]) if found else None


def _times(chain: Chain, value: str, factor: str | None) -> str | None:
    """Return the product of a value and a factor."""
    for node in chain.readers(factor) if factor is not None else ():
        if node.kind == "Mul" and set(node.inputs) == {value, factor}:
            return _output(node)
    return None


def _constant(chain: Chain, value: str | None, kind: str, c: float) -> str | None:
    """Return what the only reader of a value makes of it with the constant `c`."""
    readers = chain.readers(value) if value is not None else []
    if value is None or len(readers) != 1 or readers[0].kind != kind:
        return None
    return _constant_of(chain, readers[0], value, c)


def _constant_of(chain: Chain, node: Node, value: str, c: float) -> str | None:
    """Return the output of a node of a value and the constant `c`."""
    found: Any = chain.arrays.get(chain.other(node, value))
    if found is None or found.size != 1 or not math.isclose(found.item(), c, rel_tol=1e-6):
        return None
    return _output(node)


def _times_itself(chain: Chain, value: str, readers: list[Node]) -> tuple[str, str] | None:
    """x sigmoid(x), x tanh(softplus(x)), x hardsigmoid(x)."""
    for node in readers:
        if node.kind == "Sigmoid" and (end := _times(chain, value, node.outputs[0])):
            return "silu", end
        if node.kind == "HardSigmoid" and (end := _times(chain, value, node.outputs[0])):
            alpha, beta = node.attributes.get("alpha", 0.2), node.attributes.get("beta", 0.5)
            if math.isclose(alpha, 1 / 6, rel_tol=1e-6) and beta == 0.5:
                return "hardswish", end
        if node.kind == "Softplus":
            tanh = _one(chain, node.outputs[0], "Tanh")
            if end := _times(chain, value, tanh):
                return "mish", end
    return None


def _gelu(chain: Chain, value: str, readers: list[Node]) -> tuple[str, str] | None:
    """x (1 + erf(x / sqrt(2))) / 2, with the half at either end."""
    for node in readers:
        if node.kind not in ("Div", "Mul"):
            continue
        root = math.sqrt(2.0) if node.kind == "Div" else math.sqrt(0.5)
        scaled = _constant_of(chain, node, value, root)
        erf = _one(chain, scaled, "Erf") if scaled else None
        one = _constant(chain, erf, "Add", 1.0)
        if end := _constant(chain, _times(chain, value, one), "Mul", 0.5):
            return "gelu", end
        for half in readers:
            halved = _constant_of(chain, half, value, 0.5) if half.kind == "Mul" else None
            if end := halved and _times(chain, halved, one):
                return "gelu", end
        if one is not None and (end := _times(chain, value, _constant(chain, one, "Mul", 0.5))):
            return "gelu", end
    return None


PATTERNS: tuple[Pattern, ...] = (_times_itself, _gelu)
