"""A model as an ONNX graph."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import numpy as np

from ..checks.arrays import Array
from ..core.catalogue import ACTIVATIONS
from ..core.info import __version__
from . import columns, onnx_columns, ops, table
from .graph import Graph

OPSET = 20
_IR = 9  # of the file; runtimes from the end of 2023 on read it


def import_onnx(function: str) -> Any:
    """Return the package onnx, or say how it is installed."""
    try:
        import onnx
    except ImportError as error:
        raise ImportError(
            f'{function} needs the package onnx ({error}): pip install "fusedmlp[onnx]"'
        ) from error
    return onnx


class OnnxWriter:
    """Collects nodes and arrays; `at` is the name of the values between two operations."""

    def __init__(self, onnx: Any, graph: Graph) -> None:
        self.onnx, self.graph = onnx, graph
        self.nodes: list[Any] = []
        self.initializers: list[Any] = []
        self.at = "x"
        self.sequence(graph.ops, graph.in_features)

    def sequence(self, found: ops.Steps, width: int) -> None:
        """Write operations."""
        for op in found:
            WRITERS[type(op)](self, op, width)
            width = op.out(width)

    def array(self, values: Any, kind: str | None = None) -> str:
        """Keep an array and return its name: floats in the model's type unless `kind` says so."""
        values = np.asarray(values)
        if kind is None:
            kind = self.graph.dtype if values.dtype.kind == "f" else "int64"
        name = f"w{len(self.initializers)}"
        tensor = self.onnx.numpy_helper.from_array(np.array(values, kind, order="C"), name)
        self.initializers.append(tensor)
        return name

    def node(self, kind: str, *inputs: str, outputs: int = 1, **attributes: Any) -> str:
        """Add a node and return the name of the first of its outputs."""
        name = f"v{len(self.nodes)}"
        names = [name, *(f"{name}_{k}" for k in range(1, outputs))]
        self.nodes.append(self.onnx.helper.make_node(kind, inputs, names, name, **attributes))
        return name

    def put(self, kind: str, *arrays: Any, **attributes: Any) -> None:
        """Let a node take the values and these arrays, and go on with its output."""
        self.at = self.node(kind, self.at, *map(self.array, arrays), **attributes)

    def cast(self, value: str, dtype: str) -> str:
        """Return `value` in another type."""
        kinds = {"float32": "FLOAT", "float64": "DOUBLE", "int64": "INT64"}
        return self.node("Cast", value, to=getattr(self.onnx.TensorProto, kinds[dtype]))


def _affine(w: OnnxWriter, op: Any, width: int) -> None:
    if op.bias is None:
        w.put("MatMul", op.weight)
    else:
        w.put("Gemm", op.weight, op.bias)


# ONNX's operator, and its attributes that are our parameters.
SIMPLE: dict[str, tuple[str, dict[str, str]]] = {
    "identity": ("Identity", {}), "sigmoid": ("Sigmoid", {}), "tanh": ("Tanh", {}),
    "relu": ("Relu", {}), "leaky_relu": ("LeakyRelu", {"alpha": "negative_slope"}),
    "elu": ("Elu", {"alpha": "alpha"}), "selu": ("Selu", {}), "softsign": ("Softsign", {}),
    "mish": ("Mish", {}), "hardswish": ("HardSwish", {}), "celu": ("Celu", {"alpha": "alpha"}),
}  # fmt: skip


def _activate(w: OnnxWriter, op: Any, width: int) -> None:
    params = dict(zip(ACTIVATIONS[op.name].params, op.params, strict=True))
    if op.name == "celu" and w.graph.dtype == "float64":  # Celu is there for float alone
        w.put("Div", np.float64(params["alpha"]))
        w.put("Elu")
        w.put("Mul", np.float64(params["alpha"]))
    elif op.name in SIMPLE:
        kind, names = SIMPLE[op.name]
        w.put(kind, **{theirs: params[ours] for theirs, ours in names.items()})
    elif op.name in ("gelu", "gelu_tanh"):
        w.put("Gelu", approximate="tanh" if op.name == "gelu_tanh" else "none")
    elif op.name == "silu":
        w.at = w.node("Mul", w.at, w.node("Sigmoid", w.at))
    elif op.name == "softplus":
        beta = np.float64(params["beta"])
        if beta != 1.0:
            w.put("Mul", beta)
        w.put("Softplus")
        if beta != 1.0:
            w.put("Div", beta)
    elif op.name == "hardsigmoid":
        w.put("HardSigmoid", alpha=1 / 6, beta=0.5)
    elif op.name in ("hardtanh", "relu6"):
        low, high = op.params or (0.0, 6.0)
        w.put("Clip", np.float64(low), np.float64(high))
    else:
        raise ValueError(f"to_onnx: the activation {op.name!r} cannot be written as ONNX")


def _blend(w: OnnxWriter, op: Any, width: int) -> None:
    before = w.at
    _activate(w, op.activation, width)
    step = w.node("Mul", w.node("Sub", w.at, before), w.array(op.share))
    w.at = w.node("Add", before, step)


def _rescale(w: OnnxWriter, op: Any, width: int) -> None:
    if op.mean.any():
        w.put("Sub", op.mean)
    w.put("Mul", op.factor)
    if op.bias.any():
        w.put("Add", op.bias)


def _batch_norm(w: OnnxWriter, op: Any, width: int) -> None:
    arrays = op.weight, op.bias, op.mean, op.variance
    w.put("BatchNormalization", *arrays, epsilon=op.eps, momentum=1.0 - op.momentum)


def _layer_norm(w: OnnxWriter, op: Any, width: int) -> None:
    w.put("LayerNormalization", op.weight, op.bias, axis=-1, epsilon=op.eps)


def _dropout(w: OnnxWriter, op: Any, width: int) -> None:
    """Inference leaves it out."""


def _softmax(w: OnnxWriter, op: Any, width: int) -> None:
    w.put("LogSoftmax" if op.log else "Softmax", axis=-1)


def _residual(w: OnnxWriter, op: Any, width: int) -> None:
    before = w.at
    w.sequence(op.inner, width)
    w.at = w.node("Add", before, w.at)


def _mean(w: OnnxWriter, op: Any, width: int) -> None:
    before, found = w.at, []
    for member in op.members:
        w.at = before
        w.sequence(member, width)
        found.append(w.at)
    w.at = w.node("Sum", *found)  # Mean is there for float alone
    w.put("Div", np.float64(len(found)))


def _sort(w: OnnxWriter, op: Any, width: int) -> None:
    w.put("TopK", [width], outputs=2, axis=1, largest=0)


WRITERS: dict[type[ops.Operation], Callable[[OnnxWriter, Any, int], None]] = {
    ops.Affine: _affine,
    ops.Activate: _activate,
    ops.Blend: _blend,
    ops.Rescale: _rescale,
    ops.BatchNorm: _batch_norm,
    ops.LayerNorm: _layer_norm,
    ops.Dropout: _dropout,
    ops.Softmax: _softmax,
    ops.Residual: _residual,
    ops.Mean: _mean,
    ops.Sort: _sort,
    columns.Embed: onnx_columns.embed,
    columns.OneHot: onnx_columns.one_hot,
    columns.Periodic: onnx_columns.periodic,
    columns.Piecewise: onnx_columns.piecewise,
    table.Encode: onnx_columns.encode,
}


def onnx_bytes(graph: Graph, rows: Array, function: str) -> bytes:
    """Return the content of an ONNX file, after the checker of ONNX has passed it.

    Parameters
    ----------
    graph : with its batch norms as they are
    rows : test vectors, kept in the metadata with what the graph makes of them
    function : for messages
    """
    onnx = import_onnx(function)
    writer = OnnxWriter(onnx, graph)
    helper = onnx.helper
    given, made_of = (
        helper.np_dtype_to_tensor_dtype(np.dtype(dtype)) for dtype in (graph.raw_dtype, graph.dtype)
    )
    writer.nodes.append(helper.make_node("Identity", [writer.at], ["y"], "y"))
    made = helper.make_graph(
        writer.nodes,
        "model",
        [helper.make_tensor_value_info("x", given, ["rows", graph.in_features])],
        [helper.make_tensor_value_info("y", made_of, ["rows", graph.out_features])],
        writer.initializers,
    )
    model = helper.make_model(
        made, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=_IR,
        producer_name="fusedmlp", producer_version=__version__,
    )  # fmt: skip
    notes: dict[str, Any] = {
        "test_rows": [[None if v != v else v for v in row] for row in rows.tolist()],
        "test_outputs": graph(rows).tolist(),
    }
    if graph.answer:
        notes["answer"] = graph.answer
    if graph.inputs:
        notes["inputs"] = [given.name for given in graph.inputs]
        notes["categories"] = {g.name: dict(g.spellings) for g in graph.inputs if g.spellings}
        notes["target"] = graph.target
    if graph.classes:
        notes["classes"] = list(graph.classes)
    helper.set_model_props(model, {key: json.dumps(value) for key, value in notes.items()})
    onnx.checker.check_model(model, full_check=True)
    content: bytes = model.SerializeToString(deterministic=True)
    return content
