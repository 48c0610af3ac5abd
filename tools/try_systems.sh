#!/usr/bin/env bash
# Compiles the sources for macOS and Windows on this machine, every warning an error. Nothing is run.
#
#   tools/try_systems.sh [TARGET ...]     default: aarch64-macos x86_64-macos x86_64-windows-gnu
#
# The compiler is zig's Clang, a package of the index that brings the headers of these systems. For
# macOS all sources are compiled with this machine's Python headers; for Windows all but the bindings,
# which need Python's headers of that system. OpenMP's header is Clang's (Debian: libomp-dev).
set -euo pipefail
cd "$(dirname "$0")/.."

(($#)) || set -- aarch64-macos x86_64-macos x86_64-windows-gnu
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/env"
"$work/env/bin/python" -m pip install --quiet "ziglang==0.17.1" "pybind11>=3" "cmeel-eigen>=3.4.1,<3.5"
packages="$("$work/env/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')"
python_headers="$("$work/env/bin/python" -c 'import sysconfig; print(sysconfig.get_path("include"))')"
omp="$(find /usr/lib/llvm-*/lib/clang -name omp.h | tail -1)"
[[ -n $omp ]] || { echo "Clang's omp.h is missing (Debian: apt install libomp-dev)"; exit 1; }
mkdir "$work/include" && cp "$omp" "$work/include"

for target in "$@"; do
  folders=(cpp/kernels cpp/network)
  options=(-target "$target" -std=c++17 -O1 -DNDEBUG -fopenmp -Wall -Wextra -Werror
    -ffp-contract=off -fno-math-errno -fno-trapping-math
    -DEIGEN_DONT_PARALLELIZE -DEIGEN_MPL2_ONLY "-I$PWD/cpp" -isystem "$work/include"
    -isystem "$packages/cmeel.prefix/include/eigen3")
  # The widest kernels that every such machine of the last ten years has.
  if [[ $target == x86_64* ]]; then options+=(-mcpu=x86_64_v3); fi
  if [[ $target == *macos ]]; then
    folders+=(cpp/cpu cpp/bindings)
    options+=(-isystem "$packages/pybind11/include" -isystem "$python_headers"
      -DFUSEDMLP_MODULE=_core_base '-DFUSEDMLP_LEVEL="base"')
  fi
  echo "== $target"
  # It writes objects into the folder it is started in, whatever -o /dev/null says.
  mkdir "$work/$target"
  find "${folders[@]}" -name '*.cpp' -printf "$PWD/%p\\0" | (cd "$work/$target" && xargs -0 -P "$(nproc)" -I{} \
    "$work/env/bin/python" -m ziglang c++ "${options[@]}" -c {})
done
echo "$# passed, 0 failed"
