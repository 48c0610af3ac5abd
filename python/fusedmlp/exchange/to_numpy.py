"""A model as a Python file of plain NumPy."""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from ..checks.arrays import Array
from ..core.info import __version__
from . import columns, ops, table
from .c_file import TOLERANCES
from .encodings import encoded
from .formulas import expression, used_functions
from .graph import Graph
from .script import ScriptWriter, base64_lines, layer_norm

PARTS = {
    "erfc": "erfc = np.vectorize(math.erfc, otypes=[float])\n",
    "softmax": '''\
def softmax(z, log=False):
    z = z - z.max(axis=1, keepdims=True)
    total = np.exp(z).sum(axis=1, keepdims=True)
    return z - np.log(total) if log else np.exp(z) / total
''',
    "layer_norm": '''\
def layer_norm(h, weight, bias, eps):
    mean = h.mean(axis=1, keepdims=True, dtype=np.float64)
    variance = h.var(axis=1, keepdims=True, dtype=np.float64)
    return ((h - mean) / np.sqrt(variance + eps)).astype(h.dtype) * weight + bias
''',
    "index": '''\
def index(h, sizes):
    """Whole numbers; what is none of 0 .. size - 1 counts as 0."""
    return np.where((h >= 0) & (h < sizes), h, 0).astype(int)
''',
    "one_hot": '''\
def one_hot(k, first, skip, off, on):
    places = np.arange(len(off))
    hit = ((k + first)[:, :, None] == places) & (k >= skip)[:, :, None]
    return np.where(hit.any(axis=1), on, off)
''',
    "periodic": '''\
def periodic(v, frequency, phase, weight, bias):
    turns = v[:, :, None] * frequency + phase
    wave = np.cos(2 * np.pi * (turns - np.rint(turns)))
    e = np.einsum("ifk,fkd->ifd", wave, weight) + bias
    return np.concatenate([v[:, :, None], e], axis=2).reshape(len(v), -1)
''',
    "piecewise": '''\
def piecewise(v, edges, low, start, slope):
    t, f = (edges <= v[:, :, None]).sum(axis=2), np.arange(v.shape[1])
    e = start[f, t] + (v - low[f, t])[:, :, None] * slope[f, t]
    return np.concatenate([v[:, :, None], e], axis=2).reshape(len(v), -1)
''',
    "scaled": f'''\
def scaled(v, center, scale, smooth):
    z = np.clip((v - center) / scale, -{table.FARTHEST:g}, {table.FARTHEST:g})
    z = z / np.sqrt((z * (1 / 3)) ** 2 + 1) if smooth else z
    return np.where(gap(v), 0.0, z)
''',
    "gap": '''\
def gap(v):
    return ~(np.abs(v) <= 1e100)
''',
}  # fmt: skip
_FUNCTIONS = {
    "max": "np.maximum", "min": "np.minimum", "exp": "np.exp", "expm1": "np.expm1",
    "log1p": "np.log1p", "tanh": "np.tanh", "abs": "np.abs", "erfc": "erfc",
}  # fmt: skip


_FORMS = {
    "scaled": "scaled(h[:, {source}], {center!r}, {scale!r}, {smooth!r})",
    "missing": "gap(h[:, {source}])",
    "sign": "1.0 * (h[:, {source}] == 2) - (h[:, {source}] == 1)",
    "is": "h[:, {source}] == {value}",
    "index": "index(h[:, {source}], {value})",
}


def _number(value: float) -> str:
    return repr(int(value)) if value == int(value) and abs(value) < 1e15 else repr(float(value))


def _formula(w: ScriptWriter, op: ops.Activate) -> str:
    w.need(*sorted(used_functions(op.name) & {"erfc"}))
    return re.sub(r"\bx\b", "h", expression(op.name, op.params, _FUNCTIONS, _number))


def _affine(w: ScriptWriter, op: Any, width: int) -> None:
    bias = "" if op.bias is None else f" + {w.array(op.bias)}"
    w.set(f"h @ {w.array(op.weight)}{bias}")


def _activate(w: ScriptWriter, op: Any, width: int) -> None:
    if op.name != "identity":
        w.set(f"({_formula(w, op)}).astype(DTYPE)  # {op.name}")


def _blend(w: ScriptWriter, op: Any, width: int) -> None:
    w.set(f"h + {w.array(op.share)} * (({_formula(w, op.activation)}).astype(DTYPE) - h)")


def _rescale(w: ScriptWriter, op: Any, width: int) -> None:
    w.set(f"(h - {w.array(op.mean)}) * {w.array(op.factor)} + {w.array(op.bias)}")


def _softmax(w: ScriptWriter, op: Any, width: int) -> None:
    w.need("softmax")
    w.set(f"softmax(h, log={op.log})")


def _residual(w: ScriptWriter, op: Any, width: int) -> None:
    w.residual(op, width, "{before} + h")


def _mean(w: ScriptWriter, op: Any, width: int) -> None:
    w.mean(op, width, "[]", "{list}.append(h)", "np.mean({list}, axis=0)")


def _sort(w: ScriptWriter, op: Any, width: int) -> None:
    w.set("np.sort(h, axis=1)")


def _on_columns(w: ScriptWriter, op: Any, made: str) -> None:
    passed = f"h[:, {op.others.tolist()}], " if len(op.others) else ""
    w.set(f"np.concatenate([{passed}{made}], axis=1)" if passed else made)


def _index(w: ScriptWriter, op: Any) -> str:
    w.need("index")
    return f"index(h[:, {op.columns.tolist()}], {w.array(op.sizes)})"


def _embed(w: ScriptWriter, op: Any, width: int) -> None:
    rows = f"{_index(w, op)} + {w.array(op.first)}"
    _on_columns(w, op, f"{w.array(op.table)}[{rows}].reshape(len(h), {op.made})")


def _one_hot(w: ScriptWriter, op: Any, width: int) -> None:
    w.need("one_hot")
    levels = f"{w.array(op.off)}, {w.array(op.on)}"
    _on_columns(w, op, f"one_hot({_index(w, op)}, {w.array(op.first)}, {op.skip}, {levels})")


def _of_values(part: str, *names: str) -> Any:
    def write(w: ScriptWriter, op: Any, width: int) -> None:
        w.need(part)
        arrays = ", ".join(w.array(getattr(op, name)) for name in names)
        _on_columns(w, op, f"{part}(h[:, {op.columns.tolist()}], {arrays})")

    return write


def _encode(w: ScriptWriter, op: Any, width: int) -> None:
    w.line("h = np.stack([")
    w.lines += [f"    {value}," for value in encoded(op, _FORMS, w.need)]
    w.line("], axis=1).astype(np.float32).astype(DTYPE)")


class NumpyWriter(ScriptWriter):
    """Python."""


NumpyWriter.writers = {
    ops.Affine: _affine,
    ops.Activate: _activate,
    ops.Blend: _blend,
    ops.Rescale: _rescale,
    ops.LayerNorm: layer_norm,
    ops.Softmax: _softmax,
    ops.Residual: _residual,
    ops.Mean: _mean,
    ops.Sort: _sort,
    columns.Embed: _embed,
    columns.OneHot: _one_hot,
    columns.Periodic: _of_values("periodic", "frequency", "phase", "weight", "bias"),
    columns.Piecewise: _of_values("piecewise", "edges", "low", "start", "slope"),
    table.Encode: _encode,
}


def numpy_text(graph: Graph, rows: Array) -> str:
    """Return the Python file of a graph with a self-test of these raw rows."""
    writer = NumpyWriter(graph)
    if graph.classes and graph.answer != "probabilities":
        writer.need("softmax")
    raw = graph.raw_dtype
    rows = rows.astype(raw)
    body = "\n        ".join(writer.lines)
    imports = ["import base64", *(["import math"] if "erfc" in writer.parts else [])]
    parts = [
        f'"""A trained network, written by fusedmlp {__version__}; needs NumPy alone.\n\n'
        f'{_about(graph)}\n"""',
        "\n".join([*imports, "", "import numpy as np"]),
        f"DTYPE = np.{graph.dtype}",
        *_tables(graph),
        *(PARTS[part].rstrip() for part in writer.parts),
        f'def predict(x):\n    """Return the outputs (rows, {graph.out_features}) for rows '
        f'(rows, {graph.in_features})."""\n    h = np.asarray(x, np.{raw})\n'
        f"    if h.ndim != 2 or h.shape[1] != {graph.in_features}:\n"
        f'        raise ValueError(f"x must have shape (rows, {graph.in_features}), got '
        '{h.shape}")\n    with np.errstate(all="ignore"):\n'
        f"        {body or 'h = h'}\n    return h",
        *_answers(graph),
        _selftest(graph),
        'def _array(kind, shape, text):\n    data = base64.b64decode(text)\n'
        '    return np.frombuffer(data, f"<{kind}").astype(kind).reshape(shape)',
        *(_kept(name, values) for name, values in writer.arrays),
        _kept("ROWS", rows),
        _kept("WANTED", graph(rows.astype(np.float64))),
        'if __name__ == "__main__":\n    wrong = selftest()\n'
        '    print("self-test:", "passed" if not wrong else f"{wrong} rows wrong")\n'
        "    raise SystemExit(bool(wrong))",
    ]  # fmt: skip
    return "\n\n\n".join(parts) + "\n"


def _about(graph: Graph) -> str:
    lines = [f"predict(x): x has {graph.in_features} columns, the result {graph.out_features}."]
    if graph.inputs:
        lines.append("raw(rows) makes x of dicts with the names of INPUTS; gaps may be left out.")
    return "\n".join([*lines, "As a script this file tests itself."])


def _tables(graph: Graph) -> list[str]:
    if not graph.inputs:
        return []
    names = [given.name for given in graph.inputs]
    known = {given.name: dict(given.spellings) for given in graph.inputs if given.spellings}
    texts = [f"INPUTS = {names!r}", f"CATEGORIES = {known!r}"]
    if graph.classes:
        texts.append(f"CLASSES = {list(graph.classes)!r}")
    return [
        *texts,
        'def raw(rows):\n    """Return dicts as x: categories by name, numbers, None or nothing '
        'for a gap."""\n    x = np.full((len(rows), len(INPUTS)), np.nan)\n'
        "    for i, row in enumerate(rows):\n        for j, name in enumerate(INPUTS):\n"
        "            value = row.get(name)\n            if name in CATEGORIES:\n"
        "                x[i, j] = CATEGORIES[name].get(str(value), 0)\n"
        "            elif value is not None:\n                x[i, j] = value\n    return x",
    ]


def _answers(graph: Graph) -> list[str]:
    if not graph.classes:
        return []
    value = "predict(x).astype(np.float64)"
    value = value if graph.answer == "probabilities" else f"softmax({value})"
    return [
        "def probabilities(x):\n"
        f'    """Return the probability of each class, (rows, {graph.out_features})."""\n'
        f"    return {value}",
        'def classes(x):\n    """Return the name of the likeliest class of each row."""\n'
        "    return [CLASSES[k] for k in predict(x).argmax(axis=1)]",
    ]


def _selftest(graph: Graph) -> str:
    tolerance = TOLERANCES[graph.dtype]
    return (
        'def selftest():\n    """Return how many of the rows kept below go wrong."""\n'
        "    off = np.abs(predict(ROWS) - WANTED).max(axis=1)\n"
        f"    most = np.maximum(np.abs(WANTED).max(axis=1), 1)\n"
        f"    return int((~(off <= {tolerance!r} * most)).sum())"
    )


def _kept(name: str, values: Array) -> str:
    lines = "\n".join(f'    "{line}"' for line in base64_lines(values))
    return f'{name} = _array("{values.dtype.str[1:]}", {values.shape}, (\n{lines}\n))'
