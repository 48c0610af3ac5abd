"""``Encoder``: what columns become, from every library, and back from JSON."""

from __future__ import annotations

import json
from datetime import date, datetime

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import fusedmlp as fm
from fusedmlp.table import Encoder, TableError


def again(encoder):
    return Encoder.from_dict(json.loads(json.dumps(encoder.to_dict())))


def one(column, new=None, **options):
    """Encode a single column; return the encoder and the array."""
    encoder = Encoder(**options).fit({"a": column})
    return encoder, encoder.transform({"a": column if new is None else new})


def smooth(x):
    return x / np.sqrt(1 + (np.asarray(x) / 3) ** 2)


# Numbers


def test_robust_numbers():
    # Median 3, quartiles 2 and 4.
    _, X = one([1.0, 2.0, 3.0, 4.0, 100.0], [3.0, 4.0, 1e30, -1e90])
    np.testing.assert_allclose(X[:, 0], smooth([0, 0.5, 1e6, -1e6]), rtol=1e-6)
    assert X.dtype == np.float32 and X.flags.c_contiguous and abs(X).max() <= 3


def test_robust_numbers_whose_quartiles_agree():
    _, X = one([0.0] * 10 + [4.0])
    np.testing.assert_allclose(X[[0, -1], 0], smooth([0, 2]), rtol=1e-6)


def test_standard_numbers():
    _, X = one([1.0, 3.0], [1.0, 3.0, 100.0, np.nan], numeric="standard", missing="mean")
    assert X.tolist() == [[-1], [1], [98], [0]]


@pytest.mark.parametrize("dtype", ["f2", "f4", ">f8", "i1", "u8", "i8"])
def test_dtypes_of_numbers(dtype):
    column = np.array([1, 2, 5, 7], dtype=dtype)
    np.testing.assert_array_equal(one(column)[1], one(column.astype(float))[1])


def test_missing_numbers_get_an_indicator():
    encoder, X = one([1.0, 2.0, np.nan, 3.0, np.inf])
    assert encoder.feature_names_out_ == ["a", "a missing"]
    assert X[:, 1].tolist() == [0, 0, 1, 0, 1] and X[2, 0] == 0
    assert "1 missing, 1 taken as missing: 'inf' (first in row 4)" in encoder.report()
    assert one([1.0, 2.0, np.nan], missing="mean")[1].shape == (3, 1)
    # Gaps that the training rows did not have are the median.
    assert one([1.0, 2.0, 3.0], [np.nan])[1].tolist() == [[0]]


def test_a_missing_number_alone_tells_something():
    encoder, X = one([5.0, 5.0, np.nan])
    assert X.tolist() == [[0], [0], [1]] and encoder.feature_names_out_ == ["a missing"]
    assert encoder.numeric_columns_.size == 0


def test_whole_numbers_that_float64_cannot_hold_are_text():
    big = 2**53
    encoder, X = one(np.array([big + 1, big, big + 1, big] * 5))
    assert encoder.columns_[0].values == (str(big), str(big + 1))
    assert X[:2].tolist() == [[1], [-1]]


def test_text_that_is_nearly_all_numbers():
    texts = [str(i) for i in range(18)] + ["12 kg", "n.a."]
    encoder, X = one(texts)
    assert encoder.numeric_columns_.tolist() == [0] and X[18:, 1].tolist() == [1, 1]
    assert "1 missing, 1 taken as missing: '12 kg' (first in row 18)" in encoder.report()
    assert one(["$1,000", "$2,000", "$3,000.5"])[0].columns_[0].kind == "number"
    # At prediction such a cell is missing, too, and counted.
    encoder, _ = one(np.arange(20.0))
    X, gaps = encoder.encode({"a": ["3", "many", ""]})
    assert gaps["a"].missing == 1 and gaps["a"].odd == {"many": 1} and gaps["a"].first == 1
    assert X[1:, 0].tolist() == [0, 0] and X[0, 0] == encoder.transform({"a": [3]})[0, 0]


# Categories


@pytest.mark.parametrize("two", [["no", "yes"], [False, True], ["FALSE", "true"]])
def test_two_values_are_one_column(two):
    encoder, X = one([two[0], two[1], two[0]], np.array([two[1], two[0], None], dtype=object))
    assert X.tolist() == [[1], [-1], [0]]
    assert encoder.one_hot_columns_.tolist() == [0]


def test_truth_words_are_one_pair():
    encoder, X = one(["true", "TRUE", "False", "false"], ["True", "F", "0", "maybe", 1])
    assert X[:, 0].tolist() == [1, -1, -1, 0, 1]
    assert encoder.transform({"a": [True, False]}).tolist() == [[1], [-1]]


def test_few_values_are_one_hot_and_many_an_index():
    few = [f"v{i}" for i in range(8)] * 2
    encoder, X = one(few, ["v0", "v7", "new", ""])
    assert encoder.category_sizes_ == [] and encoder.feature_names_out_[0] == "a=v0"
    assert X.tolist() == [list(np.eye(8)[0]), list(np.eye(8)[7]), [0] * 8, [0] * 8]
    many = [f"v{i}" for i in range(9)] * 2
    encoder, X = one(many, ["v0", "v8", "new", " v1 "])
    assert X.tolist() == [[1], [9], [0], [2]]
    assert encoder.category_sizes_ == [10] and encoder.category_columns_.tolist() == [0]
    assert one(many, one_hot=10)[1].shape == (18, 9)
    assert encoder.encode({"a": ["v0", "new"]})[1]["a"].odd == {"new": 1}


def test_numbers_as_categories():
    values = [7, 8, 10, 7] * 3
    encoder, X = one(values, ["7.0", "7", "10", "x"][1:3], categorical=["a"])
    assert encoder.columns_[0].values == ("7", "8", "10")
    assert X.tolist() == [[1, 0, 0], [0, 0, 1]]
    with_gaps = encoder.transform({"a": [7.0, np.nan, 8.0]})
    assert with_gaps.tolist() == [[1, 0, 0], [0, 0, 0], [0, 1, 0]]


def test_missing_words():
    _, X = one(["x", "y", "x"], ["NA", "", " n/a", "?", "NaN", "none", "x"])
    assert X[:, 0].tolist() == [0, 0, 0, 0, 0, 0, -1]


# Dates


def test_dates():
    days = np.array(["2023-12-31T12:30", "2024-02-29", "NaT", "2024-03-01"], "datetime64[s]")
    encoder, X = one(days)
    parts = ["year", "month", "day of week", "hour", "days"]
    assert encoder.feature_names_out_ == [*(f"a {part}" for part in parts), "a missing"]
    assert X[2].tolist() == [0, 0, 0, 0, 0, 1]
    same = [datetime(2023, 12, 31, 12, 30), date(2024, 2, 29), None, date(2024, 3, 1)]
    np.testing.assert_array_equal(encoder.transform({"a": np.array(same, dtype=object)}), X)
    texts = ["2023-12-31 12:30", "29.2.2024", "", "1.3.2024"]
    np.testing.assert_array_equal(encoder.transform({"a": texts}), X)


def test_parts_that_do_not_vary_are_left_out():
    encoder, _ = one(["2024-01-01 10:00", "2024-01-01 12:30"])
    assert encoder.feature_names_out_ == ["a hour"]
    assert one(["10:00", "12:30", "11:00 pm"])[0].feature_names_out_ == ["a hour"]


def test_day_and_month_are_told_by_the_column():
    encoder, X = one(["01/02/2024", "13/02/2024", "01/03/2024"])
    iso = encoder.transform({"a": ["2024-02-01", "2024-02-13", "2024-03-01"]})
    np.testing.assert_array_equal(X, iso)
    encoder, X = one(["01/02/2024", "01/13/2024", "03/04/2024"])
    np.testing.assert_array_equal(X[0], encoder.transform({"a": ["2024-01-02"]})[0])


# What is left out


def test_columns_that_teach_nothing():
    n = 40
    encoder = Encoder().fit(
        {
            "x": np.arange(n),
            "constant": [3.5] * n,
            "empty": [np.nan] * n,
            "blank": [""] * n,
            "person_id": np.arange(n) * 7,
            "CustomerId": np.arange(n),
            "name": [f"person {i}" for i in range(n)],
            "same": ["k"] * n,
        }
    )
    assert [c.name for c in encoder.columns_] == ["x"]
    reasons = dict(encoder.left_out_)
    assert reasons["constant"] == reasons["same"] == "constant"
    assert reasons["empty"] == reasons["blank"] == "empty"
    assert reasons["person_id"].startswith("identifier") and "CustomerId" in reasons
    assert reasons["name"] == "text that differs from row to row (40 values)"
    assert "name: left out (text that differs" in encoder.report()


def test_thousands_of_texts_are_left_out():
    column = [f"t{i % 1001}" for i in range(4000)]
    encoder = Encoder().fit({"t": column, "x": np.arange(4000)})
    assert dict(encoder.left_out_) == {"t": "1001 different values, more than 1000"}


# Layout, names, storing


def mixed(n=60, seed=0):
    rng = np.random.default_rng(seed)
    number = rng.normal(size=n)
    number[::7] = np.nan
    return {
        "number": number,
        "count": rng.integers(0, 9, n),
        "flag": rng.random(n) > 0.5,
        "color": rng.choice(["red", "green", "blue"], n),
        "town": rng.choice([f"town {i}" for i in range(12)], n),
        "when": np.datetime64("2024-01-01") + rng.integers(0, 900, n).astype("timedelta64[D]"),
    }


def test_the_layout_is_told():
    table = mixed()
    encoder = Encoder().fit(table)
    X = encoder.transform(table)
    blocks = [encoder.numeric_columns_, encoder.one_hot_columns_, encoder.category_columns_]
    assert np.concatenate(blocks).tolist() == list(range(X.shape[1]))
    assert [b.size for b in blocks] == [6, 5, 1] and encoder.category_sizes_ == [13]
    assert set(np.unique(X[:, blocks[1]])) <= {-1, 0, 1}
    assert X[:, blocks[2]].min() >= 1 and X[:, blocks[2]].max() <= 12


def test_columns_by_name_in_any_order():
    table = mixed()
    encoder = Encoder().fit(table)
    other = {"more": table["count"], **dict(reversed(table.items()))}
    np.testing.assert_array_equal(encoder.transform(other), encoder.transform(table))
    del other["flag"], other["when"]
    with pytest.raises(TableError, match="columns 'flag', 'when' missing; the table has 'more'"):
        encoder.transform(other)


@pytest.mark.parametrize("library", ["pandas", "polars", "pyarrow", "arrow stream"])
def test_every_library_gives_the_same(library):
    name = "pyarrow" if library.startswith("arrow") else library
    module = pytest.importorskip(name, reason=f"{name} is not installed")
    table = mixed()
    table["color"] = np.array([None, *table["color"][1:]], dtype=object)
    wanted = Encoder().fit(table)
    lists = {name: column.tolist() for name, column in table.items()}
    if library == "pandas":
        frame = module.DataFrame(table)
        frame["town"] = frame["town"].astype("category")
        frame["count"] = frame["count"].astype("Int64")
        frame["flag"] = frame["flag"].astype("boolean")
    elif library == "polars":
        frame = module.DataFrame(lists).with_columns(module.col("town").cast(module.Categorical))
    else:
        frame = module.table(lists)
        town = frame.column("town").dictionary_encode()
        frame = frame.set_column(frame.column_names.index("town"), "town", town)
    if library == "arrow stream":
        frame = Stream(frame)
    encoder = Encoder().fit(frame)
    assert encoder.feature_names_out_ == wanted.feature_names_out_
    np.testing.assert_array_equal(encoder.transform(frame), wanted.transform(table))
    np.testing.assert_array_equal(wanted.transform(frame), wanted.transform(table))


class Stream:
    """A table of a library that is known by its interchange format alone."""

    def __init__(self, table):
        self.__arrow_c_stream__ = table.__arrow_c_stream__


def test_arrays_by_position():
    X = np.array([[1.0, np.nan], [2.0, 5.0], [4.0, 6.0]])
    encoder = Encoder().fit(X)
    assert encoder.feature_names_out_ == ["0", "1", "1 missing"]
    with pytest.raises(
        TableError, match="the array has 3 columns, but the encoder was fitted on 2"
    ):
        encoder.transform(np.zeros((2, 3)))
    objects = np.array([[1.0, None], [2.0, 5], [4, "6"]], dtype=object)
    np.testing.assert_array_equal(encoder.transform(objects), encoder.transform(X))


def test_no_rows_to_transform():
    assert Encoder().fit(mixed()).transform({k: v[:0] for k, v in mixed().items()}).shape == (0, 12)


@pytest.mark.parametrize(
    ("call", "kind", "message"),
    [
        (lambda: Encoder(numeric="log"), ValueError, "numeric must be one of .* got 'log'"),
        (lambda: Encoder(missing="drop"), ValueError, "missing must be one of .* got 'drop'"),
        (lambda: Encoder("a"), ValueError, "categorical must be 'auto' or a list of names"),
        (lambda: Encoder(["z"]).fit({"a": [1]}), TableError, "categorical names 'z', .* has 'a'"),
        (lambda: Encoder().fit({"a": []}), TableError, "the table has no rows"),
        (lambda: Encoder().transform({"a": [1]}), TableError, "not fitted yet; call fit first"),
        (lambda: Encoder().fit(np.zeros(3)), TypeError, r"of two dimensions, got ndarray .*\(3,\)"),
        (lambda: Encoder().fit({"a": [1, 2], "b": [1]}), TableError, "vectors of one length"),
        (lambda: Encoder().fit({"a": np.zeros(2, complex)}), TypeError, "column 'a': .*complex"),
    ],
)
def test_mistakes(call, kind, message):
    with pytest.raises(kind, match=message):
        call()


def test_equal_names():
    pandas = pytest.importorskip("pandas", reason="pandas is not installed")
    with pytest.raises(TableError, match="two columns are named 'a'"):
        Encoder().fit(pandas.DataFrame([[1, 2]], columns=["a", "a"]))


def test_storing():
    table = mixed()
    encoder = Encoder().fit(table)
    same = again(encoder)
    assert same.to_dict() == encoder.to_dict() and same.report() == encoder.report()
    np.testing.assert_array_equal(same.transform(table), encoder.transform(table))
    assert same.category_sizes_ == encoder.category_sizes_


@pytest.mark.parametrize(
    "change",
    [
        {"format": 2},
        {"columns": 3},
        {"columns": [{"kind": "picture", "name": "a"}]},
        {"columns": [{"kind": "number", "name": "a"}]},
        {"numeric": "log"},
        {"notes": None},
    ],
)
def test_from_dict_refuses_other_things(change):
    with pytest.raises(TableError, match=r"Encoder\.from_dict"):
        Encoder.from_dict({**Encoder().fit(mixed()).to_dict(), **change})
    with pytest.raises(TableError, match=r"Encoder\.from_dict"):
        Encoder.from_dict(None)


def test_it_is_reachable():
    assert fm.table.Encoder is Encoder


cells = st.one_of(
    st.none(), st.booleans(), st.integers(-(2**70), 2**70), st.floats(), st.text(max_size=6),
    st.dates(), st.datetimes(), st.sampled_from(["1,5", "$3", "7 %", "NA", "x", "y", "2024-01-01"]),
)  # fmt: skip


@settings(deadline=None, max_examples=200)
@given(st.lists(cells, min_size=1, max_size=30), st.lists(cells, max_size=10))
def test_anything_is_encoded_or_left_out(training, new):
    def column(items):
        array = np.empty(len(items), dtype=object)
        array[:] = items
        return {"a": array}

    encoder = Encoder().fit(column(training))
    X = encoder.transform(column(new))
    assert np.isfinite(X).all() and X.shape == (len(new), len(encoder.feature_names_out_))
    np.testing.assert_array_equal(again(encoder).transform(column(new)), X)
