"""Makes the tables of docs/cheat_sheet.md from signatures and the catalogue.

tools/from_catalogue.py writes them; a name that is added to the package appears by itself.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable
from typing import Any

import fusedmlp as fm
from fusedmlp import callbacks, initializers, metrics, optim, schedules
from fusedmlp.core.catalogue import ACTIVATIONS, LOSSES, OPTIMIZERS
from fusedmlp.layers import LAYERS

PAGE = "docs/cheat_sheet.md"
# Options that every layer with parameters has are named once, below its table.
FACTORS = re.compile(r".*(lr|decay)_scale")


def arguments(thing: Callable[..., Any], leave_out: Iterable[str] = ()) -> str:
    """Return the parameters of a signature with their defaults, without types."""
    parts = []
    for name, parameter in inspect.signature(thing).parameters.items():
        if name in ("self", *leave_out):
            continue
        if parameter.kind is parameter.KEYWORD_ONLY and "*" not in parts:
            parts.append("*")
        if parameter.kind is parameter.VAR_KEYWORD:
            parts.append(f"**{name}")
        elif parameter.default is parameter.empty:
            parts.append(name)
        else:
            parts.append(f"{name}={value(parameter.default)}")
    return ", ".join(parts)


def value(default: object) -> str:
    """Return a default as one would type it."""
    if isinstance(default, float):
        return f"{default:g}"
    return repr(default).replace("'", '"')


def first_line(thing: Any) -> str:
    """Return the first line of a docstring as a table cell."""
    line = inspect.getdoc(thing).split("\n\n")[0].replace("\n", " ").rstrip(".")
    return re.sub(r"`(`?)([^`]+)`(`?)", r"`\2`", re.sub(r":\w+:", "", line)).replace("|", "\\|")


def table(head: list[str], rows: Iterable[list[str]]) -> str:
    """Return a table in Markdown."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)


def layers() -> str:
    """Return every layer with the defaults that are its own."""
    rows = []
    for name, cls in LAYERS.items():
        factors = [n for n in inspect.signature(cls).parameters if FACTORS.fullmatch(n)]
        rows.append([f"`{name}({arguments(cls, factors)})`", first_line(cls)])
    return table(["layer", "does"], rows)


def activations() -> str:
    """Return the names of all activations, with their parameters."""
    parts = []
    for name, row in ACTIVATIONS.items():
        own = ", ".join(f"{key}={p.default:g}" for key, p in row.params.items())
        parts.append(f"`{name}`" + (f" ({own})" if own else ""))
    return ", ".join(parts)


def losses() -> str:
    """Return every loss with its parameters and targets."""
    rows = []
    for name, row in LOSSES.items():
        own = ", ".join(f"{key}={p.default:g}" for key, p in row.params.items())
        wanted = "any number" if row.target is None else row.target.wanted.split(" ", 1)[1]
        rows.append([f"`{name}`", own, ("class indices, or " if row.classes else "") + wanted])
    return table(["loss", "parameters", "targets"], rows).replace("|  |", "| |")


def optimizers() -> str:
    """Return every optimizer as it is written with its defaults."""
    classes = {name: getattr(optim, row.title) for name, row in OPTIMIZERS.items()}
    return table(
        ["name", "with its defaults"],
        [[f"`{n}`", f"`{c.__name__}({arguments(c, ['decay_all'])})`"] for n, c in classes.items()],
    )


def named(module: Any, base: str) -> str:
    """Return the classes of a module with their defaults."""
    found = [getattr(module, name) for name in module.__all__ if name != base]
    return table(
        ["", "does"], [[f"`{c.__name__}({arguments(c)})`", first_line(c)] for c in found]
    )  # fmt: skip


def fit() -> str:
    """Return the options of fit with their defaults."""
    return f"`fit({arguments(fm.Sequential.fit)})`"


def names(found: Iterable[str]) -> str:
    """Return names with commas."""
    return ", ".join(f"`{name}`" for name in found)


TABLES: dict[str, Callable[[], str]] = {
    "layers": layers,
    "activations": activations,
    "losses": losses,
    "optimizers": optimizers,
    "schedules": lambda: named(schedules, "Schedule"),
    "callbacks": lambda: named(callbacks, "Callback"),
    "metrics": lambda: names(metrics.METRICS),
    "initializers": lambda: names(initializers.INITIALIZERS),
    "fit": fit,
}
