"""`_core.pyi`, the native modules and the twin have the same names and parameters."""

from __future__ import annotations

import ast
import inspect
import re
from pathlib import Path

import numpy as np
import pytest

import fusedmlp
from fusedmlp.core import backend
from fusedmlp.core.memory import aligned_zeros

STUB = ast.parse((Path(fusedmlp.__file__).parent / "core" / "_core.pyi").read_text())


def _parameters(node: ast.FunctionDef) -> list[str]:
    return [a.arg for a in node.args.args if a.arg != "self"]


CLASSES = {n.name: n for n in STUB.body if isinstance(n, ast.ClassDef)}


def _methods(name: str) -> dict[str, list[str]]:
    functions = [n for n in CLASSES[name].body if isinstance(n, ast.FunctionDef)]
    return {n.name: _parameters(n) for n in functions if not n.decorator_list}


def _properties(name: str) -> list[str]:
    functions = [n for n in CLASSES[name].body if isinstance(n, ast.FunctionDef)]
    return [n.name for n in functions if n.decorator_list]


FUNCTIONS = _methods("Core")


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


def _objects(core) -> dict[str, object]:
    """One of each class of the contract."""
    theta, grad, buffers = (aligned_zeros(n, "float32") for n in (9, 9, 0))
    plain = {"activation": "relu", "params": (), "scale": 1.0, "blended": 0}
    ops = [("dense", {"units": 3, "bias": 1, **plain})]
    network = core.network("float32", 2, ops, theta, grad, buffers)
    data = core.data(np.zeros((4, 2)), np.zeros((4, 3)), None, False)
    objective = core.objective("mse", (), 1)
    optimizer = core.optimizer("float32", "lion", (0.9, 0.99), [theta.copy()], [(0, 9, 1.0, 0.0)])
    job = core.job(network, data, objective, optimizer, {})
    return {"Network": network, "Optimizer": optimizer, "Job": job}


def test_every_function_has_the_parameters_of_the_stub(core):
    for name, parameters in FUNCTIONS.items():
        assert _found(getattr(core, name)) == parameters, name


def test_every_object_has_the_methods_of_the_stub(core):
    for kind, item in _objects(core).items():
        for name, parameters in _methods(kind).items():
            assert _found(getattr(type(item), name)) == parameters, name
        for name in _properties(kind):
            getattr(item, name)


def test_nothing_public_is_missing_from_the_stub(core):
    classes = {f"{n}{bits}" for n in ("Network", "Optimizer", "Job") for bits in (32, 64)}
    known = {*FUNCTIONS, "Data", "Objective", *classes, "level"}
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
