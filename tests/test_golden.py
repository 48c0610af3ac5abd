"""Trained weights have the bits that are kept in data/golden_<level>.json, on every level.

Bits change only where somebody meant to change them: tools/golden.py then writes the files anew.
"""

from __future__ import annotations

import json

import pytest

from conftest import BACKENDS
from fusedmlp.core import backend
from golden_nets import NETS, file_of, hashes_of

ADVICE = """
{what} of the net {name!r} on level {level} are not those of tests/data/{file}.
If a kernel was meant to change its bits: let the tests of its accuracy pass, run
`python tools/golden.py`, and commit the files with the reason. If none was, something depends on
the machine, the compiler or the order of work: find it."""


@pytest.fixture(params=[name for name in BACKENDS if name != "numpy"])
def level(request, monkeypatch):
    monkeypatch.setattr(backend, "core", backend.load(request.param))
    return request.param


@pytest.mark.parametrize("name", NETS)
def test_trained_weights_have_the_bits_that_are_kept(level, name):
    path = file_of(level)
    if not path.exists():
        pytest.skip(f"no hashes of level {level} are kept: no machine had it when they were taken")
    kept = json.loads(path.read_text())
    assert set(kept) == set(NETS), f"python tools/golden.py has to be run: {path.name} is old"
    for what, found in hashes_of(name).items():
        advice = ADVICE.format(what=what, name=name, level=level, file=path.name)
        assert found == kept[name][what], advice


def test_another_net_has_other_bits(level):
    found = [tuple(hashes_of(name).values()) for name in ("tiny", "small", "odd")]
    assert len({h for hashes in found for h in hashes}) == 9
