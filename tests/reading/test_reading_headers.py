"""``read``: delimiter, decimal sign, header and encoding, as found in the file or as told."""

from __future__ import annotations

import pytest

from fusedmlp.table import TableError, read

from .columns import HALVES, WORDS, N, column, comma, lines

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


# Options, and what is said


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


def test_what_was_decided_is_said(file):
    frame = read(file("größe;y\n0,5;lo\n1,5;hi\n", encoding="latin-1"))
    assert frame.attrs["reading"] == [
        "delimiter semicolon, decimal sign ',', with a header, encoding cp1252",
        "the text is not UTF-8 (byte 0xf6 at 2)",
    ]
