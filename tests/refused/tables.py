"""Tables: reading files, and encoding frames."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import fusedmlp as fm
from bad_values import COUNT, SIZE, name, sequence

from .call import PATH, Call

_FRAMES = sequence(
    (3, TypeError), (None, TypeError), ("text", TypeError), (print, TypeError), ({1}, TypeError)
)
_NAMES = sequence((3, TypeError), ("a", TypeError), (b"a", TypeError), (None, TypeError))
_WORDS = ((3, ValueError), (b",", ValueError), ([","], ValueError))


def _frame() -> dict[str, list[Any]]:
    return {"a": [1.0, 2.5, None, 4.0], "b": ["x", "y", "x", "z"]}


def calls() -> Iterator[Call]:
    yield Call("read", fm.table.read, lambda: {"path": "m"}, {"path": PATH, "text": _NAMES}, False)
    yield Call(  # what is wrong with a table is said to its author, without our names
        "",
        fm.table.read,
        lambda: {"path": "m"},
        {
            "delimiter": sequence((3, ValueError), (b",", ValueError), ("ab", ValueError)),
            "decimal": sequence(*_WORDS, (";", ValueError)),
            "encoding": sequence(*_WORDS),
            "header": sequence(*_WORDS, ("yes", ValueError), (None, ValueError)),
        },
        works=False,
    )
    yield Call(
        "Encoder",
        fm.table.Encoder,
        dict,
        {"numeric": name(None), "missing": name(None), "one_hot": COUNT, "max_categories": SIZE},
    )
    yield Call(
        "Encoder.fit",
        fm.table.Encoder.fit,
        lambda: {"self": fm.table.Encoder(), "frame": _frame()},
        {"drop": _NAMES},
    )
    yield Call(
        "",
        fm.table.Encoder.fit,
        lambda: {"self": fm.table.Encoder(), "frame": _frame()},
        {"frame": _FRAMES},
    )
    yield Call(
        "",
        fm.table.Encoder.transform,
        lambda: {"self": fm.table.Encoder().fit(_frame()), "frame": _frame()},
        {"frame": _FRAMES},
    )
    yield Call(
        "Encoder.from_dict",
        fm.table.Encoder.from_dict,
        lambda: {"stored": fm.table.Encoder().fit(_frame()).to_dict()},
        {
            "stored": sequence(
                (3, ValueError), (None, ValueError), ({}, ValueError), ([], ValueError)
            )
        },
    )
