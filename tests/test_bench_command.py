"""The command fusedmlp bench: what it prints and writes, and how it refuses."""

from __future__ import annotations

import json
import sys

import pytest

import fusedmlp as fm
from fusedmlp.cli import main


@pytest.fixture(autouse=True)
def in_empty_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def command(*argv):
    return main(["bench", *argv])


QUICK = ("--size", "small", "--seconds", "0.01", "--against", "numpy", "--threads", "1")


def test_command_writes_json_and_a_picture(capsys, tmp_path):
    pytest.importorskip("matplotlib", reason="matplotlib is not installed")
    assert command("dense", *QUICK, "--json", "out.json", "--plot", "out.png") == 0
    out = capsys.readouterr().out
    assert "of peak" in out and "figures written to out.json" in out
    result = json.loads((tmp_path / "out.json").read_text())
    assert result["machine"]["version"] == fm.__version__
    assert result["settings"]["against"] == ["numpy"]
    assert {row["batch"] for row in result["rows"]} == {16, 32}
    assert (tmp_path / "out.png").read_bytes().startswith(b"\x89PNG")


def test_command_without_peers(capsys):
    assert command("predict", *QUICK, "--against", "none", "--dtype", "float64") == 0
    out = capsys.readouterr().out
    assert "float64, 1 thread" in out and "/ours" not in out


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("nothing",), "invalid choice: 'nothing'"),
        (("dense", "--threads", "0"), "must be a whole number from 1"),
        (("dense", "--threads", "1,x"), "must be a whole number from 1"),
        (("dense", "--dtype", "float16"), "invalid choice: 'float16'"),
        (("dense", "--against", "tpu"), "no peer 'tpu'"),
        (("dense", "--seconds", "0"), "must be a number in (0"),
        (("dense", "--size", "huge"), "invalid choice: 'huge'"),
        (("dense", "--json", "nowhere/out.json"), "the folder 'nowhere' does not exist"),
        (("dense", "--plot", "out.xyz"), "must end in one of"),
        (("dense", "--plot", "out.png", "--against", "none"), "--plot draws ratios"),
    ],
)
def test_bad_options_are_one_line(capsys, options, message):
    assert command(*options) == 2
    err = capsys.readouterr().err
    assert message in err and err.count("\n") == 1


def test_plot_without_matplotlib(capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    assert command("dense", *QUICK, "--plot", "out.png") == 2
    assert "--plot needs matplotlib, which is not installed" in capsys.readouterr().err
