"""Every example in a docstring runs, on the installed package."""

from __future__ import annotations

import doctest
import importlib
import pkgutil
from pathlib import Path

import pytest

import fusedmlp

MODULES = sorted(
    m.name
    for m in pkgutil.walk_packages(fusedmlp.__path__, "fusedmlp.")
    if not m.name.rsplit(".", 1)[-1].startswith(("_core_", "_cpu", "__main__"))
)


@pytest.mark.parametrize("name", ["fusedmlp", *MODULES])
def test_examples_run(name):
    module = importlib.import_module(name)
    failed, _ = doctest.testmod(module, optionflags=doctest.NORMALIZE_WHITESPACE)
    assert failed == 0


def test_there_are_examples():
    finder = doctest.DocTestFinder()
    count = sum(
        len(test.examples)
        for name in MODULES
        for test in finder.find(importlib.import_module(name))
    )
    assert count > 100


@pytest.mark.parametrize("page", ["lecture.md"])
def test_pages_with_examples_run(page):
    path = Path(__file__).resolve().parents[1] / "docs" / page
    failed, count = doctest.testfile(
        str(path), module_relative=False, optionflags=doctest.NORMALIZE_WHITESPACE
    )
    assert failed == 0 and count > 10
