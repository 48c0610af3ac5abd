"""A model as an ES module, for browsers and Node."""

from __future__ import annotations

import json
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
from .js_parts import PARTS
from .script import ScriptWriter, base64_lines, layer_norm

_FUNCTIONS = {f: f"Math.{f}" for f in ("max", "min", "exp", "expm1", "log1p", "tanh", "abs")}
_FORMS = {
    "scaled": "scaled(h[{source}], {center!r}, {scale!r}, {smooth:d})",
    "missing": "gap(h[{source}])",
    "sign": "(h[{source}] === 2) - (h[{source}] === 1)",
    "is": "h[{source}] === {value}",
    "index": "index(h[{source}], {value})",
}
_SELFTEST = """\
// How many of the rows kept below go wrong.
export function selftest() {
  let wrong = 0;
  for (let k = 0; k < ROWS.length / INPUTS; k++) {
    const y = predict(ROWS.subarray(k * INPUTS, (k + 1) * INPUTS));
    const wanted = WANTED.subarray(k * OUTPUTS, (k + 1) * OUTPUTS);
    const most = Math.max(1, ...wanted.map(Math.abs));
    if (!wanted.every((v, j) => Math.abs(y[j] - v) <= @TOLERANCE * most)) wrong++;
  }
  return wrong;
}

function keep(kind, text) {
  const bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  return new kind(bytes.buffer);
}
"""
_MAIN = """\
if (typeof process !== "undefined" && process.argv?.[1]) {
  const script = process.argv[1].replaceAll("\\\\", "/");
  if (decodeURIComponent(import.meta.url).endsWith(script)) {
    const wrong = selftest();
    console.log("self-test:", wrong ? `${wrong} rows wrong` : "passed");
    process.exit(wrong ? 1 : 0);
  }
}
"""


def _number(value: float) -> str:
    return repr(int(value)) if value == int(value) and abs(value) < 1e15 else repr(float(value))


def _formula(w: ScriptWriter, op: ops.Activate, value: str = "v") -> str:
    w.need(*sorted(used_functions(op.name) & {"erfc"}))
    return re.sub(r"\bx\b", value, expression(op.name, op.params, _FUNCTIONS, _number))


def _affine(w: ScriptWriter, op: Any, width: int) -> None:
    w.need("dense")
    bias = "null" if op.bias is None else w.array(op.bias)
    w.set(f"dense(h, {w.array(op.weight)}, {bias}, {op.out(width)})")


def _activate(w: ScriptWriter, op: Any, width: int) -> None:
    if op.name != "identity":
        w.set(f"h.map((v) => {_formula(w, op)})")


def _blend(w: ScriptWriter, op: Any, width: int) -> None:
    share = w.array(op.share)
    w.set(f"h.map((v, i) => v + {share}[i] * ({_formula(w, op.activation)} - v))")


def _rescale(w: ScriptWriter, op: Any, width: int) -> None:
    mean, factor, bias = map(w.array, (op.mean, op.factor, op.bias))
    w.set(f"h.map((v, i) => (v - {mean}[i]) * {factor}[i] + {bias}[i])")


def _softmax(w: ScriptWriter, op: Any, width: int) -> None:
    w.need("softmax")
    w.set(f"softmax(h, {str(op.log).lower()})")


def _residual(w: ScriptWriter, op: Any, width: int) -> None:
    w.residual(op, width, "h.map((v, i) => v + {before}[i])")


def _mean(w: ScriptWriter, op: Any, width: int) -> None:
    w.need("mean")
    w.mean(op, width, "[]", "{list}.push(h)", "mean({list})")


def _sort(w: ScriptWriter, op: Any, width: int) -> None:
    w.set("h.slice().sort()")


def _on_columns(w: ScriptWriter, op: Any, part: str, *arguments: object) -> None:
    w.need("on_columns", part)
    listed = ", ".join(map(str, (w.array(op.columns), *arguments)))
    w.set(f"on_columns(h, {w.array(op.others)}, {part}(h, {listed}))")


def _embed(w: ScriptWriter, op: Any, width: int) -> None:
    w.need("index")
    arrays = map(w.array, (op.sizes, op.first, op.table))
    _on_columns(w, op, "embed", *arrays, op.table.shape[1])


def _one_hot(w: ScriptWriter, op: Any, width: int) -> None:
    w.need("index")
    levels = map(w.array, (op.off, op.on))
    _on_columns(w, op, "one_hot", w.array(op.sizes), w.array(op.first), op.skip, *levels)


def _periodic(w: ScriptWriter, op: Any, width: int) -> None:
    arrays = map(w.array, (op.frequency, op.phase, op.weight, op.bias))
    _on_columns(w, op, "periodic", *arrays, *op.weight.shape[1:])


def _piecewise(w: ScriptWriter, op: Any, width: int) -> None:
    arrays = map(w.array, (op.low, op.start, op.slope))
    _on_columns(w, op, "piecewise", *arrays, *op.start.shape[1:])


def _encode(w: ScriptWriter, op: Any, width: int) -> None:
    w.lines.append("h = Float64Array.of(")
    w.lines += [f"  {value}," for value in encoded(op, _FORMS, w.need)]
    w.line(")")


class JsWriter(ScriptWriter):
    """JavaScript."""

    ends = ";"
    declares = "const "


JsWriter.writers = {
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
    columns.Periodic: _periodic,
    columns.Piecewise: _piecewise,
    table.Encode: _encode,
}


def js_text(graph: Graph, rows: Array) -> str:
    """Return the ES module of a graph with a self-test of these raw rows."""
    writer = JsWriter(graph)
    if graph.classes and graph.answer != "probabilities":
        writer.need("softmax")
    body = "\n  ".join(writer.lines)
    parts = [
        f"// A trained network, written by fusedmlp {__version__}; an ES module without others.\n"
        f"// predict(x): x has {graph.in_features} numbers, the result {graph.out_features}. "
        "With Node as a script it tests itself.",
        f"export const INPUTS = {graph.in_features};\nexport const OUTPUTS = {graph.out_features};",
        *_tables(graph),
        *(PARTS[part].rstrip() for part in writer.parts),
        "export function predict(x) {\n"
        "  if (x.length !== INPUTS) throw new Error(`x must have ${INPUTS} numbers, got "
        f"${{x.length}}`);\n  let h = Float64Array.from(x);\n  {body}\n  return h;\n}}",
        *_answers(graph),
        _SELFTEST.replace("@TOLERANCE", repr(TOLERANCES[graph.dtype])).rstrip(),
        "\n".join(_kept(name, values) for name, values in writer.arrays),
        _kept("ROWS", rows.astype(np.float64)),
        _kept("WANTED", graph(rows)),
        _MAIN.rstrip(),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _tables(graph: Graph) -> list[str]:
    if not graph.inputs:
        return []
    names = [given.name for given in graph.inputs]
    known = [[k, list(g.spellings)] for k, g in enumerate(graph.inputs) if g.spellings]
    texts = [
        f"export const NAMES = {_json(names)};",
        f"const CATEGORIES = new Map({_json(known)}.map(([k, list]) => [k, new Map(list)]));",
        *([f"export const CLASSES = {_json(graph.classes)};"] if graph.classes else []),
    ]
    return [
        "\n".join(texts),
        "// An object as x: categories by name, numbers; null or nothing for a gap.\n"
        "export function raw(row) {\n  return NAMES.map((name, k) =>\n"
        "    CATEGORIES.has(k) ? CATEGORIES.get(k).get(String(row[name])) ?? 0 : row[name] ?? NaN,"
        "\n  );\n}",
    ]


def _json(value: Any) -> str:
    return json.dumps(value).replace("</", "<\\/")


def _answers(graph: Graph) -> list[str]:
    if not graph.classes:
        return []
    value = "predict(x)" if graph.answer == "probabilities" else "softmax(predict(x))"
    return [
        f"export function probabilities(x) {{\n  return {value};\n}}",
        "// The name of the likeliest class.\nexport function classOf(x) {\n"
        "  const y = predict(x);\n  return CLASSES[y.indexOf(Math.max(...y))];\n}",
    ]


def _kept(name: str, values: Array) -> str:
    kinds = {"float32": "Float32Array", "float64": "Float64Array", "int32": "Int32Array"}
    lines = " +\n".join(f'  "{line}"' for line in base64_lines(values))
    return f"const {name} = keep({kinds[values.dtype.name]},\n{lines});"
