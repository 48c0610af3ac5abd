"""The command line, run in this process; one run as a process of its own."""

from __future__ import annotations

import csv
import io
import re
import subprocess
import sys

import numpy as np
import pytest

import fusedmlp as fm
from fusedmlp.cli import main


@pytest.fixture(autouse=True)
def in_empty_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


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


def number(output, name):
    match = re.search(rf"^{name} (-?[0-9.]+)$", output, re.MULTILINE)
    assert match, output
    return float(match[1])


def flowers(path, n=120, seed=0, shuffled=False, target=True, delimiter=","):
    """Write a table whose class follows from a number and a text column; return the classes."""
    rng = np.random.default_rng(seed)
    size, height = rng.normal(5, 1, n), rng.uniform(0, 100, n)
    color = rng.choice(["red", "blue"], n)
    kind = np.where(color == "red", "rose", np.where(size > 5, "iris", "wild, blue"))
    columns = {"size": size, "color": color, "height": height, "kind": kind}
    names = [name for name in columns if target or name != "kind"]
    names = names[::-1] if shuffled else names
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, delimiter=delimiter)
        writer.writerow(names)
        writer.writerows(zip(*(columns[name].tolist() for name in names), strict=True))
    return kind.tolist()


def line(path, n=200, header=True, target=True):
    """Write y = 1000 + 40 a - 20 b; return y."""
    rng = np.random.default_rng(1)
    ab = rng.normal(size=(n, 2)) * [1, 10]
    y = 1000 + 40 * ab[:, 0] - 20 * ab[:, 1]
    np.savetxt(
        path,
        np.c_[ab, y] if target else ab,
        delimiter=",",
        fmt="%.9g",
        header=("a,b,y" if target else "a,b") if header else "",
        comments="",
    )
    return y


def rows_of(text):
    return list(csv.DictReader(io.StringIO(text)))


# Digits


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


def test_digits_reach_97_percent_with_the_defaults(run):
    output = run("train", "--seed", 0)
    assert re.search(r"^test accuracy 0\.9\d\d$", output, re.MULTILINE)
    assert number(output, "test accuracy") >= 0.97
    assert fm.load("model.safetensors").in_features == 60  # four pixels are always white


def test_same_seed_same_model(run):
    for name, seed in (("a", 3), ("b", 3), ("c", 4)):
        flowers("flowers.csv")
        run("train", "flowers.csv", "--epochs", 3, "--seed", seed, "--out", name)
    a, b, c = (fm.load(name).theta for name in "abc")
    np.testing.assert_array_equal(a, b)
    assert not np.array_equal(a, c)


# Classification


@pytest.fixture
def flower_model(run):
    flowers("flowers.csv")
    output = run("train", "flowers.csv", "--hidden", "32", "--learning-rate", 0.01)
    assert "target 'kind' (choose another with --target)" in output
    assert "task classify: 3 classes, 'iris', 'rose', 'wild, blue'" in output
    assert number(output, "test accuracy") > 0.9
    return "model.safetensors"


@pytest.mark.parametrize("shuffled", [False, True])
@pytest.mark.parametrize("target", [False, True])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_predicted_classes(run, flower_model, shuffled, target, delimiter):
    wanted = flowers("new.csv", 60, 7, shuffled, target, delimiter)
    rows = rows_of(run("predict", flower_model, "new.csv"))
    names = ["iris", "rose", "wild, blue"]
    assert list(rows[0]) == ["prediction", *(f"probability_{name}" for name in names)]
    assert (
        np.mean([row["prediction"] == kind for row, kind in zip(rows, wanted, strict=True)]) > 0.9
    )
    for row in rows:
        probabilities = [float(row[f"probability_{name}"]) for name in names]
        assert sum(probabilities) == pytest.approx(1, abs=1e-7)
        assert names[int(np.argmax(probabilities))] == row["prediction"]


def test_predictions_into_a_file(run, flower_model):
    flowers("new.csv", 60, 7)
    printed = run("predict", flower_model, "new.csv")
    assert run("predict", flower_model, "new.csv", "--out", "p.csv") == ""
    with open("p.csv", encoding="utf-8", newline="") as file:
        assert file.read() == printed


def test_unknown_category_and_missing_number(capsys, flower_model):
    with open("new.csv", "w") as file:
        file.write("color,size,height\ngreen,5,50\nred,,50\n")
    assert main(["predict", flower_model, "new.csv"]) == 0
    output = capsys.readouterr()
    assert len(rows_of(output.out)) == 2
    assert "note: color: 1 unknown or empty, taken as no category\n" in output.err
    assert re.search(r"note: size: 1 missing, taken as [45]\.\d+\n", output.err)


def test_no_rows_to_predict(run, flower_model):
    with open("new.csv", "w") as file:
        file.write("color,size,height\n")
    assert run("predict", flower_model, "new.csv").count("\n") == 1


def test_files_that_do_not_fit_the_model(fails, flower_model):
    with open("new.csv", "w") as file:
        file.write("colour,size\nred,5\n")
    message = fails("predict", flower_model, "new.csv")
    assert "columns 'color', 'height' missing; the file has 'colour', 'size'" in message
    with open("new.csv", "w") as file:
        file.write("color,size,height\nred,tall,1\n")
    message = fails("predict", flower_model, "new.csv")
    assert "new.csv, line 2, column 'size': must be a number" in message


# Regression


def test_regression_in_own_units(run):
    wanted = line("line.csv")
    output = run("train", "line.csv", "--hidden", "16", "--learning-rate", "0.01")
    assert "task regress" in output
    assert number(output, "test RMSE") < 30  # of a spread of about 200
    assert number(output, "train R2") > 0.98 and number(output, "test R2") > 0.98
    line("new.csv", target=False)
    rows = rows_of(run("predict", "model.safetensors", "new.csv"))
    assert list(rows[0]) == ["prediction"]
    got = np.array([float(row["prediction"]) for row in rows])
    assert np.sqrt(np.mean((got - wanted) ** 2)) < 30


@pytest.mark.parametrize("target", [False, True])
def test_no_header(run, target):
    wanted = line("line.csv", header=False)
    run("train", "line.csv", "--hidden", "none", "--learning-rate", "0.05", "--weight-decay", 0)
    line("new.csv", header=False, target=target)
    rows = rows_of(run("predict", "model.safetensors", "new.csv"))
    got = np.array([float(row["prediction"]) for row in rows])
    np.testing.assert_allclose(got, wanted, atol=5)


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
    assert "training 300 epochs, adamw\n" in run("train", "line.csv")
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


# Mistakes


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
        (["predict", "bare.safetensors", "d.csv"], "does not say how to read a CSV file"),
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


def test_table_that_does_not_fit_the_network(run, fails, flower_model):
    model = fm.load(flower_model)
    model.metadata["table"]["classes"].append("tulip")
    model.save("odd.safetensors")
    message = fails("predict", "odd.safetensors", "flowers.csv")
    assert "3 outputs, but its table describes 4 and 4" in message


def test_ctrl_c(monkeypatch, capsys):
    def interrupted(*args, **kwargs):
        raise KeyboardInterrupt

    monkeypatch.setattr(fm.Sequential, "fit", interrupted)
    assert main(["train"]) == 130
    assert capsys.readouterr().err == "\nfusedmlp: interrupted\n"


# Help, info, and the process


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
