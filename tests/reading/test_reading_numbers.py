"""``read``: the cells of a column as numbers, dates or truth words, and which stay text."""

from __future__ import annotations

import pytest

from fusedmlp.table import read

from .columns import HALVES, WORDS, N, column, comma, lines

# Numbers


@pytest.mark.parametrize(
    "odd",
    ["#N/A", "-", "n.a.", "<NA>", "\\N", "#DIV/0!", "", "NULL", "nan", "..", "#VALUE!", "?", "--"],
)
def test_missing_markers_in_a_column_of_numbers(file, odd):
    ages = [*range(N - 1), odd]
    frame = read(file("age,y\n" + lines(ages, WORDS)))
    assert column(frame, "age") == [*range(N - 1), None]
    assert len(frame.attrs["reading"]) == 1


@pytest.mark.parametrize(
    ("odd", "value"),
    [
        ("$1,234.50", 1234.5), ("38%", 38), ("1 234", 1234), ("1\u00a0234.5", 1234.5),
        ("\u22125", -5), ("€ 12", 12), ("12.5 EUR", 12.5), ("(5)", -5), ("1,234,567", 1234567),
        ("12,34,567.5", 1234567.5), ("+7", 7), ("1'000'000", 1e6), ("3e2", 300), ("-$5", -5),
        (" 8 ", 8), ("5-", -5),
    ],
)  # fmt: skip
def test_numbers_as_people_write_them(file, odd, value):
    frame = read(file("a,y\n" + lines([*HALVES[:-1], f'"{odd}"'], WORDS)))
    assert column(frame, "a") == [*HALVES[:-1], value]


@pytest.mark.parametrize("odd", ["12 kg", "unknown", "1e400", "-inf", "2024-01-01", "1_000"])
def test_other_cells_are_missing_and_named(file, odd):
    frame = read(file("a,y\n" + lines([*HALVES[:4], odd, *HALVES[5:]], WORDS)))
    assert column(frame, "a") == [*HALVES[:4], None, *HALVES[5:]]
    said = frame.attrs["reading"][-1]
    assert said.startswith("a: 1 cell taken as missing: ") and said.endswith("first in line 6")


def test_a_column_with_too_many_odd_cells_stays_text(file):
    cells = ["1", "2", "3", "A"] * 5
    assert column(read(file("a,y\n" + lines(cells, WORDS + WORDS[:8]))), "a") == cells


THOUSANDS = [k * 300 for k in range(N)]
GERMAN = [f"{v:,}".replace(",", ".") for v in THOUSANDS]


@pytest.mark.parametrize(
    ("text", "doubt"),
    [
        ("a;b\n" + lines(GERMAN, comma(HALVES), sep=";"), 0),
        ("a,b\n" + lines([f'"{v:,}"' for v in THOUSANDS], HALVES), 0),
        ("a,b\n" + lines([f'"{v:,}"' for v in THOUSANDS], range(N)), 1),
        ("a\tb\n" + lines([f"{v:,}.00" for v in THOUSANDS], range(N), sep="\t"), 0),
        ("a;b\n" + lines([f"{v:,}".replace(",", " ") for v in THOUSANDS], range(N), sep=";"), 0),
        ("a;b\n" + lines([f"{v:,}".replace(",", "'") for v in THOUSANDS], range(N), sep=";"), 0),
    ],
    ids=["point", "comma", "comma alone", "comma and cents", "blank", "apostrophe"],
)  # fmt: skip
def test_marks_of_thousands(file, text, doubt):
    frame = read(file(text))
    assert column(frame, "a") == THOUSANDS
    assert any("nothing says" in line for line in frame.attrs["reading"]) == bool(doubt)


def test_points_that_may_mark_thousands_are_said(file):
    path = file("a;b\n" + lines([f"{v:,}".replace(",", ".") for v in THOUSANDS], range(N), sep=";"))
    frame = read(path)
    assert column(frame, "a")[4] == 1.2
    assert (
        "'a': nothing says whether comma or point is the decimal sign" in frame.attrs["reading"][-1]
    )
    assert column(read(path, decimal=","), "a") == THOUSANDS


def test_a_number_of_the_other_kind_is_not_misread(file):
    cells = [*comma(HALVES[:-1]), "11.5"]
    frame = read(file("a;y\n" + lines(cells, WORDS, sep=";")))
    assert column(frame, "a") == [*HALVES[:-1], None]
    assert "'11.5', first in line 13" in frame.attrs["reading"][-1]


@pytest.mark.parametrize("first", [2**53 + 1, 12345678901234567, 10**20 + 1])
@pytest.mark.parametrize("gap", ["", "1"])
def test_whole_numbers_that_float64_cannot_hold_stay_text(file, first, gap):
    ids = [str(first + k) for k in range(N - 1)] + [gap]
    frame = read(file("owner,y\n" + lines(ids, WORDS)))
    assert column(frame, "owner") == [*ids[:-1], gap or None]


def test_mixed_pieces_of_a_long_file(file):
    """pandas reads pieces of a long file for themselves; the column is one."""
    n = 300_000
    cells = [f"0{k % 10}" for k in range(n)] + ["x"] * (n // 2)
    frame = read(file("a,b\n" + lines(cells, range(len(cells)))))
    assert frame["a"].iloc[3] == "03" and frame["a"].iloc[-1] == "x"


# Dates and truth words


def test_dates(file):
    text = "a,b,c,d\n" + "".join(
        f"2024-{k % 12 + 1:02d}-{k + 1:02d},{k + 9}.{k % 12 + 1}.2024,{k + 9}/1/24 10:30,"
        f"{k % 12 + 1}/1/2024\n"
        for k in range(N)
    )
    frame = read(file(text))
    assert [frame[c].dtype.kind for c in frame] == ["M"] * 4
    assert str(frame["b"].iloc[1]) == "2024-02-10 00:00:00"
    assert str(frame["c"].iloc[11]) == "2024-01-20 10:30:00"
    assert "d: 1/1/2024 was read with the month first" in frame.attrs["reading"]


def test_truth_words(file):
    words = ["True", "TRUE", "false", "true", "False", ""] * 2
    frame = read(file("a,b\n" + lines(words, range(N))))
    assert column(frame, "a") == [True, True, False, True, False, None] * 2
