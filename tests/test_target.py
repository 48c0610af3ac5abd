"""Target, task and classes of a table, and how a model file keeps them."""

from __future__ import annotations

import json

import numpy as np
import pytest

import fusedmlp as fm
from fusedmlp.table import Encoder, TableError
from fusedmlp.table.cells import from_array
from fusedmlp.table.target import choose_target, class_labels, detect_task, target_values
from fusedmlp.table.task import Table


def cells(values):
    return from_array(np.array(values.split() if isinstance(values, str) else values))


@pytest.mark.parametrize(
    ("names", "wanted", "target"),
    [
        ("a,b,c", None, "c"),
        ("a,Class,c", None, "Class"),
        ("y,Target,c", None, "Target"),
        ("a,b,c", "b", "b"),
        ("a,b,c", "0", "a"),
        ("a,b,c", "-1", "c"),
        ("1,b,0", "0", "0"),
    ],
)
def test_target(names, wanted, target):
    assert choose_target(names.split(","), wanted, "d.csv") == target


@pytest.mark.parametrize("wanted", ["d", "3", "-4", "A"])
def test_unknown_target(wanted):
    with pytest.raises(TableError, match=r"no column '.*'; it has 'a', 'b', 'c'"):
        choose_target(["a", "b", "c"], wanted, "d.csv")
    with pytest.raises(TableError, match="only one column"):
        choose_target(["a"], None, "d.csv")


@pytest.mark.parametrize(
    ("values", "task"),
    [
        ("x y x", "classify"),
        ("0 1 1 0", "classify"),
        ("1.0 2.0 1.0 2.0", "classify"),
        ("0.5 1 0.5 1", "regress"),
        ("1 2 3 4", "regress"),
        (" ".join(map(str, list(range(20)) * 2)), "classify"),
        (" ".join(map(str, list(range(21)) * 2)), "regress"),
        ("2.1 2.10 " * 5, "classify"),
        ("1.5 2.5 " * 5, "regress"),
        ("7 7.0 8 " * 5, "classify"),
        ("True FALSE 1 " * 3, "classify"),
        ("12345678901234567 12345678901234568 " * 5, "classify"),
        (" ".join([*map(str, np.arange(19) + 0.5), "-", "oops"]), "regress"),
    ],
)
def test_task(values, task):
    assert detect_task(cells(values)) == task
    numbers = [float(v) for v in values.split()] if set(values) <= set("0123456789. ") else None
    if numbers and "2.10" not in values and len(values) < 400 and "123" not in values:
        assert detect_task(cells(numbers)) == task


@pytest.mark.parametrize(
    ("values", "names", "index"),
    [
        ("b a b", ["a", "b"], [1, 0, 1]),
        ("10 9 10", ["9", "10"], [1, 0, 1]),
        ("1 1.0 02 2.5", ["1", "02", "2.5"], [0, 0, 1, 2]),
        ("01 02 01", ["01", "02"], [0, 1, 0]),
        ("1.0 -1.0", ["-1.0", "1.0"], [1, 0]),
        ("2.10 2.1 2.10", ["2.1", "2.10"], [1, 0, 1]),
        ("2 02 2", ["02", "2"], [1, 0, 1]),
        ("7.0 7 8", ["7", "8"], [0, 0, 1]),
        ("NA x ? null y", ["x", "y"], [-1, 0, -1, -1, 1]),
        ("none mild none", ["mild", "none"], [1, 0, 1]),
        ("lo hi " * 9 + "- n.a.", ["hi", "lo"], [1, 0] * 9 + [-1, -1]),
        ("+ - - +", ["+", "-"], [0, 1, 1, 0]),
        ("0 1 " * 9 + "- oops", ["0", "1"], [0, 1] * 9 + [-1, -1]),
        ("0 1 " * 20 + "oops oops", ["0", "1", "oops"], [0, 1] * 20 + [2, 2]),
        ("True TRUE true 1 false", ["False", "True"], [1, 1, 1, 1, 0]),
        ("yes Yes NO", ["False", "True"], [1, 1, 0]),
        ("yes no yes", ["no", "yes"], [1, 0, 1]),
        (["lo ", " lo", "Lo", "hi"], ["Lo", "hi", "lo"], [2, 2, 0, 1]),
        ("12345678901234567 12345678901234568", ["12345678901234567", "12345678901234568"], [0, 1]),
    ],
)
def test_class_labels(values, names, index):
    found = class_labels(cells(values))
    assert found.names == names
    assert found.index.tolist() == index and found.index.dtype == np.int64
    assert bool(found.note) == (names == ["Lo", "hi", "lo"])


def test_numbers_and_booleans_as_classes():
    assert class_labels(cells([2.0, 10.0, np.nan, 2.0])).names == ["2", "10"]
    found = class_labels(cells([True, False, True]))
    assert found.names == ["False", "True"] and found.index.tolist() == [1, 0, 1]


def test_a_text_that_differs_in_every_row_is_no_target():
    with pytest.raises(TableError, match="text with 20 different values in 20 rows, such as 'r 0'"):
        class_labels(cells([f"r {k}" for k in range(20)]))
    assert len(class_labels(cells(list(map(str, range(20))))).names) == 20


def test_values_of_a_regression():
    values, gaps = target_values(cells("1.5 - 2.5 12kg " + "3 " * 20))
    assert np.isnan(values[[1, 3]]).all() and gaps.odd == {"12kg": 1} and gaps.missing == 1
    with pytest.raises(TableError, match="regression needs numbers, got 'many'"):
        target_values(cells("1.5 many few"))
    with pytest.raises(TableError, match="the target is a date"):
        target_values(cells(np.array(["2024-01-01"], "datetime64[D]")))


# The table of a model file


def table(**changes):
    encoder = Encoder(numeric="standard", missing="mean").fit({"0": [1.0, 3.0], "2": ["u", "v"]})
    options = {"target": "1", "classes": ("a", "b"), "n_columns": 3, "target_index": 1}
    return Table("classify", encoder=encoder, **{**options, **changes})


def test_columns_by_position_without_a_header():
    found = table(has_header=False)
    X = found.inputs({"0": [1.0], "1": ["a"], "2": ["v"]})[0]
    assert X.tolist() == [[-1, 1]]
    np.testing.assert_array_equal(found.inputs({"0": [1.0], "1": ["v"]})[0], X)
    with pytest.raises(TableError, match="1 columns, but the model was trained on a file without"):
        found.inputs({"0": [1.0]})


def test_storing():
    found = table(decimal=",")
    stored = json.loads(json.dumps(found.to_dict()))
    again = Table.from_dict(stored)
    assert again.to_dict() == found.to_dict() and again.text_columns == ["2"]
    assert (again.n_inputs, again.n_outputs) == (2, 2)
    for change in (
        {"task": "guess"},
        {"encoder": 3},
        {"target_mean": float("nan")},
        {"target_index": 3},
        {"n_columns": float("inf")},
        {"decimal": "x"},
    ):
        with pytest.raises(TableError, match="does not say how to read a table"):
            Table.from_dict({**stored, **change})
    for other in (None, 3, {}):
        with pytest.raises(TableError, match="does not say how to read a table"):
            Table.from_dict(other)
    with pytest.raises(fm.CheckpointError, match="has format 3, this version reads 2"):
        Table.from_dict({**stored, "format": 3})


def test_tables_of_earlier_versions_are_told():
    old = {"task": "classify", "columns": [{"name": "a", "index": 0, "mean": 0.0, "scale": 1.0}]}
    with pytest.raises(fm.CheckpointError, match=r"trained by an earlier version.* train it again"):
        Table.from_dict(old)
