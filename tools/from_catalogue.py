"""Writes what is made from the catalogue: tables of the docs, stubs for editors.

    python tools/from_catalogue.py          # write
    python tools/from_catalogue.py --check  # name the files that are out of date

The stubs list the functions of ``fusedmlp.functional`` that are made from rows of the catalogue, so
that editors and type checkers know them.
"""

from __future__ import annotations

import argparse
import inspect
import re
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import cheat_sheet

from fusedmlp import functional
from fusedmlp.core.catalogue import ACTIVATIONS, LOSSES, OPTIMIZERS, Flag, Number, Pair, Parameter

ROOT = Path(__file__).resolve().parents[1]
PAGE = "docs/numerics.md"
STUBS = "python/fusedmlp/functional"


def one_line(text: str) -> str:
    """Return a text of the catalogue as a table cell."""
    return " ".join(text.split()).replace("|", "\\|")


def code(text: str) -> str:
    """Return a formula as a table cell; bars inside code must be escaped in tables."""
    return f"`{one_line(text)}`" if text else ""


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """Return a table in Markdown."""
    head = list(head)
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines).replace("|  |", "| |")


def default(key: str, parameter: Parameter) -> str:
    """Return "name = default" with the bounds, if there are any."""
    if isinstance(parameter, Flag):
        return f"{key} = {parameter.default}"
    if isinstance(parameter, Pair):
        numbers = ", ".join(f"{value:g}" for value in parameter.default)
        ends = [parameter.first.bounds(), parameter.second.bounds()]
        if parameter.ascending:
            ends[1] = "not below the first"
        same = ends[0] if ends[0] == ends[1] else f"{ends[0]}, and {ends[1]}"
        return f"{key} = ({numbers}), {same}"
    bounds = parameter.bounds()
    each = ", or one per output" if parameter.per_output else ""
    return f"{key} = {parameter.default:g}{', ' + bounds if bounds else ''}{each}"


def defaults(parameters: dict[str, Parameter] | dict[str, Number]) -> str:
    """Return all parameters of a row as a table cell."""
    return "; ".join(default(key, parameter) for key, parameter in parameters.items())


def activations() -> str:
    """Return the table of formulas of all activations."""
    return table(
        ["name", "parameters", "f(x)", "computed as", "f'(x)"],
        [
            [
                name,
                defaults(dict(row.params)),
                code(row.formula.replace("f(x) = ", "")),
                one_line(row.computed),
                code(row.derivative.replace("f'(x) = ", "")),
            ]
            for name, row in ACTIVATIONS.items()
        ],
    )


def losses() -> str:
    """Return the table of formulas of all losses."""
    return table(
        ["loss", "parameters", "one element", "derivative by x", "targets"],
        [
            [
                name,
                defaults(dict(row.params)),
                code(row.element),
                code(row.derivative),
                ("class indices, or " if row.classes else "")
                + ("any number" if row.target is None else row.target.wanted.split(" ", 1)[1]),
            ]
            for name, row in LOSSES.items()
        ],
    )


def updates() -> str:
    """Return the table of the steps of all optimizers."""
    return table(["name", "step"], [[name, row.update] for name, row in OPTIMIZERS.items()])


def options() -> str:
    """Return the table of options and state of all optimizers."""
    return table(
        ["name", "class", "lr", "options", "weight decay", "state"],
        [
            [
                name,
                row.title,
                f"{row.lr:g}",
                defaults({k: v for k, v in row.options.items() if k != "weight_decay"}),
                _decay(name),
                ", ".join(_state(name)),
            ]
            for name, row in OPTIMIZERS.items()
        ],
    )


def _decay(name: str) -> str:
    row = OPTIMIZERS[name]
    if "weight_decay" not in row.options:
        return "none"
    how = {True: ", decoupled", False: ""}.get(row.decoupled, f", decoupled with {row.decoupled}")
    return f"{row.weight_decay:g}{how}"


def _state(name: str) -> Iterable[str]:
    for key, state in OPTIMIZERS[name].state.items():
        notes = []
        if state.needs is not None:
            notes.append(f"with {state.needs}")
        if state.scalar:
            notes.append("one float64 number")
        if state.start != 0.0:
            start = state.start if isinstance(state.start, str) else f"{state.start:g}"
            notes.append(f"starts at {start}")
        yield f"{key} ({', '.join(notes)})" if notes else key


def weight_init() -> str:
    """Return what "auto" stands for before each activation."""
    by_rule: dict[str, list[str]] = {}
    for name, row in ACTIVATIONS.items():
        by_rule.setdefault(row.weight_init, []).append(name)
    return table(
        ['"auto" is', "before"], [[rule, ", ".join(names)] for rule, names in by_rule.items()]
    )


TABLES: dict[str, Callable[[], str]] = {
    "activations": activations,
    "losses": losses,
    "optimizer steps": updates,
    "optimizer options": options,
    "weight init": weight_init,
}

_HEAD = '''"""Names and signatures of {module}.py, for editors. Made by tools/from_catalogue.py."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[Any]

__all__ = [
{names}
]

{table}: tuple[str, ...]

'''


def stub(module: str, constant: str, names: Iterable[str], annotations: dict[str, str]) -> str:
    """Return the stub of a module of ``fusedmlp.functional``."""
    names = list(names)
    listed = "\n".join(f'    "{name}",' for name in sorted([constant, *names]))
    text = _HEAD.format(module=module, table=constant, names=listed)
    if module != "optimizers":
        text = text.replace("import numpy as np\n", "")
    functions = "".join(signature(name, annotations) for name in names)
    return text + functions


def signature(name: str, annotations: dict[str, str]) -> str:
    """Return one function of a stub: every parameter with its type, a line for each if need be."""
    found = inspect.signature(getattr(functional, name))
    returns = found.return_annotation
    if returns is found.empty or "return" in annotations:
        returns = annotations.get(f"return {name.rpartition('_')[2]}", annotations.get("return"))
    parts, keyword = [], False
    for parameter in found.parameters.values():
        if parameter.kind is parameter.KEYWORD_ONLY and not keyword:
            parts.append("*")
            keyword = True
        kind = parameter.annotation
        if kind is parameter.empty:
            kind = annotations.get(parameter.name, "float")
        value = "" if parameter.default is parameter.empty else f" = {parameter.default!r}"
        value = value.replace("'", '"')
        parts.append(f"{parameter.name}: {kind}{value}")
    short = f"def {name}({', '.join(parts)}) -> {returns}: ..."
    if len(short) <= 100:
        return short + "\n"
    inside = f"    {', '.join(parts)}"
    if len(inside) > 100:
        inside = "\n".join(f"    {part}," for part in parts)
    return f"def {name}(\n{inside}\n) -> {returns}: ...\n"


def page(name: str, source: str, tables: dict[str, Callable[[], str]], root: Path) -> str:
    """Return a page of the docs with its tables written anew."""
    text = (root / name).read_text(encoding="utf-8")
    for title, make in tables.items():
        begin, end = f"<!-- from the {source}: {title} -->", "<!-- end -->"
        pattern = re.compile(re.escape(begin) + ".*?" + re.escape(end), re.DOTALL)
        if not pattern.search(text):
            raise ValueError(f"{name} has no place for the table {title!r}: {begin} ... {end}")
        new = f"{begin}\n{make()}\n{end}"
        text = pattern.sub(new.replace("\\", r"\\"), text, count=1)
    return text


def files(root: Path = ROOT) -> dict[str, str]:
    """Return what each file made from the catalogue should hold."""
    both = {"sample_weight": "ArrayLike | None", "reduction": "str", "q": "ArrayLike"}
    loss = {"class_weight": "Any", "return grad": "tuple[float | Array, Array]"}
    pairs = [n for name in ACTIVATIONS for n in (name, f"{name}_backward")]
    values = [n for name in LOSSES for n in (name, f"{name}_value_and_grad")]
    steps = [f"{name}_step" for name in OPTIMIZERS]
    return {
        PAGE: page(PAGE, "catalogue", TABLES, root),
        cheat_sheet.PAGE: page(cheat_sheet.PAGE, "code", cheat_sheet.TABLES, root),
        f"{STUBS}/activations.pyi": stub("activations", "ACTIVATIONS", pairs, {"return": "Array"}),
        f"{STUBS}/losses.pyi": stub(
            "losses", "LOSSES", values, {**both, **loss, "return": "float | Array"}
        ),
        f"{STUBS}/optimizers.pyi": stub("optimizers", "OPTIMIZERS", steps, {}),
    }


def main() -> int:
    """Write the files, or name those that differ."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="write nothing, fail on a difference")
    check = parser.parse_args().check
    stale = []
    for name, text in files().items():
        path = ROOT / name
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            stale.append(name)
            if not check:
                path.write_text(text, encoding="utf-8")
    for name in stale:
        print(("out of date: " if check else "written: ") + name)
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
