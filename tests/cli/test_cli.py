"""The command itself: help, info, mistakes in one line, Ctrl-C; one run as a process of its own."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

import fusedmlp as fm
from fusedmlp.cli import main


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        ([], "the following arguments are required: COMMAND (see fusedmlp --help)"),
        (["fly"], "invalid choice: 'fly'"),
        (["train", "--epochs", "0"], "argument --epochs: must be a whole number from 1"),
        (["train", "--epochs", "1e3"], "got '1e3' (see fusedmlp train --help)"),
        (["train", "--hidden", "64,,64"], "argument --hidden: must be a whole number from 1"),
        (["train", "--activation", "step"], "must be one of identity, sigmoid"),
        (["train", "--optimizer", "magic"], "argument --optimizer: must be one of sgd"),
        (["train", "--learning-rate", "0"], "must be a number in (0, inf), got '0'"),
        (["train", "--learning-rate", "nan"], "must be a number in (0, inf), got 'nan'"),
        (["train", "--weight-decay", "-1"], "must be a number in [0, inf), got '-1'"),
        (
            ["train", "--optimizer", "rprop", "--weight-decay", "1"],
            "--weight-decay: rprop has none",
        ),
        (["train", "--test-fraction", "1"], "must be a number in [0, 1), got '1'"),
        (["train", "--seed", "-1"], "--seed"),
        (["train", "--out", "no/such/model"], "--out: the folder 'no/such' does not exist"),
        (["train", "--out", "."], "--out: '.' is a folder"),
        (["train", "none.csv"], "none.csv: No such file"),
        (["train", "d.csv", "--target", "z"], "--target: d.csv has no column 'z'"),
        (["train", "d.csv", "--drop", "z"], "--drop: d.csv has no column 'z'"),
        (["train", "d.csv", "--drop", "b"], "--drop: 'b' is the target"),
        (["train", "d.csv", "--drop", "a"], "no input column is left"),
        (["train", "d.csv"], "no input column is left"),
        (["train", "one.csv"], "one.csv: the target 'c' has one class only, 'k'"),
        (["train", "empty.csv"], "a header, but no rows"),
        (["train", "--plot", "curve.xyz"], "must end in one of"),
        (["predict", "model.safetensors"], "required: DATA.csv (see fusedmlp predict --help)"),
        (["predict", "none.safetensors", "d.csv"], "none.safetensors"),
        (["predict", "d.csv", "d.csv"], "d.csv"),
        (["predict", "bare.safetensors", "d.csv"], "does not say how to read a table"),
        (["predict", "bare.safetensors", "d.csv", "--out", "no/p"], "--out: the folder 'no'"),
    ],
)
def test_mistakes_are_one_line(fails, argv, message):
    with open("d.csv", "w") as file:
        file.write("a,b\n1,1\n2,1\n")
    with open("empty.csv", "w") as file:
        file.write("a,b\n")
    with open("one.csv", "w") as file:
        file.write("a,c\n" + "".join(f"{i},k\n" for i in range(8)))
    fm.MLP([2, 3, 1], seed=0).save("bare.safetensors")
    if any("curve" in a for a in argv):
        pytest.importorskip("matplotlib", reason="matplotlib is not installed: no plots")
    assert message in fails(*argv)


@pytest.mark.parametrize("preset", ["default", "plain"])
def test_ctrl_c(monkeypatch, capsys, preset):
    def interrupted(*args, **kwargs):
        raise KeyboardInterrupt

    monkeypatch.setattr("fusedmlp.training.run.Run.fit", interrupted)
    assert main(["train", "--preset", preset]) == 130
    assert capsys.readouterr().err == "\nfusedmlp: interrupted\n"


@pytest.mark.parametrize("command", [[], ["info"], ["train"], ["predict"]])
def test_help(run, command):
    output = run(*command, "--help")
    assert output.startswith(" ".join(["usage: fusedmlp", *command]))


def test_version(run):
    assert run("--version") == f"fusedmlp {fm.__version__}\n"


def test_info(run):
    lines = run("info").splitlines()
    facts = fm.info()
    assert [line.split()[0] for line in lines] == list(facts)
    column = {len(re.match(r"\S+ +", line)[0]) for line in lines}
    assert column == {max(map(len, facts)) + 2}
    assert f"backend{' ' * (min(column) - 7)}{facts['backend']}" in lines


def test_as_a_module():
    def process(*argv):
        return subprocess.run(
            [sys.executable, "-m", "fusedmlp", *argv], capture_output=True, text=True, timeout=120
        )

    done = process("train", "--epochs", "1", "--hidden", "8")
    assert done.returncode == 0, done.stderr
    assert "test accuracy" in done.stdout
    done = process("predict", "model.safetensors", "none.csv")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "fusedmlp: none.csv: No such file or directory\n"
