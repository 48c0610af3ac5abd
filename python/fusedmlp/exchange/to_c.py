"""A model as C99: constant arrays and one function, without allocation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..checks.arrays import Array
from . import c_text, columns, ops, table
from .c_parts import NEEDS, PARTS
from .encodings import encoded
from .formulas import expression, used_functions
from .graph import Graph
from .quantized import Quantized


class CWriter:
    """Collects what the file needs while the operations are written one after the other.

    Values lie in two arrays in turn, two more for each block inside a block; what goes into a
    block stays where it is until the block's result is added, and what goes into members until the
    last of them has read it.
    """

    def __init__(self, graph: Graph, name: str, dtype: str) -> None:
        self.graph, self.name, self.dtype = graph, name, dtype
        self.kind = "float" if dtype == "float32" else "double"
        self.number = c_text.number_writer(dtype)
        self.data: list[str] = []
        self.parts: list[str] = []  # in the order of their needs
        self.functions: dict[tuple[str, tuple[float, ...]], str] = {}
        self.lines: list[str] = []
        self.levels: dict[int, int] = {}  # widest array of each depth
        self.depth = 0
        self.at = "x"
        self.sequence(graph.ops, graph.in_features)

    def sequence(self, found: ops.Steps, width: int) -> int:
        """Write operations; return the width of what comes out."""
        for op in found:
            WRITERS[type(op)](self, op, width)
            width = op.out(width)
        return width

    def need(self, *parts: str) -> None:
        """Have these functions in the file, with those they call."""
        for part in parts:
            self.need(*NEEDS.get(part, ()))
            if part not in self.parts:
                self.parts.append(part)

    def array(self, values: Array | None, kind: str | None = None) -> str:
        """Define a constant array and return its name; none is the null pointer."""
        if values is None:
            return "0"
        name = f"{self.name}_{len(self.data)}"
        if kind is None:
            self.data.append(c_text.array(self.kind, name, values, self.number))
        else:
            self.data.append(c_text.array(kind, name, values, lambda v: str(int(v))))
        return name

    def call(self, part: str, width: int, *arguments: object, offset: int = 0) -> None:
        """Call a function that reads the values and writes `width` others elsewhere."""
        self.need(part)
        target = self.elsewhere(width + offset)
        self.step(part, target, *arguments, offset=offset)
        self.at = target

    def step(self, part: str, target: str, *arguments: object, offset: int = 0) -> None:
        """Call a function that writes to `target`."""
        place = f"{target} + {offset}" if offset else target
        listed = ", ".join(map(str, (self.at, place, *arguments)))
        self.lines.append(f"{self.name}_{part}({listed});")

    def elsewhere(self, width: int) -> str:
        """Return the array of this depth that the values are not in."""
        self.levels[self.depth] = max(self.levels.get(self.depth, 1), width)
        a, b = f"a{self.depth}", f"b{self.depth}"
        return b if self.at == a else a

    def in_place(self, width: int) -> str:
        """Return an array that may be written while the values are read: their own, if ours."""
        own = self.at in (f"a{self.depth}", f"b{self.depth}")
        return self.at if own else self.elsewhere(width)

    def each(self, width: int, value: str) -> None:
        """Compute every value by an expression of x[i]."""
        target = self.in_place(width)
        source = f"{self.at}[i]"
        done = value.replace("@x", source)
        self.lines.append(f"for (int i = 0; i < {width}; i++) {target}[i] = {done};")
        self.at = target

    def function(self, op: ops.Activate) -> str:
        """Define an activation and return its name."""
        key = op.name, op.params
        if key not in self.functions:
            self.need(*sorted(used_functions(op.name) & {"max", "min"}))
            self.functions[key] = f"{self.name}_f{len(self.functions)}"
        return self.functions[key]

    def definitions(self, inline: bool) -> str:
        """Return the functions that the operations call; `inline` in a header."""
        suffix = "f" if self.kind == "float" else ""
        names = {f: f"{f}{suffix}" for f in ("exp", "expm1", "log1p", "tanh", "erfc")}
        names |= {"abs": f"fabs{suffix}", "max": f"{self.name}_max", "min": f"{self.name}_min"}
        text = "\n".join(PARTS[part] for part in self.parts)
        text = text.replace("@N", self.name).replace("@T", self.kind).replace("@F", suffix)
        for (kind, params), name in self.functions.items():
            body = expression(kind, params, names, self.number)
            text += (
                f"\n/* {kind} */\nstatic {self.kind} {name}({self.kind} x) {{ return {body}; }}\n"
            )
        return text.replace("static ", "static inline ") if inline else text

    def body(self) -> str:
        """Return the lines of the function that computes all operations."""
        lines = [
            f"{self.kind} a{depth}[{width}], b{depth}[{width}];"
            for depth, width in sorted(self.levels.items())
        ]
        lines += [f"(void)b{depth};" for depth in self.levels]
        lines += self.lines
        lines.append(f"for (int i = 0; i < {self.graph.out_features}; i++) y[i] = {self.at}[i];")
        return "\n    ".join(lines)


def _affine(w: CWriter, op: Any, width: int) -> None:
    out = op.out(width)
    w.call("dense", out, w.array(op.weight), w.array(op.bias), width, out)


def _quantized(w: CWriter, op: Any, width: int) -> None:
    out, levels = op.out(width), w.array(op.levels, "signed char")
    w.call("dense8", out, levels, w.array(op.scale), w.array(op.bias), width, out)


def _activate(w: CWriter, op: Any, width: int) -> None:
    w.each(width, f"{w.function(op)}(@x)")


def _blend(w: CWriter, op: Any, width: int) -> None:
    share = w.array(op.share)
    w.each(width, f"@x + {share}[i] * ({w.function(op.activation)}(@x) - @x)")


def _rescale(w: CWriter, op: Any, width: int) -> None:
    mean, factor, bias = map(w.array, (op.mean, op.factor, op.bias))
    w.each(width, f"(@x - {mean}[i]) * {factor}[i] + {bias}[i]")


def _layer_norm(w: CWriter, op: Any, width: int) -> None:
    w.need("layer_norm")
    target = w.in_place(width)
    arguments = w.array(op.weight), w.array(op.bias), c_text.double(op.eps), width
    w.step("layer_norm", target, *arguments)
    w.at = target


def _softmax(w: CWriter, op: Any, width: int) -> None:
    w.call("softmax", width, width, int(op.log))


def _residual(w: CWriter, op: Any, width: int) -> None:
    entry = w.at
    w.depth += 1
    w.sequence(op.inner, width)
    result = w.at
    w.depth -= 1
    w.at = entry
    w.each(width, f"@x + {result}[i]")


def _mean(w: CWriter, op: Any, width: int) -> None:
    entry, count, out = w.at, len(op.members), op.out(width)
    total = w.elsewhere(out)
    for k, member in enumerate(op.members):
        w.at = entry
        w.depth += 1
        w.sequence(member, width)
        w.depth -= 1
        value = f"{w.at}[i]" if k == 0 else f"{total}[i] + {w.at}[i]"
        if k == count - 1:
            value = f"({value}) / {w.number(count)}"
        w.lines.append(f"for (int i = 0; i < {out}; i++) {total}[i] = {value};")
    w.at = total


def _sort(w: CWriter, op: Any, width: int) -> None:
    w.call("sort", width, width)


def _on_columns(w: CWriter, op: Any, part: str, *arguments: object) -> None:
    """Let the other columns pass, and put behind them what is made of the chosen ones."""
    passed = len(op.others)
    if passed:
        w.need("pass")
        others = w.array(op.others, "int")
        w.step("pass", w.elsewhere(passed + op.made), others, passed)
    w.call(part, op.made, w.array(op.columns, "int"), *arguments, offset=passed)


def _embed(w: CWriter, op: Any, width: int) -> None:
    sizes, first = w.array(op.sizes, "int"), w.array(op.first, "int")
    dim = op.table.shape[1]
    _on_columns(w, op, "embed", sizes, first, w.array(op.table), len(op.columns), dim)


def _one_hot(w: CWriter, op: Any, width: int) -> None:
    sizes, first = w.array(op.sizes, "int"), w.array(op.first, "int")
    levels = w.array(op.off), w.array(op.on)
    _on_columns(w, op, "one_hot", sizes, first, *levels, op.skip, len(op.columns), op.made)


def _periodic(w: CWriter, op: Any, width: int) -> None:
    found = map(w.array, (op.frequency, op.phase, op.weight, op.bias))
    _on_columns(w, op, "periodic", *found, *op.weight.shape)


def _piecewise(w: CWriter, op: Any, width: int) -> None:
    found = map(w.array, (op.low, op.start, op.slope))
    _on_columns(w, op, "piecewise", *found, *op.start.shape)


def _encode(w: CWriter, op: Any, width: int) -> None:
    target = w.elsewhere(len(op.outputs))
    for k, value in enumerate(encoded(op, _FORMS, w.need)):
        done = value.replace("@N", w.name).replace("@T", w.kind).replace("@x", w.at)
        w.lines.append(f"{target}[{k}] = {done};")
    w.at = target


# The inputs of a table are doubles; what begins with @ is as in PARTS, and @x where they lie.
_FORMS = {
    "scaled": "@N_scaled(@x[{source}], {center!r}, {scale!r}, {smooth:d})",
    "missing": "(@T)@N_gap(@x[{source}])",
    "sign": "(@T)((@x[{source}] == 2) - (@x[{source}] == 1))",
    "is": "(@T)(@x[{source}] == {value})",
    "index": "(@T)@N_index((@T)@x[{source}], {value})",
}
WRITERS: dict[type[ops.Operation], Callable[[CWriter, Any, int], None]] = {
    ops.Affine: _affine,
    Quantized: _quantized,
    ops.Activate: _activate,
    ops.Blend: _blend,
    ops.Rescale: _rescale,
    ops.LayerNorm: _layer_norm,
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
