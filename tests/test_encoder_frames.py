"""``Encoder``: whole tables of every library, what is left out of them, and back from JSON."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import fusedmlp as fm
from fusedmlp.table import Encoder, TableError


def again(encoder):
    return Encoder.from_dict(json.loads(json.dumps(encoder.to_dict())))


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


# Layout, names, mistakes


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


# Storing


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


# Any cells


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
