"""``read``: which lines are rows, where quotes and line ends stand, and what is no table."""

from __future__ import annotations

import pytest

from fusedmlp.table import TableError, read

from .columns import HALVES, WORDS, N, column, lines


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


def test_a_total_is_named_and_kept(file):
    frame = read(file("a,b,y\n" + lines(range(N), HALVES, range(N)) + "Total,,66\n"))
    assert len(frame) == N + 1 and column(frame, "a")[-1] is None
    assert "the last row, line 14, looks like a total ('Total')" in frame.attrs["reading"]


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
