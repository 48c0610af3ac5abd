"""Threads and processes: counts, forks, and each level in a process of its own."""

from __future__ import annotations

import json
import multiprocessing
import os
import subprocess
import sys

import numpy as np
import pytest

import fusedmlp as fm
from conftest import BACKENDS


def test_the_number_of_threads_is_set_and_restored(core):
    fm.set_num_threads(3)
    with fm.num_threads(2):
        assert fm.get_num_threads() == 2
    assert fm.get_num_threads() == 3
    with pytest.raises(ZeroDivisionError), fm.num_threads(1):
        raise ZeroDivisionError
    assert fm.get_num_threads() == 3


@pytest.mark.parametrize("bad", [0, -1, 1.0, "2", True, None])
def test_bad_numbers_of_threads(bad):
    with pytest.raises((TypeError, ValueError), match="set_num_threads: n must be"):
        fm.set_num_threads(bad)


def _work(threads: int) -> bytes:
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((512, 64)), rng.integers(0, 5, 512)
    model = fm.MLP([64, 256, 256, 5], seed=0)
    model.fit(x, y, loss="cross_entropy", epochs=1, batch_size=256, num_threads=threads)
    return model.theta.tobytes()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*:DeprecationWarning")
def test_a_forked_child_computes_instead_of_hanging():
    expected = _work(2)  # the parent's threads now exist
    with multiprocessing.get_context("fork").Pool(2) as pool:
        results = pool.map_async(_work, [2, 2, 1]).get(timeout=60)
    assert all(r == expected for r in results)


def _in_process(code: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=120,
    )


@pytest.mark.parametrize("level", BACKENDS)
def test_each_level_is_chosen_by_the_environment(level):
    code = "import fusedmlp, json; print(json.dumps(fusedmlp.info()))"
    info = json.loads(_in_process(code, FUSEDMLP_BACKEND=level).stdout)
    assert info["backend"] == level and level in info["backends"]
    assert set(info) == {
        "version", "backend", "backends", "compiler", "eigen", "openmp", "num_threads", "cpu",
    }  # fmt: skip


def test_an_impossible_level_is_an_import_error():
    result = _in_process("import fusedmlp", FUSEDMLP_BACKEND="v1")
    assert result.returncode == 1
    assert "ImportError: FUSEDMLP_BACKEND='v1' is not possible here" in result.stderr


def test_omp_num_threads_is_the_default():
    code = "import fusedmlp; print(fusedmlp.get_num_threads())"
    native = [b for b in BACKENDS if b != "numpy"]
    if not native:
        pytest.skip("no native kernels here")
    result = _in_process(code, OMP_NUM_THREADS="3", FUSEDMLP_BACKEND=native[0])
    assert result.stdout.strip() == "3"


def test_importing_leaves_the_denormals_of_the_process_alone():
    code = (
        "import numpy as np, fusedmlp as fm\n"
        "m = fm.MLP([2, 2], seed=0); m.predict(np.ones((2, 2)))\n"
        "assert np.float32(1e-38) / np.float32(100) > 0"
    )
    assert _in_process(code).returncode == 0
