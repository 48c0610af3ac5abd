"""tools/check_wheel.py finds what is wrong with crooked wheels, and nothing in a sound one."""

from __future__ import annotations

import base64
import hashlib
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
VERSION = re.search(r'^version = "(.+)"', (ROOT / "pyproject.toml").read_text(), re.M)[1]
ABOUT = f"fusedmlp-{VERSION}.dist-info"
NAME = f"fusedmlp-{VERSION}-cp311-cp311-manylinux_2_28_x86_64.whl"
MODULES = ("_cpu", "_core_v2", "_core_v3", "_core_v4")
SUFFIX = ".cpython-311-x86_64-linux-gnu.so"

pytestmark = pytest.mark.skipif(
    shutil.which("cc") is None or sys.platform != "linux", reason="makes ELF libraries with cc"
)


def library(folder, name, code="", *flags, hidden=True, stripped=True):
    """Compile a library with an init function called `name`; return its bytes."""
    source, out = folder / "module.c", folder / "module.so"
    source.write_text(f"#include <string.h>\nvoid *PyInit_{name}(void) {{ return 0; }}\n{code}")
    options = ["-shared", "-fPIC", "-O0", *flags]
    if hidden:
        options.append(f"-Wl,--version-script={ROOT / 'cmake' / 'exports.map'}")
    if stripped:
        options.append("-s")
    subprocess.run(["cc", str(source), "-o", str(out), *options], check=True, cwd=folder)
    return out.read_bytes()


@pytest.fixture(scope="module")
def sound(tmp_path_factory):
    """The files of a wheel with nothing wrong."""
    folder = tmp_path_factory.mktemp("sound")
    metadata = f"Metadata-Version: 2.4\nName: fusedmlp\nVersion: {VERSION}\n\n"
    files = {f"fusedmlp/core/{name}{SUFFIX}": library(folder, name) for name in MODULES}
    files |= dict.fromkeys(
        ("fusedmlp/__init__.py", "fusedmlp/core/_core.pyi", "fusedmlp/py.typed"), b""
    )
    files |= {f"{ABOUT}/METADATA": metadata.encode(), f"{ABOUT}/WHEEL": b""}
    licences = ["LICENSE", *(f"LICENSES/{p.name}" for p in (ROOT / "LICENSES").iterdir())]
    return files | {f"{ABOUT}/licenses/{name}": b"text" for name in licences}


def digest(data):
    return base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()


def check(folder, files, *arguments, name=NAME):
    """Write a wheel of these files and run the tool on it; return its exit code and words."""
    path = folder / name
    record = "".join(f"{n},sha256={digest(d)},{len(d)}\n" for n, d in files.items())
    with zipfile.ZipFile(path, "w") as wheel:
        for member, data in {**files, f"{ABOUT}/RECORD": record.encode()}.items():
            wheel.writestr(member, data)
    command = [sys.executable, str(ROOT / "tools" / "check_wheel.py"), str(path), *arguments]
    done = subprocess.run(command, capture_output=True, text=True)
    assert not done.stderr
    return done.returncode, done.stdout


def refused(folder, files, words, *arguments, name=NAME):
    """Assert that the wheel is refused with these words and no others."""
    code, said = check(folder, files, *arguments, name=name)
    assert code == 1 and words in said, said
    assert len(said.splitlines()) == 2, said


def test_a_sound_wheel(sound, tmp_path):
    assert check(tmp_path, sound) == (0, f"{NAME}: {wheel_size(tmp_path)} MB, sound\n")


def wheel_size(folder):
    return f"{(folder / NAME).stat().st_size / 1e6:.2f}"


V3 = f"fusedmlp/core/_core_v3{SUFFIX}"
LINKED = ("-Wl,--no-as-needed", "-L.", "-lforeign")


@pytest.mark.parametrize(
    ("code", "flags", "options", "words"),
    [
        ("void helper(void) {}", (), {"hidden": False}, "must export PyInit__core_v3 alone, got"),
        ("", LINKED, {}, "needs the foreign library libforeign.so"),
        ("", ("-g",), {"stripped": False}, "holds debug symbols (.debug_"),
        ("const char *f = \"/home/someone/a.cpp\";", (), {}, "holds the path /home/someone/a.cpp"),
        ("", ("-Wl,-rpath,/srv/lib",), {}, "looks for libraries in /srv/lib"),
    ],
    ids=["exports", "foreign", "debug", "path", "rpath"],
)  # fmt: skip
def test_crooked_libraries(sound, tmp_path, code, flags, options, words):
    other = tmp_path / "other.c"
    other.write_text("int other(void) { return 1; }")
    foreign = ["cc", "-shared", "-fPIC", str(other), "-o", str(tmp_path / "libforeign.so")]
    subprocess.run(foreign, check=True)
    data = library(tmp_path, "_core_v3", code, *flags, **options)
    code, said = check(tmp_path, {**sound, V3: data})
    assert code == 1 and words in said
    assert all(V3 in line for line in said.splitlines()[1:])


def test_the_runtime_of_openmp_may_come_along(sound, tmp_path):
    runtime = library(tmp_path, "x", "void GOMP_parallel(void) {}", hidden=False)
    assert check(tmp_path, {**sound, "fusedmlp.libs/libgomp-1a2b3c.so.1.0.0": runtime})[0] == 0
    wrong = {**sound, "fusedmlp.libs/libother.so.1": runtime}
    refused(tmp_path, wrong, "libother.so.1 does not belong")


def test_other_systems(sound, tmp_path):
    files = {n.replace(SUFFIX, ".cp311-win_amd64.pyd"): b"MZ" for n in sound if n.endswith(".so")}
    files |= {n: d for n, d in sound.items() if not n.endswith(".so")}
    files["fusedmlp.libs/libomp140-0123.dll"] = files["fusedmlp.libs/.load-order-fusedmlp"] = b"x"
    name = NAME.replace("manylinux_2_28_x86_64", "win_amd64")
    assert check(tmp_path, files, name=name)[0] == 0
    refused(tmp_path, {**files, "fusedmlp.libs/cuda.dll": b"x"}, "cuda.dll does not", name=name)


def test_a_newer_glibc(sound, tmp_path):
    copies = "void *f(void *a, void *b, unsigned long n) { return memcpy(a, b, n); }"
    data = library(tmp_path, "_core_v3", copies, "-fno-builtin")
    code, said = check(tmp_path, {**sound, V3: data}, "--glibc", "2.2")
    assert code == 1 and "asks for GLIBC_2.14, at most 2.2 is allowed" in said


@pytest.mark.parametrize(
    "name",
    [
        "fusedmlp/core/__pycache__/backend.cpython-311.pyc", "fusedmlp/core/gemm.o",
        "tests/test_fit.py", "cpp/kernels/gemm.cpp", "fusedmlp/notes.txt", "fusedmlp/core/extra.so",
        f"{ABOUT}/notes",
    ],
)  # fmt: skip
def test_files_that_do_not_belong(sound, tmp_path, name):
    refused(tmp_path, {**sound, name: b"x"}, f"{name} does not belong in a wheel")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        (f"{ABOUT}/licenses/LICENSES/MPL-2.0.txt", "the licence LICENSES/MPL-2.0.txt is missing"),
        ("fusedmlp/py.typed", "fusedmlp/py.typed is missing"),
        (f"fusedmlp/core/_core_v2{SUFFIX}", "the module _core_v2 is missing"),
        (f"{ABOUT}/METADATA", "METADATA does not name"),
    ],
)
def test_missing_files(sound, tmp_path, name, words):
    refused(tmp_path, {n: d for n, d in sound.items() if n != name}, words)


def test_a_changed_file(sound, tmp_path, monkeypatch):
    real = digest
    monkeypatch.setitem(globals(), "digest", lambda data: real(data or b"other"))
    code, said = check(tmp_path, sound)
    assert code == 1 and "fusedmlp/__init__.py is not what RECORD says" in said


def test_sizes_levels_tags_and_versions(sound, tmp_path):
    refused(tmp_path, sound, "MB, at most 0.001 MB is allowed", "--size", "0.001")
    refused(tmp_path, sound, "the module _core_v4 was not asked for", "--levels", "v2,v3")
    refused(tmp_path, sound, "auditwheel repair", name=NAME.replace("manylinux_2_28", "linux"))
    refused(tmp_path, sound, "newer glibc than 2.28", name=NAME.replace("_2_28", "_2_36"))
    code, said = check(tmp_path, sound, name=NAME.replace(VERSION, "9.9"))
    assert code == 1 and f"pyproject.toml has version {VERSION}, the wheel has fusedmlp-9.9" in said
