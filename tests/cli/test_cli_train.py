"""``fusedmlp train``: digits, tables, tasks, options."""

from __future__ import annotations

import re
import sys

import numpy as np
import pytest

import fusedmlp as fm

from .tables import flowers, line, number


def test_digits(run):
    output = run("train", "--epochs", 5, "--out", "digits.safetensors")
    assert "built-in handwritten digits" in output
    assert "rows 1348 to train, 449 to test" in output
    for part in ("train", "test"):
        assert number(output, f"{part} loss") < 1
        assert number(output, f"{part} accuracy") > 0.9
    assert output.endswith("model saved to digits.safetensors\n")
    model = fm.load("digits.safetensors")
    assert model.metadata["table"]["classes"] == [str(d) for d in range(10)]


def test_digits_reach_976_per_mille_with_the_defaults(run, real_presets):
    output = run("train", "--seed", 0)
    assert re.search(r"^test accuracy 0\.9\d\d$", output, re.MULTILINE)
    assert number(output, "test accuracy") >= 0.976
    assert fm.load("model.safetensors").in_features == 60  # four pixels are always white


def test_same_seed_same_model(run):
    for name, seed in (("a", 3), ("b", 3), ("c", 4)):
        flowers("flowers.csv")
        options = ["--preset", "plain", "--epochs", 3, "--seed", seed, "--out", name]
        run("train", "flowers.csv", *options)
    a, b, c = (fm.load(name).theta for name in "abc")
    np.testing.assert_array_equal(a, b)
    assert not np.array_equal(a, c)


def test_task_and_target_can_be_chosen(run):
    with open("d.csv", "w") as file:
        file.write("\ufeffid;grade;x\r\n" + "".join(f"n{i};{i % 3};{i},5\r\n" for i in range(150)))
    output = run("train", "d.csv", "--target", "grade", "--drop", "id", "--epochs", 1)
    assert "task classify: 3 classes, '0', '1', '2'" in output
    assert "left out (--drop): id" in output
    output = run(
        "train", "d.csv", "--target", 1, "--drop", "id", "--epochs", 1, "--task", "regress"
    )
    assert "target 'grade'\ntask regress\n" in output


def test_missing_numbers_are_filled_and_said(run):
    with open("d.csv", "w") as file:
        file.write(
            "a,b,y\n" + "".join(f"{'' if i == 3 else i % 5},{i},{i % 2}\n" for i in range(40))
        )
    output = run("train", "d.csv", "--epochs", 1)
    assert re.search(r"^note: a: 1 missing, taken as \d", output, re.MULTILINE)


def test_small_tables_get_more_epochs(run):
    line("line.csv", n=80)  # 60 rows to train, 2 steps an epoch
    assert "training 300 epochs, adamw\n" in run("train", "line.csv", "--preset", "plain")
    assert "training 2 epochs, adam\n" in run(
        "train", "line.csv", "--epochs", 2, "--optimizer", "adam"
    )


def test_no_test_rows(run):
    line("line.csv")
    output = run("train", "line.csv", "--test-fraction", 0, "--epochs", 1, "--batch-size", 50)
    assert "rows 200 to train, 0 to test" in output
    assert "train R2" in output and "test R2" not in output


def test_constant_target(run):
    with open("d.csv", "w") as file:
        file.write("a,y\n" + "".join(f"{i},2.5\n" for i in range(40)))
    assert "test R2 undefined" in run("train", "d.csv", "--epochs", 1, "--task", "regress")


def test_threads_and_optimizer(run):
    before = fm.get_num_threads()
    flowers("flowers.csv")
    options = ["--epochs", 2, "--optimizer", "sgd", "--activation", "tanh"]
    for threads in (1, 2):
        run("train", "flowers.csv", *options, "--threads", threads, "--out", f"m{threads}")
    np.testing.assert_array_equal(fm.load("m1").theta, fm.load("m2").theta)
    assert fm.get_num_threads() == before


def test_plot(run):
    pytest.importorskip("matplotlib", reason="matplotlib is not installed: no plots")
    flowers("flowers.csv")
    output = run("train", "flowers.csv", "--epochs", 2, "--plot", "curve.png")
    assert output.endswith("curves saved to curve.png\n")
    with open("curve.png", "rb") as file:
        assert file.read(8) == b"\x89PNG\r\n\x1a\n"


def test_plot_without_matplotlib(fails, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    assert 'pip install "fusedmlp[plot]"' in fails("train", "--plot", "curve.png")
