"""Files whose hash is right and whose description is not: nothing but CheckpointError comes out.

Pieces of real descriptions are replaced in the usual run; in the slow one atheris, led by which
lines were reached, changes files, descriptions and fits for as long as it is given.
"""

from __future__ import annotations

import importlib.util
import json
import os
import re
import subprocess
import sys
from copy import deepcopy
from pathlib import Path

import numpy as np
import pytest

from loader_fuzz import Loader

TARGET = Path(__file__).with_name("loader_fuzz.py")
SECONDS = 120
PIECES = [
    None, True, False, 0, 1, -1, 3, 0.5, 1e300, float("1e400"), 2**31, 2**63, 2**200, "", "relu",
    "Dense", "weights", [], [[]], [1, 2], {}, {"run": "x"}, {"format": 2}, "\0", "../x",
]  # fmt: skip


def places(value, path=()):
    """Every place in a value that JSON can hold."""
    yield path
    if isinstance(value, dict):
        for key, item in value.items():
            yield from places(item, (*path, key))
    elif isinstance(value, list):
        for i, item in enumerate(value[:4]):
            yield from places(item, (*path, i))


def changed(value, path, piece, rng):
    """`value` with another piece at a place; or without it, or with it twice."""
    if not path:
        return piece
    whole = deepcopy(value)
    inner = whole
    for key in path[:-1]:
        inner = inner[key]
    kind = rng.integers(4)
    if kind == 0:
        del inner[path[-1]]
    elif kind == 1 and isinstance(inner, list):
        inner.append(piece)
    elif kind == 1:
        inner["another"] = piece
    else:
        inner[path[-1]] = piece
    return whole


@pytest.mark.parametrize("rounds", [3, pytest.param(100, marks=pytest.mark.slow)])
@pytest.mark.parametrize("kind", ["description", "run"])
def test_descriptions_with_other_pieces(kind, rounds, tmp_path, record_property):
    loader = Loader(tmp_path)
    real = json.loads(loader.seeds[kind])
    assert loader.load(kind, loader.seeds[kind])
    taken = count = 0
    for one in range(rounds):
        rng = np.random.default_rng(one)
        for path in places(real):
            piece = PIECES[rng.integers(len(PIECES))]
            content = json.dumps(changed(real, path, piece, rng)).encode()
            taken += loader.load(kind, content)
            count += 1
    assert count >= 100 and 0 < taken < count / 2
    record_property("figure", f"{count} changed pieces of a {kind}, {taken} of them harmless")


@pytest.mark.slow
def test_atheris_finds_nothing(tmp_path, record_property):
    if importlib.util.find_spec("atheris") is None:
        pytest.skip("atheris is not installed: pip install atheris")
    options = [f"-max_total_time={SECONDS}", "-max_len=8192", "-rss_limit_mb=3000"]
    # No allocation may be larger than what the file gives reason for.
    options += ["-malloc_limit_mb=600", f"-artifact_prefix={tmp_path}/"]
    done = subprocess.run(
        [sys.executable, str(TARGET), str(tmp_path / "corpus"), *options],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(TARGET.parent), *sys.path])},
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
    runs = re.search(r"Done (\d+) runs", done.stderr)
    assert runs and int(runs[1]) > SECONDS, done.stderr[-2000:]
    record_property("figure", f"{runs[1]} inputs by atheris in {SECONDS} s")
