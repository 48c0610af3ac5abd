"""``Encoder``: what a single column of numbers, categories or dates becomes."""

from __future__ import annotations

from datetime import date, datetime

import numpy as np
import pytest

from fusedmlp.table import Encoder


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
