"""``read``: packed files, other formats, long files, and that what pandas writes is read back."""

from __future__ import annotations

import gzip
import io
import sys
import zipfile

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fusedmlp.table import TableError, read

from .columns import HALVES, WORDS, N, column, comma, lines, pandas

# Packed files and other formats


def test_packed_files(file):
    text = ("a;y\n" + lines(comma(HALVES), WORDS, sep=";")).encode("utf-16")
    assert column(read(file(gzip.compress(text), "d.csv.gz")), "a") == HALVES
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("inner/d.csv", text)
    assert column(read(file(buffer.getvalue(), "d.zip")), "a") == HALVES
    with zipfile.ZipFile(buffer, "a") as archive:
        archive.writestr("other.csv", text)
    with pytest.raises(TableError, match="a zip archive must hold one file, got 2"):
        read(file(buffer.getvalue(), "d.zip"))
    for damaged in (gzip.compress(text)[:-9], b"a,b\n1,2\n"):
        with pytest.raises(TableError, match="not a gzip file"):
            read(file(damaged, "d.csv.gz"))


@pytest.mark.parametrize("kind", ["parquet", "xlsx", "jsonl"])
def test_other_formats(tmp_path, kind):
    needed = {"parquet": "pyarrow", "xlsx": "openpyxl"}.get(kind)
    if needed:
        pytest.importorskip(needed, reason=f"{needed} is not installed")
    frame = pandas.DataFrame(
        {"a": HALVES, "age": [*map(str, range(N - 1)), "12 kg"], "y": WORDS, "n": range(N)}
    )
    path = tmp_path / f"d.{kind}"
    if kind == "parquet":
        frame.to_parquet(path)
    elif kind == "xlsx":
        frame.to_excel(path, index=False)
    else:
        frame.to_json(path, orient="records", lines=True)
    found = read(path)
    assert column(found, "a") == HALVES and column(found, "y") == WORDS
    assert column(found, "age") == [*range(N - 1), None]
    assert found.attrs["reading"] == ["age: 1 cell taken as missing: '12 kg', first in row 12"]


def test_without_pandas(file, monkeypatch):
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(TableError, match=r'not installed: pip install "fusedmlp\[table\]"$'):
        read(file("a,b\n1,2\n"))


def test_a_missing_file(tmp_path):
    for name in ("none.csv", "none.parquet"):
        with pytest.raises(FileNotFoundError):
            read(tmp_path / name)


# What pandas writes is read back


texts = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=8)


@settings(
    deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    rows=st.lists(
        st.tuples(st.floats(-1e9, 1e9, allow_subnormal=False), texts, st.integers(-(2**40), 2**40)),
        min_size=1, max_size=20,
    ),
    sep=st.sampled_from([",", ";", "\t", "|"]),
    decimal=st.sampled_from([".", ","]),
    encoding=st.sampled_from(["utf-8", "utf-16", "utf-8-sig"]),
)  # fmt: skip
def test_round_trip(tmp_path, rows, sep, decimal, encoding):
    numbers, words, counts = zip(*rows, strict=True)
    frame = pandas.DataFrame({"x": numbers, "word": words, "count": counts})
    path = tmp_path / "d.csv"
    frame.to_csv(path, sep=sep, decimal=decimal, encoding=encoding, index=False)
    found = read(path, delimiter=sep, decimal=decimal, header=True, text=["word"])
    assert found.shape == frame.shape
    assert column(found, "x") == list(numbers)
    assert column(found, "count") == list(counts)
    markers = {"", "?", "na", "n/a", "#n/a", "#na", "nan", "-nan", "null", "<na>", "\\n", "(null)"}
    for a, b in zip(column(found, "word"), words, strict=True):
        if b.strip().lower() not in markers:
            assert a is not None and a.strip() == b.strip()


def test_memory_and_rows_of_a_long_file(file):
    rng = np.random.default_rng(0)
    n = 20_000
    frame = pandas.DataFrame(rng.normal(size=(n, 5)).round(4), columns=list("abcde"))
    path = file(frame.to_csv(index=False))
    pandas.testing.assert_frame_equal(read(path), frame, check_flags=False)
