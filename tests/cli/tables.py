"""Tables to train on, and the numbers in what a command printed."""

from __future__ import annotations

import csv
import io
import re

import numpy as np


def number(output, name):
    match = re.search(rf"^{name} (-?[0-9.]+)$", output, re.MULTILINE)
    assert match, output
    return float(match[1])


def flowers(path, n=120, seed=0, shuffled=False, target=True, delimiter=","):
    """Write a table whose class follows from a number and a text column; return the classes."""
    rng = np.random.default_rng(seed)
    size, height = rng.normal(5, 1, n), rng.uniform(0, 100, n)
    color = rng.choice(["red", "blue"], n)
    kind = np.where(color == "red", "rose", np.where(size > 5, "iris", "wild, blue"))
    columns = {"size": size, "color": color, "height": height, "kind": kind}
    names = [name for name in columns if target or name != "kind"]
    names = names[::-1] if shuffled else names
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, delimiter=delimiter)
        writer.writerow(names)
        writer.writerows(zip(*(columns[name].tolist() for name in names), strict=True))
    return kind.tolist()


def line(path, n=200, header=True, target=True):
    """Write y = 1000 + 40 a - 20 b; return y."""
    rng = np.random.default_rng(1)
    ab = rng.normal(size=(n, 2)) * [1, 10]
    y = 1000 + 40 * ab[:, 0] - 20 * ab[:, 1]
    np.savetxt(
        path,
        np.c_[ab, y] if target else ab,
        delimiter=",",
        fmt="%.9g",
        header=("a,b,y" if target else "a,b") if header else "",
        comments="",
    )
    return y


def rows_of(text):
    return list(csv.DictReader(io.StringIO(text)))
