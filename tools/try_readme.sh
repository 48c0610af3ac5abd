#!/usr/bin/env bash
# Follows README.md word for word, as somebody who has just cloned the repository.
#
#   tools/try_readme.sh PYTHON ...       for each Python, in a fresh clone, with an empty environment
#
# The commands are those of the sections "Set up and run" and "Run the tests". PYTEST_ADDOPTS is
# passed on, as are CCACHE_* and CMAKE_CXX_COMPILER_LAUNCHER, which change no result.
set -euo pipefail
cd "$(dirname "$0")/.."
source_tree="$PWD"

command_of() { # the first block without a language below a heading
  awk -v heading="## $1" '
    $0 == heading { found = 1 }
    found && /^```/ { if (inside) exit; if ($0 == "```") { inside = 1; next } }
    inside { print }' README.md
}

kept=()
for name in PYTEST_ADDOPTS CMAKE_CXX_COMPILER_LAUNCHER CCACHE_DIR CCACHE_BASEDIR CCACHE_NOHASHDIR; do
  [[ -n ${!name:-} ]] && kept+=("$name=${!name}")
done

for python in "$@"; do
  python="$(command -v "$python")"
  echo "== $("$python" --version), $(date -u +%H:%M)"
  work="$(mktemp -d)"
  trap 'rm -rf "$work"' EXIT
  git clone --quiet --no-local "$source_tree" "$work/fusedmlp"
  mkdir "$work/home" "$work/bin"
  ln -s "$python" "$work/bin/python"
  for section in "Set up and run" "Run the tests"; do
    words="$(command_of "$section")"
    [[ -n $words ]] || { echo "README.md has no command below $section"; exit 1; }
    rm -rf "$work/fusedmlp/.venv"
    echo "$ $words"
    (cd "$work/fusedmlp" && env -i PATH="$work/bin:$PATH" HOME="$work/home" "${kept[@]}" \
      bash -euo pipefail -c "$words") >"$work/said" 2>&1 || { tail -40 "$work/said"; exit 1; }
    tail -3 "$work/said"
  done
  test -s "$work/fusedmlp/model.safetensors" || { echo "no model.safetensors was saved"; exit 1; }
  rm -rf "$work"
done
echo "$# passed, 0 failed"
