"""``fusedmlp predict``: classes and values of new rows."""

from __future__ import annotations

import re

import numpy as np
import pytest

import fusedmlp as fm
from fusedmlp.cli import main

from .tables import flowers, line, number, rows_of


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


def test_a_cell_that_is_no_number_is_missing_and_named(capsys, flower_model):
    with open("new.csv", "w") as file:
        file.write("color,size,height\nred,4,1\nred,tall,1\nblue,,1\n")
    assert main(["predict", flower_model, "new.csv"]) == 0
    output = capsys.readouterr()
    assert len(rows_of(output.out)) == 3
    assert re.search(r"note: size: 2 missing \('tall' first in line 3\), taken as", output.err)


def test_no_rows_to_predict(run, flower_model):
    with open("new.csv", "w") as file:
        file.write("color,size,height\n")
    assert run("predict", flower_model, "new.csv").count("\n") == 1


def test_files_that_do_not_fit_the_model(fails, flower_model):
    with open("new.csv", "w") as file:
        file.write("colour,size\nred,5\n")
    message = fails("predict", flower_model, "new.csv")
    assert "columns 'color', 'height' missing; the table has 'colour', 'size'" in message


def test_regression_in_own_units(run):
    wanted = line("line.csv")
    output = run(
        "train", "line.csv", "--preset", "plain", "--hidden", "16", "--learning-rate", "0.01"
    )
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
    options = ["--hidden", "none", "--learning-rate", "0.05", "--weight-decay", 0]
    run("train", "line.csv", "--preset", "plain", *options)
    line("new.csv", header=False, target=target)
    rows = rows_of(run("predict", "model.safetensors", "new.csv"))
    got = np.array([float(row["prediction"]) for row in rows])
    np.testing.assert_allclose(got, wanted, atol=5)


def test_table_that_does_not_fit_the_network(run, fails, flower_model):
    model = fm.load(flower_model)
    model.metadata["table"]["classes"].append("tulip")
    model.save("odd.safetensors")
    message = fails("predict", "odd.safetensors", "flowers.csv")
    assert "3 outputs, but its table describes 3 and 4" in message
