#!/usr/bin/env bash
# Builds and installs the package in ways that strangers do, and trains with each result.
#
#   tools/try_builds.sh [TRIAL ...]      all trials, or those named; tools/try_builds.sh --list
#
# Needs Python (PYTHON=...), GCC, and for some trials Clang with its OpenMP (apt: clang libomp-dev);
# a trial whose compiler is not there fails. LEVEL is the kernel set of the trials where it does not
# matter (default: native). CMAKE_CXX_COMPILER_LAUNCHER=ccache makes repetitions fast.
set -euo pipefail
cd "$(dirname "$0")/.."

trials=(sdist space archive editable no_v4_name no_v4 no_openmp openmp_off clang clang_no_openmp)
[[ ${1:-} == --list ]] && { printf '%s\n' "${trials[@]}"; exit; }
[[ $# -gt 0 ]] && trials=("$@")

source_tree="$PWD"
work="$(cd "$(mktemp -d)" && pwd -P)"
trap 'rm -rf "$work"' EXIT
level="${LEVEL-native}"
clang="${CLANG:-clang++}"

"${PYTHON:-python3}" -m venv "$work/env"
python="$work/env/bin/python"
"$python" -m pip install --quiet --upgrade pip
"$python" -m pip install --quiet build ninja cmake "numpy>=1.24" "safetensors>=0.4" \
  scikit-build-core "pybind11>=3" "cmeel-eigen>=3.4.1,<3.5"
export PATH="$work/env/bin:$PATH"

tracked() { # the files that a clone has, with changes that are not committed yet
  mkdir -p "$1"
  git -C "$source_tree" ls-files -z | (cd "$source_tree" && tar --null --files-from=- -cf - 2>/dev/null) |
    tar -C "$1" -xf -
}

install() { # install [pip options] SOURCE: without isolation, so that the packages above are used
  "$python" -m pip install --verbose --no-build-isolation --no-deps --force-reinstall \
    "$@" >"$work/log" 2>&1 || { tail -40 "$work/log"; return 1; }
}

levels() { printf -- '-Ccmake.define.FUSEDMLP_ISA_LEVELS=%s' "${1-$level}"; }

smoke() { (cd "$work" && "$python" "$source_tree/tools/smoke.py"); }

info() { (cd "$work" && "$python" -c "import fusedmlp; print(fusedmlp.info()['$1'])"); }

says() { # CMake breaks the lines of a message where they become long
  tr -s '[:space:]' ' ' <"$work/log" | grep -q -- "$1" || { echo "the build did not say: $1"; return 1; }
}

built() { # built LEVEL: whether that module was installed
  (cd "$work" && "$python" -c "
import importlib.util, sys
sys.exit(importlib.util.find_spec('fusedmlp.core._core_$1') is None)")
}

compiler() { # compiler NAME REAL WORD...: a compiler that refuses every flag with one of these words
  local script="$work/$1" real="$2"
  shift 2
  {
    echo '#!/bin/sh'
    for word in "$@"; do
      echo "for flag in \"\$@\"; do case \"\$flag\" in *$word*) echo \"unknown flag \$flag\" >&2; exit 1;; esac; done"
    done
    echo "exec $real \"\$@\""
  } >"$script"
  chmod +x "$script"
  echo "$script"
}

sdist() { # source distribution -> wheel -> install, and the tests run from what it unpacks
  tracked "$work/sdist_tree"
  (cd "$work/sdist_tree" && "$python" -m build --sdist --no-isolation --outdir "$work/dist") >"$work/log" 2>&1
  tar -C "$work" -xzf "$work"/dist/*.tar.gz
  local unpacked=("$work"/fusedmlp-*)
  (cd "${unpacked[0]}" && "$python" -m build --wheel --no-isolation "$(levels)" --outdir "$work/dist") \
    >"$work/log" 2>&1 || { tail -40 "$work/log"; return 1; }
  "$python" -m pip install --quiet --no-deps --force-reinstall "$work"/dist/*.whl
  "$python" -m pip install --quiet pytest hypothesis
  (cd "${unpacked[0]}" && "$python" -m pytest -q -p no:cacheprovider \
    tests/test_contract.py tests/test_dense.py tests/test_fit.py tests/test_serialization.py)
  smoke
}

space() { # a clone whose path holds a space
  git clone --quiet --no-local "$source_tree" "$work/a clone"
  install "$(levels)" "$work/a clone"
  smoke
}

archive() { # git archive, as downloads of a tag are made
  mkdir "$work/archive"
  git -C "$source_tree" archive HEAD | tar -C "$work/archive" -xf -
  install "$(levels)" "$work/archive"
  smoke
}

editable() { # pip install -e: Python files are those of the tree
  tracked "$work/editable_tree"
  install "$(levels)" -e "$work/editable_tree"
  smoke
  echo "marker = 'seen'" >>"$work/editable_tree/python/fusedmlp/threads.py"
  (cd "$work" && "$python" -c "import fusedmlp.threads; assert fusedmlp.threads.marker == 'seen'")
  "$python" -m pip uninstall --quiet --yes fusedmlp
}

no_v4_name() { # a compiler that does not know the name x86-64-v4, but its parts
  CXX="$(compiler old_gcc g++ march=x86-64-v4)" install "$(levels 'v3;v4')" "$source_tree"
  built v3 && built v4
  smoke
}

no_v4() { # a compiler without AVX-512
  CXX="$(compiler older_gcc g++ march=x86-64-v4 avx512)" install "$(levels 'v3;v4')" "$source_tree"
  says 'cannot build level v4: left out'
  built v3 && ! built v4
  smoke
}

no_openmp() { # a compiler without OpenMP: a serial build that says so
  CXX="$(compiler serial_gcc g++ openmp)" install "$(levels)" "$source_tree"
  says 'has no OpenMP, so everything will run on one thread'
  [[ $(info openmp) == off ]]
  smoke
  # Asked for by name it is an error.
  if CXX="$work/serial_gcc" install "$(levels)" -Ccmake.define.FUSEDMLP_OPENMP=ON "$source_tree" \
    >/dev/null; then
    echo "FUSEDMLP_OPENMP=ON built without OpenMP"
    return 1
  fi
}

openmp_off() { # one thread by choice
  install "$(levels)" -Ccmake.define.FUSEDMLP_OPENMP=OFF "$source_tree"
  [[ $(info openmp) == off ]]
  smoke
}

clang() { # Clang with its own OpenMP
  CXX="$clang" install "$(levels)" -Ccmake.define.FUSEDMLP_OPENMP=ON "$source_tree"
  [[ $(info compiler) == Clang* && $(info openmp) != off ]]
  smoke
}

clang_no_openmp() { # Clang as most have it, without OpenMP
  CXX="$(compiler serial_clang "$clang" openmp)" install "$(levels)" "$source_tree"
  says 'has no OpenMP, so everything will run on one thread'
  [[ $(info compiler) == Clang* && $(info openmp) == off ]]
  smoke
}

passed=0 failed=0
for trial in "${trials[@]}"; do
  echo "== $trial"
  # Not inside if or ||: bash would then go on after a command that failed.
  set +e
  (set -e; "$trial")
  status=$?
  set -e
  if [[ $status -eq 0 ]]; then
    passed=$((passed + 1))
  else
    failed=$((failed + 1))
    echo "FAILED: $trial"
  fi
done
echo "$passed passed, $failed failed"
[[ $failed -eq 0 ]]
