"""Writes docs/api/: the pages of the API reference, from the ``__all__`` of the public modules.

conf.py calls it before each build, so a new name needs no line in the docs. Every public name is on
exactly one page; ``tests/test_docs.py`` holds that.
"""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import fusedmlp
from fusedmlp.core.catalogue import ACTIVATIONS, LOSSES, OPTIMIZERS

# Their names are on the pages; other modules are not public.
MODULES = (
    "fusedmlp", "fusedmlp.functional", "fusedmlp.optim", "fusedmlp.schedules",
    "fusedmlp.callbacks", "fusedmlp.initializers", "fusedmlp.metrics", "fusedmlp.plotting",
    "fusedmlp.datasets", "fusedmlp.table", "fusedmlp.distributed", "fusedmlp.sklearn",
)  # fmt: skip


@dataclass(frozen=True)
class Page:
    """One page: its file, title, first words, and the names of each of its tables."""

    stem: str
    title: str
    intro: str
    tables: dict[str, list[str]]


def public(module: str) -> list[str]:
    """Return the full names of a module's public functions and classes."""
    found = importlib.import_module(module)
    names = [name for name in found.__all__ if not name.startswith("__")]
    return [f"{module}.{name}" for name in names if documented(getattr(found, name))]


def documented(thing: object) -> bool:
    """Whether a public name gets a page: constants and type aliases have no docstring to show."""
    return inspect.isfunction(thing) or inspect.isclass(thing)


def pages() -> list[Page]:
    """Return all pages, in their order."""
    return [*_networks(), _functional(), *_parts(), *_rooms()]


def _networks() -> Iterator[Page]:
    top = public("fusedmlp")
    things = {name: getattr(fusedmlp, name.rpartition(".")[2]) for name in top}

    def from_(*modules: str, errors: bool = False) -> list[str]:
        rooms = tuple(f"fusedmlp.{module}" for module in modules)
        return [name for name, thing in things.items() if thing.__module__.startswith(rooms)]

    yield Page(
        "models", "Networks",
        "A network, what trains it, and what a fit gives back. `Guide <../training.html>`__.",
        {"Networks": from_("sequential", "mlp", "softmax_sequential"),
         "Losses as objects": from_("losses"), "What a fit returns": from_("training.history"),
         "Files": ["fusedmlp.load"], "Checking gradients": from_("gradient_check")},
    )  # fmt: skip
    yield Page(
        "layers", "Layers",
        "What networks are made of: settings; the numbers live in the network.",
        {"Layers": from_("layers")},
    )  # fmt: skip
    many = [name for name in from_("many") if name != "fusedmlp.load"]
    yield Page(
        "many", "Many nets, many machines",
        "`Guide <../many.html>`__.",
        {"Many nets": many, "One net, many machines": public("fusedmlp.distributed")},
    )  # fmt: skip
    yield Page(
        "exchange", "From other libraries",
        "Ways out are methods of :class:`fusedmlp.Sequential`: ``to_c``, ``to_js``, ``to_numpy``, "
        "``to_onnx``, ``to_torch``. `Guide <../exchange.html>`__.",
        {"Ways in": from_("taking")},
    )  # fmt: skip
    yield Page(
        "package", "Threads, facts, errors",
        "``fusedmlp.__version__`` is the version.",
        {"Facts": from_("core.info"), "Threads": from_("threads"),
         "Errors": [*from_("core.exceptions"), "fusedmlp.table.TableError"],
         "The playground": from_("playground")},
    )  # fmt: skip


def _functional() -> Page:
    everything = public("fusedmlp.functional")

    def made(names: object, *endings: str) -> list[str]:
        wanted = [f"fusedmlp.functional.{name}{end}" for name in names for end in endings]  # type: ignore[attr-defined]
        return [name for name in wanted if name in everything]

    tables = {
        "Activations": made(ACTIVATIONS, "", "_backward"),
        "Losses": made(LOSSES, "", "_value_and_grad"),
        "Optimizer steps": made(OPTIMIZERS, "_step"),
    }
    listed = {name for names in tables.values() for name in names}
    layers = [name for name in everything if name not in listed]
    return Page(
        "functional", "fusedmlp.functional",
        "Kernels on arrays, without state. ``ACTIVATIONS``, ``LOSSES`` and ``OPTIMIZERS`` are "
        "tuples of their names. `Formulas <../numerics.html>`__.",
        {"Layers, softmax and clipping": layers, **tables},
    )  # fmt: skip


def _parts() -> Iterator[Page]:
    for stem, title, intro in (
        ("optim", "fusedmlp.optim", "Optimizers of networks."),
        ("schedules", "fusedmlp.schedules",
         "A schedule maps a step, counted from 0, to a learning rate or a weight decay."),
        ("callbacks", "fusedmlp.callbacks", "What happens around the epochs of a fit."),
        ("initializers", "fusedmlp.initializers",
         "First values. ``INITIALIZERS`` lists the names; a callable ``f(shape, rng)`` does too."),
        ("metrics", "fusedmlp.metrics", "``metric(y, prediction)``; ``METRICS`` has the names."),
    ):  # fmt: skip
        yield Page(stem, title, intro, {"Names": public(f"fusedmlp.{stem}")})


def _rooms() -> Iterator[Page]:
    table = [n for n in public("fusedmlp.table") if n != "fusedmlp.table.TableError"]
    for stem, intro, names in (
        ("table", "`Guide <../files.html>`__.", table),
        ("sklearn", "`Guide <../sklearn.html>`__.", public("fusedmlp.sklearn")),
        ("plotting", "Needs the extra ``plot``.", public("fusedmlp.plotting")),
        ("datasets", "Small data sets in the package.", public("fusedmlp.datasets")),
    ):
        yield Page(stem, f"fusedmlp.{stem}", intro, {"Names": names})


def text(page: Page) -> str:
    """Return a page as reStructuredText."""
    lines = [page.title, "=" * len(page.title), "", page.intro, ""]
    for title, names in page.tables.items():
        if len(page.tables) > 1:
            lines += [title, "-" * len(title), ""]
        lines += [".. autosummary::", "   :toctree: generated", "   :nosignatures:", ""]
        lines += [f"   {name}" for name in names] + [""]
    return "\n".join(lines)


def index(all_pages: list[Page]) -> str:
    """Return the first page of the reference."""
    lines = ["API reference", "=============", ""]
    lines += ["Every public name, from its docstring. ``import fusedmlp as fm``; what",
              "begins with ``fusedmlp.`` here begins with ``fm.`` in the guide.", ""]  # fmt: skip
    lines += [".. toctree::", "   :maxdepth: 1", ""]
    return "\n".join([*lines, *(f"   {page.stem}" for page in all_pages), ""])


def write(folder: Path) -> None:
    """Write the pages; a file that would not change is left alone, so builds stay short."""
    folder.mkdir(exist_ok=True)
    all_pages = pages()
    contents = {f"{page.stem}.rst": text(page) for page in all_pages}
    contents["index.rst"] = index(all_pages)
    for name, new in contents.items():
        path = folder / name
        if not path.exists() or path.read_text(encoding="utf-8") != new:
            path.write_text(new, encoding="utf-8")
