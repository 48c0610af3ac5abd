"""ONNX files out and in, with onnxruntime and ONNX's own evaluator as judges."""

from __future__ import annotations

import json
import re
import warnings

import numpy as np
import pytest

import fusedmlp as fm
from exchange_cases import LAYERS, PARAMS, agree, model_of, rows_for
from exchange_tables import table_model
from fusedmlp.functional import ACTIVATIONS

onnx = pytest.importorskip("onnx", reason="onnx is not installed")
pytestmark = pytest.mark.peers


def runtime(path, x):
    onnxruntime = pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    # A table's numbers go in as doubles.
    wide = session.get_inputs()[0].type == "tensor(double)"
    return session.run(["y"], {"x": x.astype(np.float64) if wide else x})[0]


def evaluator(path, x):
    from onnx.reference import ReferenceEvaluator

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ReferenceEvaluator(str(path)).run(["y"], {"x": x})[0]


@pytest.mark.parametrize("kind", LAYERS)
def test_every_layer(tmp_path, kind):
    model, x = model_of(kind), rows_for(kind)
    model.to_onnx(tmp_path / "net.onnx", rows=x)
    agree(runtime(tmp_path / "net.onnx", x), model.predict(x), 1e-5)


@pytest.mark.parametrize("kind, tolerance", [("plain", 1e-7), ("own", 1e-7)])
def test_in_double(tmp_path, kind, tolerance):
    # ONNX keeps the slope of the leaky ReLU and the numbers of selu in float32.
    model, x = model_of(kind, "float64"), rows_for(kind, dtype=np.float64)
    model.to_onnx(tmp_path / "net.onnx")
    found = evaluator(tmp_path / "net.onnx", x)
    assert found.dtype == np.float64
    agree(found, model.predict(x), tolerance)


def test_probabilities_and_test_vectors(tmp_path):
    model, x = model_of("plain"), rows_for("plain")
    model.to_onnx(tmp_path / "net.onnx", probabilities=True, rows=x)
    agree(runtime(tmp_path / "net.onnx", x), fm.functional.softmax(model.predict(x)), 1e-5)
    proto = onnx.load(tmp_path / "net.onnx")
    assert [(o.domain, o.version) for o in proto.opset_import] == [("", 20)]
    notes = {p.key: json.loads(p.value) for p in proto.metadata_props}
    rows = np.array(notes["test_rows"], np.float32)
    assert rows.shape == (8, 6) and (rows[:, None] == x[None]).all(axis=2).any(axis=1).all()
    agree(runtime(tmp_path / "net.onnx", rows), notes["test_outputs"], 1e-5)


@pytest.mark.parametrize("task", ["classify", "regress"])
def test_a_table(tmp_path, task):
    table = table_model(task)
    table.model.to_onnx(tmp_path / "net.onnx", rows=table.frame)
    agree(runtime(tmp_path / "net.onnx", table.raw), table.wanted, 1e-5)
    proto = onnx.load(tmp_path / "net.onnx")
    notes = {p.key: json.loads(p.value) for p in proto.metadata_props}
    assert notes["inputs"] == table.inputs and notes.get("classes", []) == table.classes
    assert notes["categories"]["color"]["grün"] == 2


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("kind", ["plain", "activations"])
def test_there_and_back(tmp_path, kind, dtype):
    model, x = model_of(kind, dtype), rows_for(kind, dtype=dtype)
    if kind == "activations":
        layers = [layer for layer in model.layers if "celu" not in repr(layer)
                  and "softplus" not in repr(layer)]  # fmt: skip
        model = fm.Sequential(layers, in_features=6, dtype=dtype, seed=0)
    model.to_onnx(tmp_path / "net.onnx")
    back = fm.from_onnx(tmp_path / "net.onnx")
    assert back.dtype == dtype
    assert np.array_equal(back.theta, model.theta) and np.array_equal(back.buffers, model.buffers)
    agree(back.predict(x), model.predict(x), 1e-6)
    model.metadata["outputs"] = "softmax"
    model.to_onnx(tmp_path / "net.onnx")
    again = fm.accelerate(tmp_path / "net.onnx")
    agree(again.predict(x), fm.functional.softmax(model.predict(x)), 1e-5)


@pytest.mark.parametrize("dtype, tolerance", [("float32", 1e-5), ("float64", 1e-6)])
@pytest.mark.parametrize("name", ACTIVATIONS)
def test_every_activation(tmp_path, name, dtype, tolerance):
    layers = [fm.Dense(9), fm.Activation(name, **PARAMS.get(name, {}))]
    model, x = fm.Sequential(layers, in_features=6, dtype=dtype, seed=0), rows_for("plain")
    model.to_onnx(tmp_path / "net.onnx")
    agree(fm.from_onnx(tmp_path / "net.onnx").predict(x), model.predict(x), tolerance)


def graph_of(text, outputs=("y",), kind=1, shape=("n", 3), **arrays):
    """Return the graph of lines such as ``a = Gemm(x, w) transB=1``."""
    helper, nodes = onnx.helper, []
    for line in text.split(";"):
        out, op, inputs, rest = re.fullmatch(r"\s*(\w+) = (\w+)\((.*)\)(.*)", line).groups()
        attributes = {k: json.loads(v) for k, v in (pair.split("=") for pair in rest.split())}
        nodes.append(helper.make_node(op, inputs.split(", "), [out], **attributes))
    initializers = [
        onnx.numpy_helper.from_array(np.asarray(a, helper.tensor_dtype_to_np_dtype(kind)), name)
        for name, a in arrays.items()
    ]
    graph = helper.make_graph(
        nodes, "g", [helper.make_tensor_value_info("x", kind, shape)],
        [helper.make_tensor_value_info(o, kind, [None, None]) for o in outputs], initializers,
    )  # fmt: skip
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=9)


W, B, W3 = np.arange(6.0).reshape(3, 2) / 7 - 0.3, np.array([0.5, -0.25]), np.eye(3) * 2
M, S = [100.0, -1.0, 0.5], [3.0, 0.1, 2.0]
X = np.random.default_rng(0).normal(0, 2, (20, 3)).astype(np.float32)
GRAPHS = {
    "transposed gemm": ("y = Gemm(x, w, b) transB=1 alpha=0.5 beta=2.0", {"w": W.T, "b": B}),
    "matmul and add": (
        "a = MatMul(x, w); c = Add(b, a); y = Relu(c)", {"w": W, "b": B}
    ),
    "scaler": (
        "a = Sub(x, m); c = Div(a, s); y = Gemm(c, w, b)", {"m": M, "s": S, "w": W, "b": B}
    ),
    "all arithmetic": (
        "a = Mul(x, s); c = Add(a, m); d = Sub(m, c); e = Tanh(d); y = Add(e, m)",
        {"m": [1.0, -1.0, 0.5], "s": [3.0]},
    ),
    "silu": ("a = Sigmoid(x); y = Mul(x, a)", {}),
    "mish": ("a = Softplus(x); c = Tanh(a); y = Mul(x, c)", {}),
    "hardswish": ("a = HardSigmoid(x) alpha=0.16666667; y = Mul(a, x)", {}),
    "older gelu": (
        "a = Div(x, r); c = Erf(a); d = Add(c, one); e = Mul(x, d); y = Mul(e, half)",
        {"r": 2**0.5, "one": 1.0, "half": 0.5},
    ),
    "older gelu, half first": (
        "a = Div(x, r); c = Erf(a); d = Add(c, one); e = Mul(x, half); y = Mul(e, d)",
        {"r": 2**0.5, "one": 1.0, "half": 0.5},
    ),
    "older gelu, half inside": (
        "a = Mul(x, r); c = Erf(a); d = Add(c, one); e = Mul(d, half); y = Mul(x, e)",
        {"r": 0.5**0.5, "one": 1.0, "half": 0.5},
    ),
    "block that begins with a silu": (
        "a = Sigmoid(x); c = Mul(x, a); d = Gemm(c, w, b); y = Add(d, x)", {"w": W3, "b": M}
    ),
    "blocks that begin together": (
        "d = Gemm(x, w, b); e = Add(d, x); y = Add(x, e)", {"w": W3, "b": M}
    ),
    "constants": (
        "v = Identity(w); u = Transpose(v) perm=[1,0]; y = Gemm(x, u) transB=1", {"w": W}
    ),
    "nothing but ends": ("a = Flatten(x); c = Clip(a, , top); y = Identity(c)", {"top": 0.7}),
}  # fmt: skip


@pytest.mark.parametrize("name", GRAPHS)
def test_graphs_of_others(name, tmp_path):
    text, arrays = GRAPHS[name]
    proto = graph_of(text, **arrays)
    onnx.save(proto, tmp_path / "net.onnx")
    agree(fm.from_onnx(proto).predict(X), runtime(tmp_path / "net.onnx", X), 1e-5)


@pytest.mark.parametrize(
    "text, options, message",
    [
        ("y = Abs(x)", {}, r"y \(Abs\) cannot be taken over; supported are Add"),
        ("a = Softmax(x); y = Relu(a)", {}, "behind a softmax"),
        ("y = HardSigmoid(x)", {}, "alpha=0.166667, got 0.2"),
        ("a = Relu(x); c = Tanh(x); y = Mul(a, c)", {}, "branches are supported as blocks"),
        ("y = Relu(x); z = Tanh(x)", {"outputs": ("y", "z")}, "one output, got 2: y, z"),
        ("y = Gemm(w, x)", {"w": W.T, "shape": (3, 3)}, "the rows as its first input"),
        ("y = MatMul(w, x)", {"w": W.T, "shape": (3, 3)}, "the rows as its first input"),
        ("y = Div(w, x)", {"w": W3}, "divides by the values"),
        ("y = Gemm(x, w)", {"w": np.full((3, 2), np.inf)}, "NaN or infinity"),
        ("y = Abs(x)", {"kind": 7}, "must be float or double, got"),
        ("y = Relu(x)", {"shape": ("n", "k")}, "no layer tells the number of inputs"),
        ("y = Identity(x)", {}, "there are no layers"),
    ],
)  # fmt: skip
def test_what_cannot_be_taken_over(text, options, message):
    with pytest.raises(ValueError, match=f"from_onnx: .*{message}"):
        fm.from_onnx(graph_of(text, **options))


def test_damaged_files(tmp_path):
    model_of("plain").to_onnx(tmp_path / "net.onnx")
    content = (tmp_path / "net.onnx").read_bytes()
    for end in [0, 1, 7, *range(20, len(content) - 1, 1501)]:
        (tmp_path / "cut.onnx").write_bytes(content[:end])
        with pytest.raises(ValueError, match=r"from_onnx: "):
            fm.from_onnx(tmp_path / "cut.onnx")
    (tmp_path / "cut.onnx").write_bytes(b"no onnx at all")
    with pytest.raises(fm.CheckpointError, match=r"from_onnx: .*cut.onnx is no"):
        fm.from_onnx(tmp_path / "cut.onnx")
    with pytest.raises(FileNotFoundError):
        fm.from_onnx(tmp_path / "none.onnx")
    with pytest.raises(TypeError, match="path must be a str or path-like"):
        fm.from_onnx(3)


def test_without_onnx(tmp_path, monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(ImportError, match=r'to_onnx needs .* pip install "fusedmlp\[onnx\]"'):
        model_of("plain").to_onnx(tmp_path / "net.onnx")
    with pytest.raises(ImportError, match=r'from_onnx needs .* pip install "fusedmlp\[onnx\]"'):
        fm.from_onnx(tmp_path / "net.onnx")
    assert not list(tmp_path.iterdir())


def test_all_operations_have_a_writer():
    from fusedmlp.exchange import to_onnx, to_torch

    assert set(to_onnx.WRITERS) == set(to_torch.WRITERS)
