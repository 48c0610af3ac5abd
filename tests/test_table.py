"""CSV files: reading, guessing target and task, inputs and targets, storing."""

from __future__ import annotations

import gzip
import json

import numpy as np
import pytest

from fusedmlp.table import Table, TableError, choose_target, class_labels, detect_task, read_csv


@pytest.fixture
def csv_file(tmp_path):
    """Write text or bytes to a file and return its path."""

    def write(content, name="data.csv"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


def fitted(path, **options):
    data = read_csv(path)
    target = choose_target(data, options.pop("target", None))
    task = options.pop("task", None) or detect_task(data, target)
    return data, Table.fit(data, target, task, np.arange(data.n_rows), **options)


# Reading


@pytest.mark.parametrize(
    "content",
    [
        "a,b,c\n1,2.5,x\n3,4,y\n",
        "a;b;c\n1;2,5;x\n3;4;y\n",
        "a\tb\tc\n1\t2.5\tx\n3\t4\ty\n",
        "\ufeffa,b,c\r\n1,2.5,x\r\n3,4,y\r\n",
        "a,b,c\r1,2.5,x\r3,4,y",
        '"a","b","c"\n"1","2.5","x"\n"3","4","y"\n\n',
        "a, b, c\n1, 2.5, x\n3, 4, y\n",
    ],
    ids=["comma", "semicolon, decimal comma", "tab", "BOM, CRLF", "CR", "quoted", "blanks"],
)
def test_dialects_read_alike(csv_file, content):
    data = read_csv(csv_file(content))
    assert data.names == ["a", "b", "c"] and data.has_header
    np.testing.assert_array_equal(data.numbers(0), [1, 3])
    np.testing.assert_array_equal(data.numbers(1), [2.5, 4])
    assert data.numbers(2) is None and data.text(2) == ["x", "y"]


def test_quoted_fields_hold_delimiters_and_line_ends(csv_file):
    data = read_csv(csv_file('a,b\n"x, ""y""",1\n"two\nlines",2\n'))
    assert data.text(0) == ['x, "y"', "two\nlines"]
    assert data.lines == [2, 4]


def test_gzip(csv_file):
    assert read_csv(csv_file(gzip.compress(b"a,b\n1,2\n"), "data.csv.gz")).names == ["a", "b"]


@pytest.mark.parametrize(
    ("content", "header"),
    [
        ("a,b\n1,2\n", True),
        ("1,2\n3,4\n", False),
        ("5.1,3.5,setosa\n4.9,3.0,setosa\n", False),
        ("red,small\nblue,large\n", True),
        ("x,s,x\ny,s,x\n", False),
        (",a,b\n0,1,2\n", True),
        (",a,b\n0,red,x\n", True),
        ("city,2019,2020\n,1,2\n", False),
        ("age,2019\n31,2\n32,3\n", True),
        ("?,1\n2,1\n", False),
        ("a,b\n", True),
    ],
)
def test_header_is_detected(csv_file, content, header):
    path = csv_file(content)
    data = read_csv(path)
    assert data.has_header is header
    if not header:
        assert data.names == [str(j) for j in range(len(data.names))]
    assert read_csv(path, header=False).has_header is False


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "the file is empty"),
        ("\n \n", "the file is empty"),
        ("a,b\n1,2\n3\n", r"data.csv, line 3: 1 fields, but line 1 has 2 \(delimiter ','\)"),
        ("a,b,a\n1,2,3\n", "line 1: two columns are named 'a'"),
        (b"a,b\n\xe9,2\n", r"not UTF-8 text \(byte 0xe9 at 4\).*iconv"),
        (b"a,b\n\0,2\n", "NUL"),
        ('a,b\n"' + "x" * 200_000 + '",2\n', "line 2: field larger than"),
    ],
)
def test_what_is_no_table(csv_file, content, message):
    with pytest.raises(TableError, match=message):
        read_csv(csv_file(content))


@pytest.mark.parametrize("content", [b"a,b\n1,2\n", gzip.compress(b"a,b\n1,2\n", mtime=0)[:-9]])
def test_damaged_gzip(csv_file, content):
    with pytest.raises(TableError, match="not a gzip file"):
        read_csv(csv_file(content, "data.csv.gz"))


def test_numbers(csv_file):
    data = read_csv(csv_file("a,b,c,d\n1e3,1_000, 2 ,NaN\n-.5,2,?,NA\n"))
    np.testing.assert_array_equal(data.numbers(0), [1000, -0.5])
    assert data.numbers(1) is None
    np.testing.assert_array_equal(data.numbers(2), [2, np.nan])
    np.testing.assert_array_equal(data.numbers(3), [np.nan, np.nan])


@pytest.mark.parametrize("cell", ["inf", "-Infinity", "1e101", "1e999"])
def test_numbers_too_large(csv_file, cell):
    with pytest.raises(TableError, match=f"line 3, column 'a': numbers must lie .*got {cell}"):
        read_csv(csv_file(f"a,b\n1,2\n{cell},2\n")).numbers(0)


# Target and task


@pytest.mark.parametrize(
    ("header", "wanted", "index"),
    [
        ("a,b,c", None, 2),
        ("a,Class,c", None, 1),
        ("y,Target,c", None, 1),
        ("a,b,c", "b", 1),
        ("a,b,c", "0", 0),
        ("a,b,c", "-1", 2),
        ("1,b,0", "0", 2),
    ],
)
def test_target(csv_file, header, wanted, index):
    assert choose_target(read_csv(csv_file(f"{header}\n1,2,3\n"), header=True), wanted) == index


@pytest.mark.parametrize("wanted", ["d", "3", "-4", "A"])
def test_unknown_target(csv_file, wanted):
    with pytest.raises(TableError, match=f"no column '{wanted}'; it has 'a', 'b', 'c'"):
        choose_target(read_csv(csv_file("a,b,c\n1,2,3\n")), wanted)


def test_one_column_is_no_training_table(csv_file):
    with pytest.raises(TableError, match="only one column"):
        choose_target(read_csv(csv_file("a\n1\n")), None)


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
    ],
)
def test_task(csv_file, values, task):
    rows = "".join(f"1,{v}\n" for v in values.split())
    assert detect_task(read_csv(csv_file("a,y\n" + rows)), 1) == task


@pytest.mark.parametrize(
    ("values", "names", "index"),
    [
        ("b a b", ["a", "b"], [1, 0, 1]),
        ("10 9 10", ["9", "10"], [1, 0, 1]),
        ("1 1.0 02 2.5", ["1", "02", "2.5"], [0, 0, 1, 2]),
        ("01 02 01", ["01", "02"], [0, 1, 0]),
        ("1.0 -1.0", ["-1.0", "1.0"], [1, 0]),
        ("NA x", ["NA", "x"], [0, 1]),
    ],
)
def test_class_labels(csv_file, values, names, index):
    rows = "".join(f"1,{v}\n" for v in values.split())
    got_names, got_index = class_labels(read_csv(csv_file("a,y\n" + rows)), 1)
    assert got_names == names
    assert got_index.tolist() == index and got_index.dtype == np.int64


@pytest.mark.parametrize("rows", ["1,x\n2,\n3,\n", "1,1\n2,\n3,?\n"])
def test_missing_class(csv_file, rows):
    with pytest.raises(TableError, match=r"line 3, column 'y': the target is missing .*1 more"):
        class_labels(read_csv(csv_file("a,y\n" + rows)), 1)


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ("1,1.5\n2,many\n", "line 3, column 'y': regression needs numbers, got 'many'"),
        ("1,1.5\n2,NA\n", "line 3, column 'y': the target is missing; leave"),
    ],
)
def test_bad_regression_target(csv_file, rows, message):
    with pytest.raises(TableError, match=message):
        fitted(csv_file("a,y\n" + rows), task="regress")


# Inputs and targets


def test_numbers_are_standardised_by_the_training_rows(csv_file):
    data = read_csv(csv_file("a,y\n1,0.5\n3,1.5\n100,7.5\n,8.5\n"))
    table = Table.fit(data, 1, "regress", np.array([0, 1]))
    X, gaps = table.inputs(data)
    # Training values 1 and 3: mean 2, standard deviation 1; a missing value is the mean.
    assert X.dtype == np.float32 and X.tolist() == [[-1], [1], [98], [0]]
    assert gaps == {"a": 1}
    y = table.targets(data)
    assert y.dtype == np.float32 and y.tolist() == [[-1], [1], [13], [15]]
    np.testing.assert_array_equal(table.values(y), [0.5, 1.5, 7.5, 8.5])


def test_text_becomes_one_input_per_category(csv_file):
    data = read_csv(csv_file("color,y\nred,a\nblue,b\nred,a\n,b\nNA,b\npink,b\n"))
    table = Table.fit(data, 1, "classify", np.arange(5))
    assert table.columns[0].categories == ("NA", "blue", "red")
    X, gaps = table.inputs(data)
    assert X.tolist() == [[0, 0, 1], [0, 1, 0], [0, 0, 1], [0, 0, 0], [1, 0, 0], [0, 0, 0]]
    assert gaps == {"color": 2}


def test_columns_without_information_are_left_out(csv_file):
    rows = "".join(f"{i},0.1,const,,{i},x{i % 2}\n" for i in range(7))
    _, table = fitted(csv_file(",c,k,e,a,y\n" + rows))
    assert [c.name for c in table.columns] == ["a"]
    assert table.left_out == (
        ("column 0", "no name"),
        ("c", "constant"),
        ("k", "constant"),
        ("e", "empty"),
    )


def test_no_input_left(csv_file):
    with pytest.raises(TableError, match=r"no input column is left .*c: constant; d: --drop"):
        fitted(csv_file("c,d,y\n1,1,a\n1,2,b\n"), drop=frozenset([1]))


def test_too_many_categories(csv_file):
    rows = "".join(f"name{i},k{i},{i},x{i % 2}\n" for i in range(101))
    with pytest.raises(TableError, match=r"line 2, column 'a': 'name0' is not a number.*101") as e:
        fitted(csv_file("a,b,c,y\n" + rows))
    assert str(e.value).endswith("leave out: --drop 'a' --drop 'b'")


def test_one_bad_cell_in_a_column_of_numbers_is_named(csv_file):
    rows = "".join(f"{'12O' if i == 57 else i},x{i % 2}\n" for i in range(200))
    with pytest.raises(TableError, match="line 59, column 'a': '12O' is not a number"):
        fitted(csv_file("a,y\n" + rows))


def test_far_values_stay_finite(csv_file):
    data, table = fitted(csv_file("a,y\n0,a\n1e-90,b\n2e-90,b\n"))
    far = read_csv(csv_file("a\n1e99\n-1e99\n", "far.csv"))
    assert np.isfinite(table.inputs(far)[0]).all()
    assert np.isfinite(table.inputs(data)[0]).all()


def test_columns_are_found_by_name(csv_file):
    data, table = fitted(csv_file("a,b,y\n1,red,u\n2,blue,v\n4,red,u\n"))
    other = read_csv(csv_file("z;b;a\n0;red;1\n0;blue;2\n0;red;4\n", "other.csv"))
    np.testing.assert_array_equal(table.inputs(other)[0], table.inputs(data)[0])


def test_columns_missing_or_of_another_kind(csv_file):
    _, table = fitted(csv_file("a,b,c,y\n1,1,x,u\n2,2,z,v\n"))
    with pytest.raises(TableError, match=r"columns 'b', 'c' missing; the file has 'a', 'd'"):
        table.inputs(read_csv(csv_file("a,d\n1,2\n", "other.csv")))
    with pytest.raises(TableError, match=r"line 2, column 'b': must be a number.*got 'many'"):
        table.inputs(read_csv(csv_file("a,b,c\n1,many,x\n", "other.csv")))


def test_columns_by_position_without_a_header(csv_file):
    data, table = fitted(csv_file("1,u,7\n2,v,9\n4,u,8\n"), target="1")
    assert not table.has_header and table.target == "1"
    X = table.inputs(data)[0]
    short = read_csv(csv_file("1,7\n2,9\n4,8\n", "short.csv"), header=False)
    np.testing.assert_array_equal(table.inputs(short)[0], X)
    with pytest.raises(TableError, match=r"1 columns, but the model was trained .* had 3"):
        table.inputs(read_csv(csv_file("1\n2\n", "short.csv"), header=False))


def test_no_rows(csv_file):
    _, table = fitted(csv_file("a,b,y\n1,red,u\n2,blue,v\n"))
    X, gaps = table.inputs(read_csv(csv_file("a,b\n", "none.csv")))
    assert X.shape == (0, 3) and gaps == {}


# Storing


@pytest.mark.parametrize("target", ["y", "a"])
def test_dict_round_trip(csv_file, target):
    _, table = fitted(csv_file("a,b,y\n1.5,red,u\n2,blue,v\n0,red,u\n"), target=target)
    again = Table.from_dict(json.loads(json.dumps(table.to_dict())))
    assert again == table


@pytest.mark.parametrize(
    "change",
    [
        None,
        {"task": "guess"},
        {"columns": [{"name": "a", "index": 0}]},
        {"columns": [{"name": "a", "index": 0, "mean": 0.0, "scale": 0.0}]},
        {"columns": [{"name": "a", "index": 9, "mean": 0.0, "scale": 1.0}]},
        {"columns": 3},
        {"target_mean": float("nan")},
        {"target_index": 3},
        {"n_columns": float("inf")},
    ],
)
def test_from_dict_refuses_other_things(csv_file, change):
    _, table = fitted(csv_file("a,b,y\n1.5,red,u\n2,blue,v\n0,red,u\n"))
    stored = None if change is None else {**table.to_dict(), **change}
    with pytest.raises(TableError, match="does not say how to read a CSV file"):
        Table.from_dict(stored)
