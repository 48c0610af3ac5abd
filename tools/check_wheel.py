"""Checks wheels before anybody installs them.

    python tools/check_wheel.py dist
    python tools/check_wheel.py --glibc 2.36 --levels v3 dist   # what this machine built

Each kernel module must export its init function alone, need no library but the system's and the
OpenMP runtime, ask for no newer glibc than allowed, hold no debug symbols and no path of the
machine that built it. The wheel must hold the licences, nothing that does not belong there, and be
small.

Libraries are read where they are ELF, that is in wheels for Linux; the other checks are the same
everywhere.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import re
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

import elf

ROOT = Path(__file__).resolve().parents[1]
MODULE = re.compile(r"fusedmlp/core/(_cpu|_core_(?:base|v[234]))\.[\w.-]*(?:so|pyd)$")
RUNTIME = re.compile(r"lib(?:g|i)?omp(?:[-.\w]*)\.(?:so[.\d]*|dylib)$")
# What delvewheel adds on Windows: the runtimes of OpenMP and of Microsoft's compiler.
WINDOWS = re.compile(r"(?:(?:libi?omp|vcomp|msvcp|vcruntime)[\w.-]*\.dll|\.load-order-[\w.-]+)$")
SYSTEM = re.compile(r"(?:lib(?:c|m|dl|rt|pthread|stdc\+\+|gcc_s)|ld-linux-[\w-]+)\.so\.\d+$")
TEXT = {".py", ".pyi", ".md", ".html", ".js", ".css"}
OTHER = {"fusedmlp/py.typed", "fusedmlp/datasets/digits.csv.gz"}
ABOUT = {"METADATA", "WHEEL", "RECORD", "entry_points.txt"}
LICENCES = {"LICENSE", "LICENSES/README.md", "LICENSES/MPL-2.0.txt", "LICENSES/pybind11.txt"}
# Folders of builders, not of the systems that run the wheel.
PATH = re.compile(
    rb"(?:/(?:home|root|tmp|work|build|project|io|Users|private|opt|usr/(?:src|include|local))/"
    rb"|[A-Z]:[\\/])[\w.+-]{2,}[\w.+/\\-]*"
)


def version_of_project() -> str:
    """Return the version in pyproject.toml, the only place that has it."""
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    return re.search(r'^version = "(.+)"', text, re.M)[1]


def belongs(name: str, about: str) -> bool:
    """Return whether a file of this name has a place in a wheel of ours."""
    path = PurePosixPath(name)
    if "__pycache__" in path.parts or name.startswith("fusedmlp/tests"):
        return False
    if path.parts[0] == about:
        rest = "/".join(path.parts[1:])
        return rest in ABOUT or rest.startswith(("licenses/", "sboms/"))
    if path.parts[0] in ("fusedmlp.libs", "fusedmlp"):
        inside = path.parts[0] == "fusedmlp"
        if RUNTIME.match(path.name) or WINDOWS.match(path.name):
            return not inside or ".dylibs" in path.parts
        return inside and (path.suffix in TEXT or name in OTHER or bool(MODULE.match(name)))
    return False


def files(wheel: zipfile.ZipFile, about: str) -> Iterator[str]:
    """Yield what is wrong with the list of files, and with their hashes in RECORD."""
    names = [name for name in wheel.namelist() if not name.endswith("/")]
    for name in names:
        if not belongs(name, about):
            yield f"{name} does not belong in a wheel"
    for licence in sorted(LICENCES):
        if f"{about}/licenses/{licence}" not in names:
            yield f"the licence {licence} is missing"
    for name in ("fusedmlp/__init__.py", "fusedmlp/py.typed", "fusedmlp/core/_core.pyi"):
        if name not in names:
            yield f"{name} is missing"
    record = f"{about}/RECORD"
    if record not in names:
        yield "RECORD is missing"
        return
    lines = [line.rsplit(",", 2) for line in wheel.read(record).decode().splitlines()]
    hashes = {name.strip('"'): digest for name, digest, _ in lines}
    for name in names:
        digest = hashlib.sha256(wheel.read(name)).digest()
        wanted = "sha256=" + base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        if name != record and hashes.get(name) != wanted:
            yield f"{name} is not what RECORD says"


def metadata(wheel: zipfile.ZipFile, about: str, version: str) -> Iterator[str]:
    """Yield what is wrong with name and version."""
    if about != f"fusedmlp-{version}.dist-info":
        yield f"pyproject.toml has version {version}, the wheel has {about}"
    name = f"{about}/METADATA"
    text = wheel.read(name).decode() if name in wheel.namelist() else ""
    if f"\nName: fusedmlp\nVersion: {version}\n" not in text:
        yield f"METADATA does not name fusedmlp {version}"


def tag(name: str, ceiling: tuple[int, ...]) -> Iterator[str]:
    """Yield what is wrong with the platform in the file's name."""
    platform = name.removesuffix(".whl").rsplit("-", 1)[-1]
    if platform.startswith("linux_"):
        yield f"the tag {platform} is refused by package indexes: auditwheel repair makes another"
    for glibc in re.findall(r"manylinux_(\d+_\d+)_", platform)[:1]:
        if tuple(map(int, glibc.split("_"))) > ceiling:
            yield f"the tag {platform} asks for a newer glibc than {'.'.join(map(str, ceiling))}"


def modules(names: list[str], levels: list[str]) -> Iterator[str]:
    """Yield which native modules are missing or were not asked for."""
    found = {match[1] for match in map(MODULE.match, names) if match}
    wanted = {"_cpu", *(f"_core_{level}" for level in levels)}
    for name in sorted(wanted - found):
        yield f"the module {name} is missing"
    for name in sorted(found - wanted):
        yield f"the module {name} was not asked for"


def library(name: str, data: bytes, ceiling: tuple[int, ...]) -> Iterator[str]:
    """Yield what is wrong with one binary of the wheel."""
    ours = MODULE.match(name)
    if ours:
        for path in sorted(set(PATH.findall(data))):
            yield f"{name} holds the path {path.decode(errors='replace')}"
    if not elf.is_elf(data):
        return
    found = elf.read(data)
    for version in found.versions:
        number = re.fullmatch(r"GLIBC_(\d+(?:\.\d+)+)", version)
        if number and tuple(map(int, number[1].split("."))) > ceiling:
            yield f"{name} asks for {version}, at most {'.'.join(map(str, ceiling))} is allowed"
    for path in found.search_paths:
        if not path.startswith("$ORIGIN"):
            yield f"{name} looks for libraries in {path}"
    if not ours:
        return
    if found.exported != [f"PyInit_{ours[1]}"]:
        yield f"{name} must export PyInit_{ours[1]} alone, got {', '.join(found.exported) or '-'}"
    for needed in found.needed:
        if not SYSTEM.match(needed) and not RUNTIME.match(needed):
            yield f"{name} needs the foreign library {needed}"
    for section in found.sections:
        if section == ".symtab" or section.startswith((".debug", ".zdebug")):
            yield f"{name} holds debug symbols ({section})"


def problems(
    path: Path, levels: list[str] | None, ceiling: tuple[int, ...], megabytes: float
) -> list[str]:
    """Return everything that is wrong with the wheel at `path`."""
    found = []
    size = path.stat().st_size / 1e6
    if size > megabytes:
        found.append(f"{size:.2f} MB, at most {megabytes:g} MB is allowed")
    if levels is None:
        levels = ["v2", "v3", "v4"] if re.search("x86_64|amd64", path.name) else ["base"]
    about = "-".join(path.name.split("-")[:2]) + ".dist-info"
    found += tag(path.name, ceiling)
    with zipfile.ZipFile(path) as wheel:
        found += files(wheel, about)
        found += metadata(wheel, about, version_of_project())
        found += modules(wheel.namelist(), levels)
        for name in wheel.namelist():
            if name.endswith((".pyd", ".dylib")) or ".so" in name:
                found += library(name, wheel.read(name), ceiling)
    return found


def main(arguments: list[str] | None = None) -> int:
    """Check each wheel; return 1 if anything is wrong with one of them."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("wheels", nargs="*", type=Path, help="wheels, or folders of them")
    parser.add_argument("--glibc", default="2.28", help="newest glibc allowed (default: 2.28)")
    parser.add_argument("--size", default=6.0, type=float, help="largest size in MB (default: 6)")
    parser.add_argument(
        "--levels", help="comma-separated kernel sets (default: all that the platform has)"
    )
    parser.add_argument("--print-version", action="store_true", help="of pyproject.toml, no more")
    options = parser.parse_args(arguments)
    if options.print_version:
        print(version_of_project())
        return 0
    wheels = [w for p in options.wheels for w in (sorted(p.glob("*.whl")) if p.is_dir() else [p])]
    if not wheels:
        parser.error("no wheels")
    ceiling = tuple(map(int, options.glibc.split(".")))
    levels = options.levels.split(",") if options.levels else None
    wrong = 0
    for path in wheels:
        found = problems(path, levels, ceiling, options.size)
        wrong += bool(found)
        print(f"{path.name}: {path.stat().st_size / 1e6:.2f} MB, {'wrong' if found else 'sound'}")
        for line in found:
            print(f"  {line}")
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
