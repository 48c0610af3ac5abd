"""`_core.pyi`, the native modules and the twin have the same names and parameters."""

from __future__ import annotations

import ast
import inspect
import re
from pathlib import Path

import pytest

import fusedmlp
from fusedmlp.core import backend

STUB = ast.parse((Path(fusedmlp.__file__).parent / "core" / "_core.pyi").read_text())


def _parameters(node: ast.FunctionDef) -> list[str]:
    return [a.arg for a in node.args.args if a.arg != "self"]


FUNCTIONS = {n.name: _parameters(n) for n in STUB.body if isinstance(n, ast.FunctionDef)}
NETWORK = next(n for n in STUB.body if isinstance(n, ast.ClassDef))
METHODS = {n.name: _parameters(n) for n in NETWORK.body if isinstance(n, ast.FunctionDef)}
ATTRIBUTES = [n.target.id for n in NETWORK.body if isinstance(n, ast.AnnAssign)]


def _found(function) -> list[str]:
    """Parameter names of a Python function, or of a bound C++ one from its docstring."""
    try:
        names = list(inspect.signature(function).parameters)
    except ValueError:
        name = re.escape(function.__name__)
        signature = re.search(rf"^(?:1\. )?{name}\((?!\*args)(.*)\) ->", function.__doc__, re.M)[1]
        while "[" in signature:  # types hold commas of their own
            signature = re.sub(r"\[[^\[\]]*\]", "", signature)
        names = [p.split(":")[0].strip() for p in signature.split(",") if p.strip()]
    return [name for name in names if name != "self"]


def _engine():
    return backend.core.network("float32", 2, [("dense", (3, 1), "relu", ())])


def test_every_function_has_the_parameters_of_the_stub(core):
    for name, parameters in FUNCTIONS.items():
        assert _found(getattr(core, name)) == parameters, name


def test_the_engine_has_the_methods_of_the_stub(core):
    engine = _engine()
    for name, parameters in METHODS.items():
        assert _found(getattr(type(engine), name)) == parameters, name
    for name in ATTRIBUTES:
        assert isinstance(getattr(engine, name), int), name


def test_nothing_public_is_missing_from_the_stub(core):
    known = {*FUNCTIONS, "Network", "Network32", "Network64", "level"}
    public = getattr(core, "__all__", None) or [n for n in dir(core) if not n.startswith("_")]
    assert set(public) <= known


def test_the_level_is_the_name(core):
    assert backend.load(core.level) is core


def test_an_impossible_backend_is_an_import_error_that_lists_the_possible():
    with pytest.raises(ImportError, match=r"FUSEDMLP_BACKEND='v9'.*auto, .*numpy"):
        backend._choose("v9")


def test_without_native_modules_the_twin_warns_once(monkeypatch):
    monkeypatch.setattr(backend, "available", lambda: ("numpy",))
    with pytest.warns(RuntimeWarning, match="FUSEDMLP_BACKEND=numpy"):
        assert backend._choose("auto").level == "numpy"
