"""Every test body that asks for `core` runs over every backend; `dtype` over both types."""

from __future__ import annotations

import functools
import os

import numpy as np
import pytest

from fusedmlp.core import backend

# FUSEDMLP_BACKEND=v3 pytest runs the whole suite on that level alone.
_asked = os.environ.get("FUSEDMLP_BACKEND", "auto")
BACKENDS = backend.available() if _asked == "auto" else (_asked,)


@pytest.fixture(params=BACKENDS)
def core(request, monkeypatch):
    """The kernel set in use, swapped in for the test."""
    module = backend.load(request.param)
    monkeypatch.setattr(backend, "core", module)
    return module


@pytest.fixture(params=[np.float32, np.float64], ids=["float32", "float64"])
def dtype(request):
    return request.param


@pytest.fixture
def rng():
    return np.random.default_rng(20240)


@pytest.fixture(autouse=True, scope="session")
def _memory_that_nobody_wrote():
    """`np.empty` and `np.empty_like` give NaN and largest integers, so that reading them shows."""

    def spoiled(make):
        @functools.wraps(make)
        def made(*args, **kwargs):
            array = make(*args, **kwargs)
            if array.dtype.kind == "f":
                array.fill(np.nan)
            elif array.dtype.kind in "iu":
                array.fill(np.iinfo(array.dtype).max)
            return array

        return made

    with pytest.MonkeyPatch.context() as patch:
        for name in ("empty", "empty_like"):
            patch.setattr(np, name, spoiled(getattr(np, name)))
        yield


@pytest.fixture(autouse=True)
def _threads_restored():
    """A test that changes the number of threads does not leak into the next."""
    before = {name: backend.load(name).get_num_threads() for name in BACKENDS}
    yield
    for name, n in before.items():
        backend.load(name).set_num_threads(n)
