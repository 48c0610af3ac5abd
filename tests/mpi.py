"""Scripts under mpirun, as processes of their own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest


def mpirun(ranks: int, *arguments: str, timeout: float = 120) -> subprocess.CompletedProcess[str]:
    """Run Python with `arguments` on so many ranks, one thread each."""
    pytest.importorskip("mpi4py", reason="mpi4py is not installed")
    beside = Path(sys.executable).parent / "mpirun"  # of the wheel that mpi4py finds as well
    command = str(beside) if beside.exists() else shutil.which("mpirun")
    if command is None:
        pytest.skip("there is no mpirun")
    return subprocess.run(
        [command, "-n", str(ranks), sys.executable, *arguments],
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=timeout,
    )
