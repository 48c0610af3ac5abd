"""``read``: many small files, and what is in them or why they cannot be read."""

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

pandas = pytest.importorskip("pandas", reason="pandas is not installed: no files are read")

N = 12
WORDS = ["lo", "hi"] * (N // 2)
HALVES = [k + 0.5 for k in range(N)]


@pytest.fixture
def file(tmp_path):
    """Write text or bytes to a file and return its path."""

    def write(content, name="data.csv", encoding="utf-8"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
        return path

    return write


def column(frame, name):
    """Return a column as a list, None where a value is missing."""
    values = frame[name].tolist()
    return [None if v is None or v is pandas.NaT or v != v else v for v in values]


def lines(*columns, sep=",", end="\n"):
    return "".join(sep.join(map(str, row)) + end for row in zip(*columns, strict=True))


def comma(values, form="{}"):
    return [form.format(v).replace(".", ",") for v in values]


# Every delimiter with every decimal sign, header and encoding


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "latin-1"])
@pytest.mark.parametrize("header", [True, False])
@pytest.mark.parametrize("decimal", [".", ","])
@pytest.mark.parametrize("sep", [",", ";", "\t", "|", " "])
def test_dialects_read_alike(file, sep, decimal, header, encoding):
    words = ["größer", "ähnlich"] * (N // 2)
    numbers = HALVES if decimal == "." else comma(HALVES)
    if sep == decimal:
        numbers = [f'"{v}"' for v in numbers]
    text = (f"maß{sep}stück{sep}art\n" if header else "") + lines(
        numbers, range(N), words, sep=sep, end="\r\n" if sep == ";" else "\n"
    )
    frame = read(file(text, encoding=encoding))
    assert list(frame.columns) == (["maß", "stück", "art"] if header else ["0", "1", "2"])
    assert [column(frame, c) for c in frame] == [HALVES, list(range(N)), words]


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


# Rows


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("a\n1\n\n18\n", [1, None, 18]),
        ("a\r\n1\r\n\r\n18\r\n", [1, None, 18]),
        ("a\n\n\n18", [None, None, 18]),
        ('a\n1\n""\n18\n', [1, None, 18]),
        ("a\n1\n  \n18\n", [1, None, 18]),
        ("a\n1\n18\n\n", [1, 18, None]),
        ("name\nx\n\nz\n", ["x", None, "z"]),
        ("t\nhello, you\nhello, me\n", ["hello, you", "hello, me"]),
        ("x\n0,5\n1,5\n2\n", [0.5, 1.5, 2]),
    ],
)
def test_every_line_of_one_column_is_a_row(file, text, wanted):
    frame = read(file(text))
    assert frame.shape == (len(wanted), 1) and column(frame, frame.columns[0]) == wanted


def test_empty_lines_of_several_columns_are_no_rows_and_counted(file):
    frame = read(file("a,y\n1,lo\n\n2,hi\n,\n   \n3,lo\n\n"))
    assert column(frame, "a") == [1, 2, None, 3]
    assert "empty lines, which are no rows: 3" in frame.attrs["reading"]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("last", [True, False])
def test_line_ends(file, end, last):
    text = "a,y" + end + lines(HALVES, WORDS, end=end)
    frame = read(file(text if last else text.removesuffix(end)))
    assert column(frame, "a") == HALVES and column(frame, "y") == WORDS


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a,b\n1,2\n3\n", r"line 3: 1 fields, but the table has 2 \(delimiter ','\)"),
        ("a,b\n1,2\n3,4,5\n6,7\n", "line 3: 3 fields, but the table has 2"),
        ('a,b\n"x\ny",2\n3,4,5\n6,7\n', "line 4: 3 fields"),
        ("a b\n1 2\n3 4 5\n6 7\n8 9\n1 2\n", None),
        ('a,y\n1,lo\n2,"lo\n3,hi\n4,hi\n', "line 3: a quote opens here and is not closed"),
        ('a,y\n"1,lo\n2,lo\n3,hi\n', "line 2: a quote opens here and is not closed"),
        ('a,y,z\n1,"x\ny",2\n3,4,"5 inch\n6,7,8\n', "line 4: a quote opens here and is not"),
        ('a,y\n1,"5 in\n2,x\n3,"6 in\n4,x\n', "line 2: a quote opens here, and '6 in' follows"),
        ('a,y\n1,"x"y\n2,x\n', "line 2: a quote opens here, and 'y' follows the next quote"),
        ('a,"y\n1,lo\n2,hi\n', "line 1: a quote opens here and is not closed"),
        ("", "the file is empty"),
        ("\n \n", "the file is empty"),
        (b"a,b\n\0,2\n", "not a text file"),
    ],
)
def test_what_is_no_table(file, text, message):
    if message is None:
        assert read(file(text)).shape[1] == 1  # blanks that do not fit are part of a text
        return
    with pytest.raises(TableError, match=rf"data\.csv.*{message}"):
        read(file(text))


def test_quotes(file):
    text = 'a,"b;c",d\n' + lines(range(N), ['"p;q, ""r"""'] * N, ['"two\nlines"', '5" pipe'] * 6)
    frame = read(file(text))
    assert column(frame, "b;c") == ['p;q, "r"'] * N
    assert column(frame, "d") == ["two\nlines", '5" pipe'] * 6
    frame = read(file('a, b\n1, "x, y"\n2, "z"\n'))
    assert column(frame, "b") == ["x, y", "z"]


def test_lines_are_named_behind_quoted_line_ends(file):
    cells = [*range(N - 1), "12 kg"]
    frame = read(file("a,b\n" + lines(cells, ['"two\nlines"'] * N)))
    said = frame.attrs["reading"]
    assert f"line ends inside quotes: {N}, the longest from line 2 to 3" in said[1]
    assert said[2].endswith(f"'12 kg', first in line {2 * N}")


def test_fields_of_any_length(file):
    long = "x" * 300_000
    frame = read(file(f'a,b\n1,"{long}, y"\n2,5" {long}\n'))
    assert column(frame, "b") == [f"{long}, y", f'5" {long}']


def test_many_pieces(file, monkeypatch):
    """The pass over the bytes goes on where the piece before it ended, inside quotes too."""
    monkeypatch.setattr("fusedmlp.table.scanning._CHUNK", 64)
    rows = [[k, f'"{k}, ""x""\n{k}"' if k % 3 else "", "y" * (k % 90)] for k in range(200)]
    frame = read(file("a,b,c\n" + "".join(",".join(map(str, row)) + "\n" for row in rows)))
    assert column(frame, "a") == list(range(200))
    assert column(frame, "b")[1:4] == ['1, "x"\n1', '2, "x"\n2', None]
    text = "a,b\n" + lines(range(200), range(200)) + "1,2,3\n"
    with pytest.raises(TableError, match="line 202: 3 fields"):
        read(file(text))


# Delimiters and headers


@pytest.mark.parametrize(
    ("text", "names", "first"),
    [
        (lines(range(N), [f"{k % 3};{k % 2}" for k in range(N)], WORDS), ["0", "1", "2"],
         [0, "0;0", "lo"]),
        ("a,l,y\n" + lines(range(N), [f"{k}|x" for k in range(N)], WORDS), ["a", "l", "y"],
         [0, "0|x", "lo"]),
        ('"a;b","y"\n' + lines(['"p;q"'] * N, WORDS), ["a;b", "y"], ["p;q", "lo"]),
        ("a;l;y\n" + lines(range(N), ['"x,1"'] * N, WORDS, sep=";"), ["a", "l", "y"],
         [0, "x,1", "lo"]),
        (lines(comma(HALVES), comma(HALVES), range(N), sep="\t"), ["0", "1", "2"], [0.5, 0.5, 0]),
        ("sep=;\na;y\n" + lines(comma(HALVES), WORDS, sep=";"), ["a", "y"], [0.5, "lo"]),
        ('"sep=|"\r\na|y\r\n' + lines(comma(HALVES), WORDS, sep="|"), ["a", "y"], [0.5, "lo"]),
        ("SEP=,\na,y\n" + lines(range(N), WORDS), ["a", "y"], [0, "lo"]),
        ("sep=\t\na\ty\n" + lines(range(N), WORDS, sep="\t"), ["a", "y"], [0, "lo"]),
        ("region,2021,y\n" + lines(["n", "s"] * 6, range(N), WORDS), ["region", "2021", "y"],
         ["n", 0, "lo"]),
        ("0,1,2\n" + lines(HALVES, range(N), WORDS), ["0", "1", "2"], [0.5, 0, "lo"]),
        ("2019,2020,2021\n" + lines(range(N), HALVES, range(N)), ["2019", "2020", "2021"],
         [0, 0.5, 0]),
        ("city,1,2,kind\n" + lines(["a", "b"] * 6, range(N), range(N), WORDS),
         ["city", "1", "2", "kind"], ["a", 0, 0, "lo"]),
        (lines(HALVES, WORDS), ["0", "1"], [0.5, "lo"]),
        ("id,0,1,2\n" + lines([f"r{k}" for k in range(N)], [0, 1] * 6, [0, 1, 2] * 4, range(N)),
         ["id", "0", "1", "2"], ["r0", 0, 0, 0]),
        ("3,7,kind\n" + lines([0, 1] * 6, HALVES, WORDS), ["3", "7", "kind"], [0, 0.5, "lo"]),
        ("good word\n" + lines([f"good day{k}" for k in range(N)]), ["good word"], ["good day0"]),
        ("v,y\n" + lines([f"1.{k % 3}.{k % 2}" for k in range(N)], WORDS), ["v", "y"],
         ["1.0.0", "lo"]),
        (lines(range(N), range(N), range(N)), ["0", "1", "2"], [0, 0, 0]),
        ("# made by a tool\n# twice\na,y\n" + lines(range(N), WORDS), ["a", "y"], [0, "lo"]),
        ("# a,y\n" + lines(range(N), WORDS), ["a", "y"], [0, "lo"]),
        ("# a b y\n" + lines(range(N), range(N), HALVES, sep=" "), ["a", "b", "y"], [0, 0, 0.5]),
        ("Report 2024\n\na,b,y\n" + lines(range(N), range(N), WORDS), ["a", "b", "y"],
         [0, 0, "lo"]),
        ("Report 2024,,\n,,\na,b,y\n" + lines(range(N), range(N), WORDS), ["a", "b", "y"],
         [0, 0, "lo"]),
        ("a,a,y\n" + lines(range(N), HALVES, WORDS), ["a", "a.1", "y"], [0, 0.5, "lo"]),
        (",a,y\n" + lines(range(N), HALVES, WORDS), ["column 0", "a", "y"], [0, 0.5, "lo"]),
        ("a,y\n" + lines([f"r{k}" for k in range(N)], HALVES, WORDS), ["column 0", "a", "y"],
         ["r0", 0.5, "lo"]),
        ("a,b,y\n" + lines([f"r{k}" for k in range(N)], range(N), HALVES, WORDS),
         ["column 0", "a", "b", "y"], ["r0", 0, 0.5, "lo"]),
        ("a,b,y\n" + lines(range(N), HALVES, WORDS, end=",\n"), ["a", "b", "y", "column 3"],
         [0, 0.5, "lo", None]),
        ("  a    b   y\n" + lines([f"{k:5d}" for k in range(N)], HALVES, WORDS, sep="  "),
         ["a", "b", "y"], [0, 0.5, "lo"]),
        ("a,b\n", ["a", "b"], None),
    ],
)  # fmt: skip
def test_delimiters_and_headers(file, text, names, first):
    frame = read(file(text))
    assert list(frame.columns) == names
    assert len(frame) == (0 if first is None else N)
    if first is not None:
        assert [column(frame, name)[0] for name in names] == first


def test_what_was_decided_can_be_overridden(file):
    path = file("1;2\n3;4\n")
    assert read(path, header=True).columns.tolist() == ["1", "2"]
    assert read(path, delimiter=",", header=False).shape == (2, 1)
    assert read(file("a b\n1 2\n"), delimiter="space").shape == (1, 2)
    assert read(file("a\tb\n1\t2\n"), delimiter="tab").shape == (1, 2)
    assert column(read(file("a\n1,5\n2,5\n"), decimal=","), "a") == [1.5, 2.5]
    russian = "\u0434\u0430,y\n\u043d,1\n\u0438,2\n".encode("cp1251")
    assert read(file(russian), encoding="cp1251").columns[0] == "\u0434\u0430"
    with pytest.raises(TableError, match=r"not utf-8 text \(byte 0x"):
        read(file(russian), encoding="utf-8")
    assert column(read(file("a,b\n07,1\n08,2\n"), text=["a"]), "a") == ["07", "08"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"delimiter": ";;"}, "delimiter must be one ASCII character, or tab or space, got ';;'"),
        ({"delimiter": '"'}, "delimiter must be one"),
        ({"decimal": ";"}, "decimal must be '.' or ',', got ';'"),
        ({"header": "maybe"}, "header must be 'auto', True or False, got 'maybe'"),
        ({"encoding": "klingon"}, "encoding must be one that Python knows"),
    ],
)
def test_options_that_make_no_sense(file, options, message):
    with pytest.raises(TableError, match=message):
        read(file("a,b\n1,2\n"), **options)


def test_a_total_is_named_and_kept(file):
    frame = read(file("a,b,y\n" + lines(range(N), HALVES, range(N)) + "Total,,66\n"))
    assert len(frame) == N + 1 and column(frame, "a")[-1] is None
    assert "the last row, line 14, looks like a total ('Total')" in frame.attrs["reading"]


def test_what_was_decided_is_said(file):
    frame = read(file("größe;y\n0,5;lo\n1,5;hi\n", encoding="latin-1"))
    assert frame.attrs["reading"] == [
        "delimiter semicolon, decimal sign ',', with a header, encoding cp1252",
        "the text is not UTF-8 (byte 0xf6 at 2)",
    ]


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
