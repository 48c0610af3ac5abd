"""ONNX graphs as layers: a chain of operators, with blocks where a value is added again."""

from __future__ import annotations

from os import PathLike
from typing import Any

from ..checks.arrays import Array
from ..checks.paths import user_path
from ..core.exceptions import CheckpointError
from . import onnx_nodes
from .onnx_nodes import Chain
from .taken import Taken, float_values
from .to_onnx import import_onnx

_F = "from_onnx"


def take_onnx(source: Any) -> Taken:
    """Return the layers of an ONNX file or ``onnx.ModelProto``.

    Raises
    ------
    CheckpointError
        If the file is damaged.
    ValueError
        If an operator cannot be taken over; it is named, with what is supported.
    """
    onnx = import_onnx(_F)
    where = "the model" if isinstance(source, onnx.ModelProto) else str(source)
    model = source if isinstance(source, onnx.ModelProto) else _read(onnx, source)
    try:
        onnx.checker.check_model(model, full_check=True)
    except Exception as error:  # of several kinds, some without a common base
        raise CheckpointError(f"{_F}: {where} is no valid ONNX model: {error}") from error
    graph = model.graph
    arrays: dict[str, Array] = {
        tensor.name: onnx.numpy_helper.to_array(tensor) for tensor in graph.initializer
    }
    inputs = [given for given in graph.input if given.name not in arrays]
    for what, found in (("input", inputs), ("output", graph.output)):
        if len(found) != 1:
            names = ", ".join(item.name for item in found)
            raise ValueError(f"{_F}: {where} must have one {what}, got {len(found)}: {names}")
    kinds = onnx.TensorProto
    given = inputs[0].type.tensor_type
    if given.elem_type not in (kinds.FLOAT, kinds.DOUBLE):
        name = onnx.helper.tensor_dtype_to_string(given.elem_type)
        raise ValueError(f"{_F}: the input {inputs[0].name} must be float or double, got {name}")
    chain = _chain(onnx, graph, arrays)
    dims = [d.dim_value if d.HasField("dim_value") else None for d in given.shape.dim]
    if given.HasField("shape") and len(dims) < 2:
        raise ValueError(f"{_F}: the input must have rows and columns, got the shape {dims}")
    taken = Taken(_F, dims[1] if len(dims) == 2 and dims[1] else None)
    onnx_nodes.follow(chain, taken, inputs[0].name, graph.output[0].name, frozenset())
    taken.dtype = "float64" if given.elem_type == kinds.DOUBLE else "float32"
    return taken.checked()


def _read(onnx: Any, path: str | PathLike[str]) -> Any:
    file = user_path(path, _F)
    content = file.read_bytes()  # a missing file is an OSError that names it
    try:
        model = onnx.load_from_string(content)
        onnx.external_data_helper.load_external_data_for_model(model, str(file.parent))
    except Exception as error:  # protobuf's errors have no common base
        raise CheckpointError(f"{_F}: {file} is no ONNX file that can be read: {error}") from error
    return model


def _chain(onnx: Any, graph: Any, arrays: dict[str, Array]) -> Chain:
    """Separate what is computed from the input from constants."""
    nodes = []
    for node in graph.node:
        attributes = {a.name: onnx.helper.get_attribute_value(a) for a in node.attribute}
        if node.op_type == "Constant" and "value" in attributes:
            arrays[node.output[0]] = onnx.numpy_helper.to_array(attributes["value"])
        elif node.op_type == "Constant" and "value_float" in attributes:
            arrays[node.output[0]] = float_values(attributes["value_float"], _F, node.name)
        elif node.op_type == "Identity" and node.input[0] in arrays:
            arrays[node.output[0]] = arrays[node.input[0]]
        elif node.op_type == "Transpose" and node.input[0] in arrays:
            turned = arrays[node.input[0]].transpose(attributes.get("perm"))
            arrays[node.output[0]] = turned
        else:
            nodes.append(onnx_nodes.Node(node, attributes))
    return Chain(nodes, arrays)
