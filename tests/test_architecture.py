"""Who may know whom: the includes and imports of the sources, held to docs/architecture.md."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
CPP, PYTHON = ROOT / "cpp", ROOT / "python" / "fusedmlp"

# A folder of cpp/ may include these, and the standard library.
MAY_INCLUDE = {
    "kernels": ("kernels/", "Eigen/"),
    "network": ("kernels/", "network/"),
    "bindings": ("kernels/", "network/", "bindings/", "pybind11/"),
    "cpu": ("levels.hpp", "pybind11/"),
}
SYSTEM = {"omp.h": "kernels/parallel.cpp", "pthread.h": "kernels/parallel.cpp",
          "immintrin.h": "kernels/denormals.hpp", "sys/mman.h": "kernels/memory.hpp"}  # fmt: skip

# A Python module may import these of the package; everything not listed is at the door and above.
LOWEST = {
    "_tables": set(),
    "_validate": set(),
    "_memory": set(),
    "_backend": set(),
    "exceptions": set(),
    "_random": {"_validate"},
    "_threads": {"_backend", "_validate"},
}


def sources(folder: Path, *endings: str) -> list[Path]:
    return sorted(p for e in endings for p in folder.rglob(f"*{e}"))


@pytest.mark.parametrize(
    "path", sources(CPP, ".hpp", ".cpp"), ids=lambda p: str(p.relative_to(CPP))
)
def test_includes_go_downward_only(path):
    folder = path.relative_to(CPP).parts[0]
    for name in re.findall(r'#include [<"]([^>"]+)[>"]', path.read_text()):
        if name in SYSTEM:
            assert str(path.relative_to(CPP)) == SYSTEM[name], (
                f"only {SYSTEM[name]} includes {name}"
            )
        elif "/" in name or name.endswith((".h", ".hpp")):
            assert name.startswith(MAY_INCLUDE[folder]), f"{path.name} includes {name}"


def _imports(path: Path) -> set[str]:
    """Names of the package's own modules that `path` imports at any level."""
    package = ("fusedmlp", *path.relative_to(PYTHON).parent.parts)
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else ()
            full = [*base, *(node.module.split(".") if node.module else [])]
            if full[:1] == ["fusedmlp"]:
                names = [full[1]] if len(full) > 1 else [alias.name for alias in node.names]
                found.update(names)
            else:
                found.add(".".join(full))
        elif isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
    return found


@pytest.mark.parametrize("path", sources(PYTHON / "reference", ".py"), ids=lambda p: p.name)
def test_the_twin_imports_numpy_alone(path):
    outside = {n for n in _imports(path) if n.split(".")[0] not in {"numpy", "reference"}}
    standard = {"__future__", "typing", "collections.abc", "time", "os", "math", "dataclasses"}
    assert outside <= standard


@pytest.mark.parametrize("name", LOWEST)
def test_the_lowest_modules_import_no_higher_ones(name):
    own = {p.stem for p in PYTHON.glob("*.py")} | {p.name for p in PYTHON.iterdir() if p.is_dir()}
    assert _imports(PYTHON / f"{name}.py") & own <= LOWEST[name]


def test_only_the_backend_loads_native_modules():
    loaders = [
        p.relative_to(PYTHON)
        for p in sources(PYTHON, ".py")
        if re.search(r'fusedmlp\._(cpu|core_)|import _c(pu|ore_)|reference["\']', p.read_text())
    ]
    assert [str(p) for p in loaders] == ["_backend.py"]


def test_nothing_imports_tests_or_bench():
    """The folders tests/ and bench/; the package's own fusedmlp.bench is for the command alone."""
    for path in sources(PYTHON, ".py"):
        absolute = set()
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                absolute.update(alias.name.split(".")[0] for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
                absolute.add(node.module.split(".")[0])
        assert not absolute & {"tests", "bench", "support", "conftest"}, path
        if path.parent.name != "bench" and path.parent.name != "cli":
            assert "bench" not in _imports(path), path


def test_only_one_file_states_openmp_pragmas():
    users = [p.name for p in sources(CPP, ".hpp", ".cpp") if "#pragma omp" in p.read_text()]
    assert users == ["parallel.cpp"]
    text = (CPP / "kernels" / "parallel.cpp").read_text()
    assert all("num_threads(" in line for line in text.splitlines() if "#pragma omp" in line)


def test_the_version_stands_in_one_place():
    version = re.search(r'^version = "(.+)"', (ROOT / "pyproject.toml").read_text(), re.M)[1]
    for path in [*sources(PYTHON, ".py"), *sources(CPP, ".hpp", ".cpp"), ROOT / "CMakeLists.txt"]:
        assert version not in path.read_text(), path
