"""Numbers, strings and arrays as C99 text that is C++ too."""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np

from ..checks.arrays import Array

_WORDS = """
    auto break case char const continue default do double else enum extern float for goto if inline
    int long register restrict return short signed sizeof static struct switch typedef union
    unsigned void volatile while main class new delete this template namespace public private
    protected virtual operator bool true false try catch throw using export friend mutable typename
    explicit
    """
_WIDTH = 96


def checked_name(name: object, function: str) -> str:
    """Return `name` if it can begin the names of functions; else ValueError or TypeError."""
    if not isinstance(name, str):
        raise TypeError(f"{function}: name must be a str, got {name!r}")
    if not re.fullmatch(r"[A-Za-z]\w*", name, re.ASCII) or name in _WORDS.split():
        raise ValueError(f"{function}: name must be a C identifier such as 'model', got {name!r}")
    return name


def number_writer(dtype: str) -> Callable[[float], str]:
    """Return what writes numbers as literals of ``float`` or ``double``, exactly."""
    single = dtype == "float32"

    def write(value: float) -> str:
        if np.isnan(value):
            return "NAN"
        text = f"{np.float32(value):.9g}" if single else f"{float(value):.17g}"
        if not any(c in text for c in ".e"):
            text += ".0"
        return f"{text}f" if single else text

    return write


def double(value: float) -> str:
    """Return a literal of ``double``."""
    return number_writer("float64")(value)


def string(text: str) -> str:
    """Return a C string; other than ASCII in octal UTF-8, question marks apart for trigraphs."""
    done = ""
    for byte in text.encode("utf-8"):
        c = chr(byte)
        if c in '"\\?':
            done += f"\\{c}"
        elif 32 <= byte < 127:
            done += c
        else:
            done += f"\\{byte:03o}"
    return f'"{done}"'


def comment(text: str) -> str:
    """Return text that cannot end a comment."""
    return (
        re.sub(r"[^ -~]", "?", text).replace("*/", "* /").replace("/*", "/ *").replace("??", "? ?")
    )


def array(kind: str, name: str, values: Array, write: Callable[[float], str]) -> str:
    """Return the definition of a constant array, filled up to the width of a page."""
    lines, line = [], ""
    for value in values.ravel().tolist():
        item = f"{write(value)},"
        if len(line) + len(item) + 1 > _WIDTH:
            lines.append(line)
            line = ""
        line += f" {item}" if line else item
    lines.append(line.rstrip(","))
    body = "\n    ".join(lines)
    return f"static const {kind} {name}[{values.size}] = {{\n    {body}\n}};\n"
