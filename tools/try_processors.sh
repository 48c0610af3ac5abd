#!/usr/bin/env bash
# Imports the installed package and trains on emulated processors that are older than this one.
#
#   tools/try_processors.sh [PYTHON]     PYTHON: of an environment with the package (default: a new
#                                        one, with a build of the levels v2 and v3 of this tree)
#
# Needs qemu-x86_64 (Debian: qemu-user). An instruction that a processor lacks ends the emulator with
# SIGILL; that this would be seen is tried at the end.
set -euo pipefail
cd "$(dirname "$0")/.."

smoke="$PWD/tools/smoke.py"
python="${1:-}"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
if [[ -z $python ]]; then
  "${PYTHON:-python3}" -m venv "$work/env"
  python="$work/env/bin/python"
  "$python" -m pip install --quiet "-Ccmake.define.FUSEDMLP_ISA_LEVELS=v2;v3" .
fi
cd "$work" # so that the installed package is found, not the tree

on() { # on CPU LEVEL: trains there, with the kernels of LEVEL chosen by the package itself
  echo "== $1"
  OMP_NUM_THREADS=2 OPENBLAS_NUM_THREADS=1 qemu-x86_64 -cpu "$1" "$python" "$smoke" --here --expect "$2"
}

on Nehalem v2
on Haswell v3

echo "== Nehalem with the kernels of Haswell, which must be an illegal instruction"
set +e
(
  qemu-x86_64 -cpu Nehalem "$python" -c '
from fusedmlp.core import backend
backend._machine_runs = lambda level: True
core = backend.load("v3")
import numpy as np
from fusedmlp import functional as F
backend.core = core
print(F.dense(np.ones((8, 8), "f4"), np.ones((8, 8), "f4"), np.ones(8, "f4")).sum())'
) 2>"$work/errors"
status=$?
set -e
[[ $status -eq 132 ]] || { cat "$work/errors"; echo "exit $status, expected 132 (SIGILL)"; exit 1; }
echo "3 passed, 0 failed"
