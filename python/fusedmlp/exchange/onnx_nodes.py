"""Operators of ONNX as layers, one function each."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..checks.arrays import Array
from .onnx_patterns import PATTERNS
from .taken import Taken, float_values

_F = "from_onnx"


class Node:
    """An operator with its attributes as a dict."""

    def __init__(self, proto: Any, attributes: dict[str, Any]) -> None:
        self.kind: str = proto.op_type if proto.domain in ("", "ai.onnx") else (
            f"{proto.domain}.{proto.op_type}"
        )  # fmt: skip
        self.inputs, self.outputs = list(proto.input), list(proto.output)
        self.attributes = attributes
        self.label = f"{proto.name or self.outputs[0]} ({self.kind})"


@dataclass
class Chain:
    """All nodes in order, and the arrays that do not depend on the input."""

    nodes: list[Node]
    arrays: dict[str, Array]

    def readers(self, value: str) -> list[Node]:
        """Return the nodes that read a value, in order."""
        return [node for node in self.nodes if value in node.inputs]

    def array(self, node: Node, k: int) -> Array | None:
        """Return input k of a node as numbers; None if it is left out."""
        if k >= len(node.inputs) or not node.inputs[k]:
            return None
        if node.inputs[k] not in self.arrays:
            raise ValueError(f"{_F}: {node.label}: {node.inputs[k]} must be a constant")
        return float_values(self.arrays[node.inputs[k]], _F, node.label)

    def other(self, node: Node, value: str) -> str:
        """Return the input of a node of two that is not `value`."""
        return next((name for name in node.inputs if name != value), value)


def follow(chain: Chain, taken: Taken, value: str, end: str, without: frozenset[int]) -> None:
    """Take the nodes from `value` to `end`; `without` are those that close blocks around it."""
    while value != end:
        readers = [n for n in chain.readers(value) if id(n) not in without]
        if not readers:
            raise ValueError(f"{_F}: nothing leads from {value} to {end}")
        pattern = next((found for p in PATTERNS if (found := p(chain, value, readers))), None)
        adding = [
            n for n in readers if n.kind == "Add" and chain.other(n, value) not in chain.arrays
        ]
        if adding and len(readers) > 1:  # first, for a block may begin with a pattern
            close = adding[-1]
            inner = Taken(_F, taken.width)
            follow(chain, inner, value, chain.other(close, value), without | {id(close)})
            taken.residual(inner, close.label)
            value = close.outputs[0]
        elif pattern is not None:
            name, value = pattern
            taken.activation(name, name)
        elif len(readers) == 1 and readers[0].kind in NODES:
            NODES[readers[0].kind](chain, taken, readers[0])
            value = readers[0].outputs[0]
        elif len(readers) == 1:
            raise ValueError(
                f"{_F}: {readers[0].label} cannot be taken over; supported are "
                f"{', '.join(sorted(NODES))} and blocks that end in Add"
            )
        else:
            raise ValueError(
                f"{_F}: {value} is read by {', '.join(n.label for n in readers)}; branches are "
                "supported as blocks that end in an Add with their input"
            )


def shortest(value: float) -> float:
    """Return the shortest number that is this one in float32, in which ONNX keeps attributes."""
    return float(str(np.float32(value)))


def _gemm(chain: Chain, taken: Taken, node: Node) -> None:
    if node.attributes.get("transA", 0) or node.inputs[0] in chain.arrays:
        raise ValueError(f"{_F}: {node.label} must have transA=0 and the rows as its first input")
    weight, bias = chain.array(node, 1), chain.array(node, 2)
    assert weight is not None
    weight = weight.T if node.attributes.get("transB", 0) else weight
    alpha, beta = node.attributes.get("alpha", 1.0), node.attributes.get("beta", 1.0)
    weight = weight if alpha == 1.0 else (weight * alpha).astype(weight.dtype)
    if bias is not None:
        bias = bias if beta == 1.0 else (bias * beta).astype(bias.dtype)
        bias = np.array(np.broadcast_to(bias.reshape(-1), weight.shape[1:]))
    taken.dense(weight, bias, node.label)


def _matmul(chain: Chain, taken: Taken, node: Node) -> None:
    if node.inputs[0] in chain.arrays:
        raise ValueError(f"{_F}: {node.label} must have the rows as its first input")
    weight = chain.array(node, 1)
    assert weight is not None
    taken.dense(weight, None, node.label)


def _arithmetic(chain: Chain, taken: Taken, node: Node) -> None:
    """Take x + c, x - c, c - x, x * c and x / c."""
    first = node.inputs[0] in chain.arrays
    c = chain.array(node, 0 if first else 1)
    assert c is not None
    if first and node.kind == "Div":
        raise ValueError(f"{_F}: {node.label} divides by the values; supported is x / constant")
    c = c.reshape(-1)
    zero, one = np.zeros(1, c.dtype), np.ones(1, c.dtype)
    if node.kind == "Add":
        if not taken.add_bias(c):
            taken.rescale(zero, one, c, node.label)
    elif node.kind == "Sub":
        taken.rescale(c, -one if first else one, zero, node.label)
    else:
        taken.rescale(zero, c if node.kind == "Mul" else 1 / c, zero, node.label)


def _activation(name: str, **attributes: tuple[str, float]) -> Callable[[Chain, Taken, Node], None]:
    def take(chain: Chain, taken: Taken, node: Node) -> None:
        params = {
            ours: shortest(node.attributes.get(theirs, default))
            for ours, (theirs, default) in attributes.items()
        }
        taken.activation(name, node.label, **params)

    return take


def _gelu(chain: Chain, taken: Taken, node: Node) -> None:
    tanh = node.attributes.get("approximate", b"none") in (b"tanh", "tanh")
    taken.activation("gelu_tanh" if tanh else "gelu", node.label)


def _fixed(name: str, **wanted: float) -> Callable[[Chain, Taken, Node], None]:
    """Return what takes an activation whose attributes must be these; None is ONNX's default."""

    def take(chain: Chain, taken: Taken, node: Node) -> None:
        for key, value in wanted.items():
            found = node.attributes.get(key, ONNX_DEFAULTS.get((node.kind, key), value))
            if not math.isclose(found, value, rel_tol=1e-6):
                raise ValueError(f"{_F}: {node.label} must have {key}={value:g}, got {found:g}")
        taken.activation(name, node.label)

    return take


ONNX_DEFAULTS = {("HardSigmoid", "alpha"): 0.2}


def _clip(chain: Chain, taken: Taken, node: Node) -> None:
    ends = []
    for k, (key, default) in enumerate((("min", -math.inf), ("max", math.inf))):
        given = chain.array(node, k + 1)
        ends.append(float(given) if given is not None else node.attributes.get(key, default))
    low, high = map(shortest, ends)
    if low == 0 and high in (6.0, math.inf):
        taken.activation("relu" if high == math.inf else "relu6", node.label)
        return
    largest = float(np.finfo(np.float32).max)
    low, high = max(low, -largest), min(high, largest)
    taken.activation("hardtanh", node.label, min_val=low, max_val=high)


def _batch_norm(chain: Chain, taken: Taken, node: Node) -> None:
    weight, bias, mean, variance = (chain.array(node, k) for k in (1, 2, 3, 4))
    assert mean is not None and variance is not None
    eps = shortest(node.attributes.get("epsilon", 1e-5))
    momentum = round(1.0 - node.attributes.get("momentum", 0.9), 6)
    taken.batch_norm(mean, variance, weight, bias, eps, momentum, node.label)


def _layer_norm(chain: Chain, taken: Taken, node: Node) -> None:
    if node.attributes.get("axis", -1) not in (1, -1):
        raise ValueError(f"{_F}: {node.label} must have axis=-1, got {node.attributes['axis']}")
    eps = shortest(node.attributes.get("epsilon", 1e-5))
    taken.layer_norm(chain.array(node, 1), chain.array(node, 2), eps, node.label)


def _softmax(chain: Chain, taken: Taken, node: Node) -> None:
    if node.attributes.get("axis", -1) not in (1, -1):
        raise ValueError(f"{_F}: {node.label} must have axis=-1, got {node.attributes['axis']}")
    taken.softmax(node.label, log=node.kind == "LogSoftmax")


def _identity(chain: Chain, taken: Taken, node: Node) -> None:
    """Nothing happens here."""


def _dropout(chain: Chain, taken: Taken, node: Node) -> None:
    ratio = chain.array(node, 1)
    taken.dropout(node.attributes.get("ratio", 0.5) if ratio is None else float(ratio), node.label)


def _flatten(chain: Chain, taken: Taken, node: Node) -> None:
    if node.attributes.get("axis", 1) != 1:
        raise ValueError(f"{_F}: {node.label} must have axis=1, got {node.attributes['axis']}")


NODES: dict[str, Callable[[Chain, Taken, Node], None]] = {
    "Gemm": _gemm, "MatMul": _matmul, "Add": _arithmetic, "Sub": _arithmetic, "Mul": _arithmetic,
    "Div": _arithmetic, "Sigmoid": _activation("sigmoid"), "Tanh": _activation("tanh"),
    "Relu": _activation("relu"), "Elu": _activation("elu", alpha=("alpha", 1.0)),
    "LeakyRelu": _activation("leaky_relu", negative_slope=("alpha", 0.01)),
    "Celu": _activation("celu", alpha=("alpha", 1.0)),
    "Selu": _fixed("selu", alpha=1.6732632423543772, gamma=1.0507009873554805),
    "Softplus": _activation("softplus"), "Softsign": _activation("softsign"),
    "Mish": _activation("mish"), "HardSwish": _activation("hardswish"), "Gelu": _gelu,
    "HardSigmoid": _fixed("hardsigmoid", alpha=1 / 6, beta=0.5),
    "Clip": _clip, "BatchNormalization": _batch_norm, "LayerNormalization": _layer_norm,
    "Softmax": _softmax, "LogSoftmax": _softmax, "Identity": _identity, "Dropout": _dropout,
    "Flatten": _flatten,
}  # fmt: skip
