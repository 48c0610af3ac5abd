"""Columns to write to a file, and columns of the frame that was read from it."""

from __future__ import annotations

import pytest

pandas = pytest.importorskip("pandas", reason="pandas is not installed: no files are read")

N = 12
WORDS = ["lo", "hi"] * (N // 2)
HALVES = [k + 0.5 for k in range(N)]


def column(frame, name):
    """Return a column as a list, None where a value is missing."""
    values = frame[name].tolist()
    return [None if v is None or v is pandas.NaT or v != v else v for v in values]


def lines(*columns, sep=",", end="\n"):
    return "".join(sep.join(map(str, row)) + end for row in zip(*columns, strict=True))


def comma(values, form="{}"):
    return [form.format(v).replace(".", ",") for v in values]
