"""Commands run in this process, in an empty folder."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fusedmlp.cli import main
from fusedmlp.tabular import settings

from .tables import flowers, number


@pytest.fixture(autouse=True)
def in_empty_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def real_presets():
    """For tests of what the presets reach: they are as users have them."""


@pytest.fixture(autouse=True)
def small_presets(request, monkeypatch):
    """Make the nets of every preset small: these tests are about all else."""
    if "real_presets" not in request.fixturenames:
        for name, row in settings._CHOSEN.items():
            small = replace(row, width=32, members=2, members_of_small=2, epochs=16)
            monkeypatch.setitem(settings._CHOSEN, name, small)


@pytest.fixture
def run(capsys):
    """Run a command that must succeed and return what it printed."""

    def call(*argv):
        code = main([str(a) for a in argv])
        output = capsys.readouterr()
        assert code == 0, output.err
        return output.out

    return call


@pytest.fixture
def fails(capsys):
    """Run a command that must fail with one line on stderr, and return that line."""

    def call(*argv, code=2):
        assert main([str(a) for a in argv]) == code
        err = capsys.readouterr().err
        assert err.startswith("fusedmlp: ") and err.count("\n") == 1 and err.endswith("\n")
        return err.strip()

    return call


@pytest.fixture
def flower_model(run):
    flowers("flowers.csv")
    output = run("train", "flowers.csv", "--hidden", "32", "--learning-rate", 0.01)
    assert "target 'kind' (choose another with --target)" in output
    assert "task classify: 3 classes, 'iris', 'rose', 'wild, blue'" in output
    assert number(output, "test accuracy") > 0.9
    return "model.safetensors"
