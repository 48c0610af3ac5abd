"""The C files around a model: what is declared, names of classes and categories, the self-test."""

from __future__ import annotations

from pathlib import PurePath

import numpy as np

from ..checks.arrays import Array
from ..core.info import __version__
from . import c_text
from .graph import Graph
from .to_c import CWriter

TOLERANCES = {"float32": 1e-5, "float64": 1e-12}  # of the self-test, relative to the largest output


def c_files(
    graph: Graph, path: PurePath, name: str, dtype: str, rows: Array
) -> dict[PurePath, str]:
    """Return the text of each file: one for a name in .h, two for one in .c.

    Parameters
    ----------
    graph : what is written
    path : of the header, or of the source file beside which the header comes
    name : begins the names of all functions
    dtype : "float32" or "float64"
    rows : of the self-test
    """
    writer = CWriter(graph, name, dtype)
    declared = _declared(graph, name, writer.kind)
    alone = path.suffix == ".h"
    begin = "static inline " if alone else ""
    functions = [
        *(begin + text for text in _predict(graph, writer)),
        *(begin + text for text in _names(graph, name, writer)),
        begin + _selftest(graph, writer, rows),
    ]
    source = "\n".join([*writer.data, writer.definitions(inline=alone), *functions])
    guard = f"{name.upper()}_H"
    opening = f"{_about(graph, name)}#ifndef {guard}\n#define {guard}\n\n{_sizes(graph, name)}\n"
    closing = f"\n#endif /* {guard} */\n"
    if alone:
        prototypes = "".join(f"static inline {line}\n" for line in declared)
        text = f"{opening}#include <math.h>\n\n{prototypes}\n{source}{closing}"
        return {path: text}
    header = path.with_suffix(".h")
    prototypes = "".join(f"{line}\n" for line in declared)
    begin, end = (f"#ifdef __cplusplus\n{line}\n#endif\n" for line in ('extern "C" {', "}"))
    about = _about(graph, name)
    return {
        header: f"{opening}{begin}\n{prototypes}\n{end}{closing}",
        path: f'{about}#include "{header.name}"\n\n#include <math.h>\n\n{source}',
    }


def _about(graph: Graph, name: str) -> str:
    lines = [
        f"A trained network, written by fusedmlp {__version__}. C99, also C++; needs math.h alone.",
        "",
        f"x has {graph.in_features} numbers, y {graph.out_features}:",
    ]
    for k, given in enumerate(graph.inputs):
        kind = f"position of a category, see {name}_category" if given.spellings else "number"
        gap = "0 if missing or unknown" if given.spellings else "NAN if missing"
        lines.append(f"  x[{k}] {given.name}: {kind}, {gap}")
    if graph.classes and graph.answer == "probabilities":
        lines.append(f"  y: the probability of each class, see {name}_class_name")
    elif graph.classes:
        lines.append(f"  y: a logit for each class, see {name}_class_name, {name}_probabilities")
    elif graph.target:
        lines.append(f"  y[0] {graph.target}")
    if _doubles(graph, "float"):
        lines += [
            "",
            f"{name}_predict_double takes x in doubles: in floats, large numbers that lie",
        ]
        lines.append("close together, such as years with their fractions, lose digits.")
    return (
        "/*\n" + "".join(f" * {c_text.comment(line)}".rstrip() + "\n" for line in lines) + " */\n"
    )


def _sizes(graph: Graph, name: str) -> str:
    sizes = ("INPUTS", graph.in_features), ("OUTPUTS", graph.out_features)
    return "".join(f"#define {name.upper()}_{what} {size}\n" for what, size in sizes)


def _doubles(graph: Graph, kind: str) -> bool:
    """Return whether the numbers of x can be given in more digits than the network computes in."""
    return bool(graph.inputs) and kind == "float"


def _kinds(graph: Graph, kind: str) -> list[tuple[str, str]]:
    """Return the types of x, each with the end of the names of functions that take it."""
    return [("", kind), *([("_double", "double")] if _doubles(graph, kind) else [])]


def _declared(graph: Graph, name: str, kind: str) -> list[str]:
    given = _kinds(graph, kind)
    lines = [f"void {name}_predict{end}(const {own} *x, {kind} *y);" for end, own in given]
    if graph.inputs:
        lines.append(f"const char *{name}_input_name(int k);")
    if any(given.spellings for given in graph.inputs):
        lines.append(f"{kind} {name}_category(int k, const char *text);")
    if graph.classes:
        lines.append(f"const char *{name}_class_name(int k);")
        lines += [f"void {name}_probabilities{e}(const {own} *x, {kind} *y);" for e, own in given]
    return [*lines, f"int {name}_selftest(void);"]


def _predict(graph: Graph, writer: CWriter) -> list[str]:
    """Return the functions that predict, and those of probabilities where there are classes."""
    name, kind = writer.name, writer.kind
    given = _kinds(graph, kind)
    texts = [
        f"void {name}_predict{given[-1][0]}(const {given[-1][1]} *x, {kind} *y) {{\n"
        f"    {writer.body()}\n}}\n"
    ]
    if _doubles(graph, kind):
        n = graph.in_features
        texts.append(
            f"void {name}_predict(const float *x, float *y) {{\n    double wide[{n}];\n"
            f"    for (int i = 0; i < {n}; i++) wide[i] = (double)x[i];\n"
            f"    {name}_predict_double(wide, y);\n}}\n"
        )
    if graph.classes:
        behind = ""
        if graph.answer != "probabilities":
            writer.need("softmax")
            behind = f"    {name}_softmax(y, y, {graph.out_features}, 0);\n"
        texts += [
            f"void {name}_probabilities{end}(const {own} *x, {kind} *y) {{\n"
            f"    {name}_predict{end}(x, y);\n{behind}}}\n"
            for end, own in given
        ]
    return texts


def _names(graph: Graph, name: str, writer: CWriter) -> list[str]:
    texts = []
    if graph.inputs:
        texts.append(_name_of(f"{name}_input_name", [given.name for given in graph.inputs]))
    if any(given.spellings for given in graph.inputs):
        texts.append(_category(graph, name, writer))
    if graph.classes:
        texts.append(_name_of(f"{name}_class_name", list(graph.classes)))
    return texts


def _name_of(function: str, names: list[str]) -> str:
    listed = ",\n        ".join(map(c_text.string, names))
    return (
        f"const char *{function}(int k) {{\n    static const char *const names[] = {{\n"
        f"        {listed}\n    }};\n"
        f'    return k >= 0 && k < {len(names)} ? names[k] : "";\n}}\n'
    )


def _category(graph: Graph, name: str, writer: CWriter) -> str:
    writer.need("same")
    lines = [f"{writer.kind} {name}_category(int k, const char *text) {{"]
    for k, given in enumerate(graph.inputs):
        lines += [
            f"    if (k == {k} && {name}_same(text, {c_text.string(text)})) return {place};"
            for text, place in given.spellings
        ]
    return "\n".join([*lines, "    return 0;", "}\n"])


def _selftest(graph: Graph, writer: CWriter, rows: Array) -> str:
    name, kind, number = writer.name, writer.kind, writer.number
    end, own = _kinds(graph, kind)[-1]
    dtype = {"float": "float32", "double": "float64"}[own]
    rows = rows.astype(dtype).astype(np.float64)
    wanted = graph(rows)
    n, m = rows.shape[1], wanted.shape[1]
    inputs = (
        c_text.array(own, "inputs", rows, c_text.number_writer(dtype))
        .replace("\n", "\n    ")
        .rstrip()
    )
    outputs = c_text.array(kind, "wanted", wanted, number).replace("\n", "\n    ").rstrip()
    tolerance = c_text.double(TOLERANCES[writer.dtype])
    return f"""\
int {name}_selftest(void) {{
    /* Returns the number of rows that go wrong: 0 if all is well. */
    {inputs}
    {outputs}
    {kind} y[{m}];
    int wrong = 0;
    for (int k = 0; k < {len(rows)}; k++) {{
        const {kind} *e = wanted + k * {m};
        double most = 1.0;
        int bad = 0;
        {name}_predict{end}(inputs + k * {n}, y);
        for (int j = 0; j < {m}; j++) {{
            if (fabs((double)e[j]) > most) most = fabs((double)e[j]);
        }}
        for (int j = 0; j < {m}; j++) {{
            if (!(fabs((double)y[j] - (double)e[j]) <= {tolerance} * most)) bad = 1;
        }}
        wrong += bad;
    }}
    return wrong;
}}
"""
