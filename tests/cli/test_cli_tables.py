"""Awkward files from training to prediction: what is right, and what is said."""

from __future__ import annotations

import re

import pytest

import fusedmlp as fm
from fusedmlp.cli import main

from .tables import rows_of

pytest.importorskip("pandas", reason="pandas is not installed: no files are read")

N = 24
HALF = N // 2


def label(k):
    return "low" if k < HALF else "high"


def write(name, text, encoding="utf-8"):
    with open(name, "w", encoding=encoding, newline="") as file:
        file.write(text)


def train(run, text, *options, epochs=2):
    write("d.csv", text)
    return run("train", "d.csv", "--epochs", epochs, *options)


@pytest.fixture
def predict(capsys):
    """Predict a file; return the rows and what was said."""

    def call(text, *options):
        write("new.csv", text)
        code = main(["predict", "model.safetensors", "new.csv", *options])
        output = capsys.readouterr()
        assert code == 0, output.err
        return rows_of(output.out), output.err

    return call


def test_one_odd_cell_leaves_a_column_of_numbers(run):
    output = train(
        run,
        "x,w,y\n" + "".join(f"{k},{'7 kg' if k == 3 else k % 5},{label(k)}\n" for k in range(N)),
    )
    assert "numbers: x, w\n" in output
    assert "note: w: 1 cell taken as missing: '7 kg', first in line 5\n" in output


def test_money_and_percent(run):
    rows = "".join(f'{k}%,"${k * 250:,}.50",{label(k)}\n' for k in range(N))
    assert "numbers: rate, price\n" in train(run, "rate,price,y\n" + rows)


@pytest.mark.parametrize("odd", ["-", "n.a.", "12 kg", ""])
def test_an_odd_cell_in_the_target_of_a_regression(run, odd):
    output = train(
        run, "x,price\n" + "".join(f"{k},{odd if k == 7 else k + 0.5}\n" for k in range(N))
    )
    assert "task regress" in output and "rows 17 to train, 6 to test" in output
    assert "note: target 'price': 1 row left out, the target is missing (first in line 9" in output
    assert ("first in line 9, '12 kg'" in output) == (odd == "12 kg")


def test_a_text_target_of_its_own_for_every_row(fails):
    write("d.csv", "x,remark\n" + "".join(f"{k},remark {k}\n" for k in range(N)))
    assert "text with 24 different values in 24 rows" in fails("train", "d.csv")


def test_thousands_keep_their_meaning_at_prediction(run, predict):
    rows = "".join(
        f"{format(k * 150, ',').replace(',', '.')};{k},5;{k * 1500},25\n" for k in range(N)
    )
    train(run, "sales;b;price\n" + rows, epochs=60)
    # Without a decimal comma in the new file, 1.200 is what it was in training.
    few, _ = predict("sales;b\n1.200;8\n150;1\n")
    same, _ = predict("sales\tb\n1200\t8\n150\t1\n")
    assert few == same and float(few[0]["prediction"]) != float(few[1]["prediction"])


def test_one_prediction_a_row(run, predict):
    train(run, "x,y\n" + "".join(f"{k},{label(k)}\n" for k in range(N)))
    rows, said = predict("x\n1\n\n20\n")
    assert len(rows) == 3 and "note: x: 1 missing, taken as" in said
    rows, said = predict("x,note\n1,a\n\n20,b\n,\n")
    assert len(rows) == 3 and "note: empty lines, which are no rows: 1" in said
    rows, said = predict("x,note\n1,a\nTotal,\n")
    assert len(rows) == 2 and "looks like a total ('Total')" in said


@pytest.mark.parametrize("command", ["train", "predict"])
def test_an_open_quote_is_an_error_that_names_its_line(run, fails, command):
    good = "x,y,note\n" + "".join(f"{k},{label(k)},n\n" for k in range(N))
    train(run, good, "--drop", "note")
    write("bad.csv", good.replace("5,low,n", '5,low,"n'))
    argv = (
        ["train", "bad.csv"] if command == "train" else ["predict", "model.safetensors", "bad.csv"]
    )
    assert "bad.csv, line 7: a quote opens here and is not closed" in fails(*argv)


def test_names_that_are_numbers(run):
    text = "0,1,2\n" + "".join(f"{k}.5,{k},{label(k)}\n" for k in range(N))
    output = train(run, text)
    assert "with a header" in output and "2 classes, 'high', 'low'" in output
    output = train(
        run, "0,1,2\n" + "".join(f"{k}.5,{k},{label(k)}\n" for k in range(N)), "--no-header"
    )
    assert "no header" in output and "3 classes" not in output.split("rows")[1]


def test_labels_keep_their_text(run, predict):
    train(run, "x,v\n" + "".join(f"{k},{'3.10' if k < HALF else '3.1'}\n" for k in range(N)))
    assert fm.load("model.safetensors").metadata["table"]["classes"] == ["3.1", "3.10"]
    assert set(predict("x\n1\n")[0][0]) == {"prediction", "probability_3.1", "probability_3.10"}
    first = 98765432109876543
    train(run, "x,v\n" + "".join(f"{k},{first + (k < HALF)}\n" for k in range(N)))
    classes = fm.load("model.safetensors").metadata["table"]["classes"]
    assert classes == [str(first), str(first + 1)]


def test_missing_classes_are_left_out_and_truth_words_are_one_pair(run):
    words = ["True", "true", "TRUE", "false", "FALSE", "NA", "?", "0"]
    output = train(run, "x,y\n" + "".join(f"{k},{words[k % 8]}\n" for k in range(N)))
    assert "2 classes, 'False', 'True'" in output
    assert "note: target 'y': 6 rows left out, the target is missing (first in line 7)" in output


def test_delimiters_inside_cells(run):
    rows = "".join(f"{k},{k % 2};{k % 3},{label(k)}\n" for k in range(N))
    output = train(run, rows)
    assert "numbers: 0\ncategories: 1 (6)\n" in output and "'high', 'low'" in output
    output = train(run, "sep=;\nx;y\n" + "".join(f"{k},5;{label(k)}\n" for k in range(N)))
    assert "delimiter semicolon, decimal sign ','" in output and "target 'y'" in output


def test_kinds_of_columns_are_said(run, predict):
    rows = "".join(
        f"{k},{['a', 'b'][k % 2]},2024-{k % 12 + 1:02d}-{k + 1:02d},{k + 100},person {k},1,"
        f"{label(k)}\n"
        for k in range(N)
    )
    output = train(run, "x,group,when,person_id,name,one,y\n" + rows)
    assert "numbers: x\n" in output and "times: when (month, day of week, days)\n" in output
    assert "categories: group (2)\n" in output and "left out (constant): one\n" in output
    assert re.search(r"left out \(identifier: .*\): person_id\n", output)
    assert re.search(r"left out \(text that differs from row to row .*\): name\n", output)
    rows, said = predict("y,when,group,x\nhigh,2024-05-01,c,3\nlow,,a,4\n")
    assert len(rows) == 2 and "note: group: 1 unknown or empty, taken as no category" in said
    assert "note: when: 1 missing, taken as the middle of its parts" in said


def test_thousands_of_texts_are_left_out(run):
    rows = "".join(f"{k},t{k % 150},{label(k % N)}\n" for k in range(900))
    output = train(run, "x,code,y\n" + rows, "--preset", "plain", epochs=1)
    assert "left out (150 different values, more than 100): code\n" in output


def test_numbers_as_categories(run, predict):
    rows = "".join(f"{['7', '7.0', '8'][k % 3]},{k},{label(k)}\n" for k in range(N))
    output = train(run, "code,x,y\n" + rows, "--categorical", "code")
    assert "categories: code (2)\n" in output
    assert predict("code,x\n7,3\n8,4\n")[0] == predict("code,x\n7.0,3\n8.0,4\n")[0]


def test_text_columns_keep_their_text_at_prediction(run, predict):
    rows = "".join(f"{['07', '7', 'x'][k % 3]},{k},{label(k)}\n" for k in range(N))
    train(run, "code,x,y\n" + rows)
    _, said = predict("code,x\n07,3\n7,4\n")
    assert "code" not in said


def test_a_total_is_left_out_of_the_training(run):
    rows = "".join(f"{k},{k + 0.5}\n" for k in range(N))
    output = train(run, "x,price\n" + rows + "Total,288\n")
    assert "looks like a total ('Total')\nnote: the total in the last row is left out" in output
    assert "rows 18 to train, 6 to test" in output


def test_columns_without_a_name_are_left_out(run):
    output = train(run, ",x,x,y\n" + "".join(f"{k},{k},{k % 3},{label(k)}\n" for k in range(N)))
    assert "left out (no name): column 0\n" in output
    assert "there twice became x.1" in output and "numbers: x, x.1\n" in output


def test_the_guesses_can_be_overridden(run, fails):
    text = "x;y\n" + "".join(f"{k},5;{label(k)}\n" for k in range(N))
    assert "numbers: x\n" in train(run, text, "--delimiter", ";", "--decimal", ",")
    write("l.csv", text.replace("x;y", "größe;y"), "latin-1")
    assert "encoding iso8859-1" in run("train", "l.csv", "--encoding", "latin-1", "--epochs", 1)
    run("predict", "model.safetensors", "l.csv", "--encoding", "latin-1", "--delimiter", ";")
    assert "not utf-8 text" in fails("train", "l.csv", "--encoding", "utf-8")
    assert "argument --decimal: invalid choice" in fails("train", "d.csv", "--decimal", "x")
    assert "--categorical: d.csv has no column 'z'" in fails("train", "d.csv", "--categorical", "z")


def test_models_of_earlier_versions(run, fails):
    train(run, "x,y\n" + "".join(f"{k},{label(k)}\n" for k in range(N)))
    model = fm.load("model.safetensors")
    model.metadata["table"] = {"task": "classify", "columns": [], "classes": ["a"]}
    model.save("old.safetensors")
    message = fails("predict", "old.safetensors", "d.csv")
    assert "old.safetensors: the model was trained by an earlier version" in message


def test_the_digits_need_no_pandas(run, monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "pandas", None)
    assert "test accuracy" in run("train", "--epochs", 1)
