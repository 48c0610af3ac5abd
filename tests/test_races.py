"""ThreadSanitizer over the engine's threads: quiet, and loud when a barrier is broken."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def compiler(tmp_path_factory):
    """Clang with an OpenMP that tells ThreadSanitizer what it does."""
    found = shutil.which(os.environ.get("CXX", "clang++"))
    source = tmp_path_factory.mktemp("probe") / "probe.cpp"
    source.write_text(
        "#include <omp.h>\n"
        "int main() { int n = 0;\n#pragma omp parallel num_threads(2) reduction(+ : n)\n"
        "n += omp_get_num_threads() == 2; return n != 2; }\n"
    )
    program = source.with_suffix("")
    build = [found or "", "-fsanitize=thread", "-fopenmp", str(source), "-o", str(program)]
    quiet = {"env": {**os.environ, "TSAN_OPTIONS": "ignore_noninstrumented_modules=1"}}
    for command in (build, [str(program)]):
        if not found or subprocess.run(command, capture_output=True, **quiet).returncode:
            pytest.skip("needs clang++ and libomp with Archer (Debian: clang, libomp-dev)")
    return found


@pytest.mark.parametrize("program", ["team", pytest.param("train", marks=pytest.mark.slow)])
def test_no_data_race(compiler, program, record_property):
    done = subprocess.run(
        [str(ROOT / "tools" / "races.sh"), program],
        env={**os.environ, "CXX": compiler, "PYTHON": sys.executable},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    said = f"{program}: no data race, and the broken barrier was caught"
    assert said in done.stdout
    record_property("figure", said)
