"""What an editor shows: every public name has documentation, and every call a signature."""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import typing

import pytest

import fusedmlp as fm

MODULES = [
    "fusedmlp", "fusedmlp.callbacks", "fusedmlp.datasets", "fusedmlp.distributed",
    "fusedmlp.functional", "fusedmlp.initializers", "fusedmlp.layers", "fusedmlp.losses",
    "fusedmlp.metrics", "fusedmlp.optim", "fusedmlp.plotting", "fusedmlp.schedules",
    "fusedmlp.sklearn", "fusedmlp.table",
]  # fmt: skip
# Values and aliases of types: their documentation stands where they are defined.
PLAIN = (str, int, float, dict, list, tuple, frozenset)


def _names():
    for module in MODULES:
        if module == "fusedmlp.sklearn" and importlib.util.find_spec("sklearn") is None:
            continue
        for name in importlib.import_module(module).__all__:
            yield module, name


@pytest.mark.parametrize(("module", "name"), list(_names()))
def test_every_public_name_is_documented(module, name):
    item = getattr(importlib.import_module(module), name)
    # Python 3.10 takes a type alias for a class.
    if (
        isinstance(item, PLAIN)
        or typing.get_origin(item)
        or not (inspect.ismodule(item) or inspect.isroutine(item) or inspect.isclass(item))
    ):
        return
    lines = (inspect.getdoc(item) or "").splitlines()
    assert lines and len(lines[0]) > 10, f"{module}.{name} has no documentation"
    if inspect.isclass(item) and issubclass(item, Exception):
        return
    if inspect.isroutine(item) or inspect.isclass(item):
        hidden = {"args", "kwargs"} & set(inspect.signature(item).parameters)
        assert not hidden, f"{module}.{name} hides its parameters behind {hidden}"


@pytest.mark.parametrize(
    "kind", [fm.Sequential, fm.Ensemble, fm.History, fm.optim.Adam, fm.layers.Dense, fm.Loss]
)
def test_every_public_method_is_documented(kind):
    for name, item in inspect.getmembers(kind):
        if name.startswith("_") or isinstance(item, PLAIN):
            continue
        if inspect.isroutine(item) or isinstance(item, property):
            assert inspect.getdoc(item), f"{kind.__name__}.{name} has no documentation"


def test_what_is_imported_late_is_listed():
    assert set(fm.__all__) <= set(dir(fm))
