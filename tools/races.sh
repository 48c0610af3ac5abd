#!/usr/bin/env bash
# ThreadSanitizer over the engine's threads: programs of tests/races/ with the kernels they use.
#
#   tools/races.sh [team|train]...      by default both
#
# Each program must be quiet, and must be loud once a barrier is broken. Clang with its OpenMP and
# Archer, which tells ThreadSanitizer where OpenMP's own threads meet (Debian: clang, libomp-dev);
# GCC's OpenMP says nothing of it, and every region would be reported. CXX=..., CCACHE=... count.
set -euo pipefail
cd "$(dirname "$0")/.."

compiler="${CXX:-clang++}"
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
eigen="${EIGEN:-$("${PYTHON:-python3}" -c '
import sysconfig, pathlib
print(pathlib.Path(sysconfig.get_path("purelib"), "cmeel.prefix/include/eigen3"))')}"
# Without OpenMP's own library no program here can be judged.
export TSAN_OPTIONS="ignore_noninstrumented_modules=1 halt_on_error=1"

sources() { # what a program needs
  case $1 in
    team) echo cpp/kernels/parallel.cpp ;;
    train) find cpp/kernels cpp/network -name '*.cpp' | sort ;;
    *) echo "$1 is no program of tests/races" >&2; exit 2 ;;
  esac
}

compile() { # compile FILE OBJECT
  ${CCACHE:-} "$compiler" -std=c++17 -O1 -g1 -fsanitize=thread -fopenmp -ffp-contract=off -mavx2 -mfma \
    -DEIGEN_DONT_PARALLELIZE -Wno-everything -Icpp -isystem "$eigen" -c "$1" -o "$2"
}

build() { # build PROGRAM: all objects, two at a time, and the program
  local source objects=()
  for source in "tests/races/$1.cpp" $(sources "$1"); do
    local object="$folder/${source//\//_}.o"
    objects+=("$object")
    [[ -e $object ]] && continue
    compile "$source" "$object" &
    while (($(jobs -rp | wc -l) >= 2)); do wait -n; done
  done
  wait
  "$compiler" -fsanitize=thread -fopenmp "${objects[@]}" -o "$folder/$1"
}

broken() { # broken PROGRAM: the same with a barrier that orders no memory
  local bad="$folder/parallel_broken.cpp"
  sed 's/memory_order_\(acq_rel\|acquire\|release\)/memory_order_relaxed/' cpp/kernels/parallel.cpp >"$bad"
  cmp -s "$bad" cpp/kernels/parallel.cpp && { echo "nothing to break in parallel.cpp" >&2; exit 1; }
  compile "$bad" "$folder/cpp_kernels_parallel.cpp.o"
  build "$1"
}

programs=("$@")
[[ $# -eq 0 ]] && programs=(team train)
for program in "${programs[@]}"; do
  rm -f "$folder/cpp_kernels_parallel.cpp.o"
  build "$program"
  "$folder/$program"
  broken "$program"
  if "$folder/$program" >"$folder/log" 2>&1; then
    echo "$program: a barrier without order was NOT caught" >&2
    exit 1
  fi
  grep -q 'WARNING: ThreadSanitizer: data race' "$folder/log" || { cat "$folder/log" >&2; exit 1; }
  echo "$program: no data race, and the broken barrier was caught"
done
