#!/usr/bin/env bash
# Builds one level with sanitizers in a scratch folder and runs the suite under them, then plants a
# fault in a kernel, which the same run must catch.
#
#   tools/sanitize.sh [FOLDER [SANITIZERS]] [-- PYTEST ARGUMENTS]
#
# FOLDER: where to build, by default a new one that is removed again. SANITIZERS: what
# -fsanitize= takes, by default address,undefined. Python must be the one of an environment with
# the packages of CONTRIBUTING.md (PYTHON=...); GCC and CMake with Ninja must be on the path.
set -euo pipefail
cd "$(dirname "$0")/.."

source="$PWD"
python="$("${PYTHON:-python3}" -c 'import sys; print(sys.executable)')"
folder="" sanitizers="address,undefined"
[[ $# -gt 0 && $1 != -- ]] && { folder="$1"; shift; }
[[ $# -gt 0 && $1 != -- ]] && { sanitizers="$1"; shift; }
[[ $# -gt 0 ]] && shift
if [[ -z $folder ]]; then
  folder="$(mktemp -d)"
  trap 'rm -rf "$folder"' EXIT
fi
mkdir -p "$folder"
folder="$(cd "$folder" && pwd)"
cmake="${CMAKE:-$("$python" -c 'import os, sys; print(os.path.join(os.path.dirname(sys.executable), "cmake"))')}"
packages="$("$python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')"

copy() { # the sources as they are committed or changed, without built modules
  rm -rf "$folder/tree"
  mkdir -p "$folder/tree"
  tar -C "$source" --exclude='*.so' --exclude=.git --exclude=build -cf - . | tar -C "$folder/tree" -xf -
}

build() {
  "$cmake" -S "$folder/tree" -B "$folder/build" -G Ninja -DSKBUILD_PROJECT_VERSION=0 \
    -DPython_EXECUTABLE="$python" -DCMAKE_PREFIX_PATH="$packages;$packages/pybind11/share/cmake/pybind11" \
    -DFUSEDMLP_ISA_LEVELS=native -DFUSEDMLP_SANITIZE="$sanitizers" -DCMAKE_BUILD_TYPE=Release
  "$cmake" --build "$folder/build"
  "$cmake" --install "$folder/build" --prefix "$folder/tree/python"
}

run() { # python under the sanitizers' libraries, which must be there before it
  local preload=""
  [[ $sanitizers == *address* ]] && preload+=" $(gcc -print-file-name=libasan.so)"
  [[ $sanitizers == *undefined* ]] && preload+=" $(gcc -print-file-name=libubsan.so)"
  preload+=" $(gcc -print-file-name=libstdc++.so)"
  # Allocations that are too large must be a MemoryError here as well, and Python's own allocator
  # would hide what is read past the end. joblib takes the 256 MB of freed memory that are kept by
  # default for a leak of its workers, and ends them. New memory is full of NaN (bytes of 255), so
  # that what reads it before it is written shows.
  local options=detect_leaks=0:allocator_may_return_null=1:quarantine_size_mb=32
  options+=:malloc_fill_byte=255:max_malloc_fill_size=16777216
  (cd "$folder/tree" && env LD_PRELOAD="${preload# }" \
    PYTHONPATH="$folder/tree/tools/without_editable:$folder/tree/python" \
    ASAN_OPTIONS="$options" \
    UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1 PYTHONMALLOC=malloc "$python" "$@")
}

copy
build
loaded="$(run -c 'from fusedmlp.core import _cpu; print(_cpu.__file__)')"
[[ $loaded == "$folder/tree/"* ]] || { echo "the tests would load $loaded" >&2; exit 1; }
# By default pytest keeps for itself what the sanitizers say before they end it.
run -m pytest -p no:cacheprovider --capture=sys "$@"

# The planted fault: softmax reads and writes a row past the end.
kernel="$folder/tree/cpp/bindings/bind_softmax.cpp"
sed -i 's/softmax_forward_all(log, in, out, rows,/softmax_forward_all(log, in, out, rows + 1,/' "$kernel"
grep -q 'rows + 1' "$kernel" || { echo "no place for the planted fault in $kernel" >&2; exit 1; }
build
if run -c 'import numpy as np; from fusedmlp import functional as F; F.softmax(np.ones((3, 5)))'; then
  echo "the planted fault was NOT caught" >&2
  exit 1
fi
echo "the suite passed under $sanitizers, and the planted fault was caught"
