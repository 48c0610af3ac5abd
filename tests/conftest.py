"""Every test body that asks for `core` runs over every backend; `dtype` over both types."""

from __future__ import annotations

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


@pytest.fixture(autouse=True)
def _threads_restored():
    """A test that changes the number of threads does not leak into the next."""
    before = {name: backend.load(name).get_num_threads() for name in BACKENDS}
    yield
    for name, n in before.items():
        backend.load(name).set_num_threads(n)
