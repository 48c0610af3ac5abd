"""Who may know whom: the includes and imports of the sources, held to docs/architecture.md."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

import fusedmlp

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
          "cxxabi.h": "bindings/gil.hpp", "malloc.h": "kernels/memory.hpp",
          "immintrin.h": "kernels/denormals.hpp", "sys/mman.h": "kernels/memory.hpp",
          "cpuid.h": "cpu/levels.hpp"}  # fmt: skip

# The floors of the package: a folder or module knows those before it, and none after it.
FLOORS = [
    "core", "checks", "threads", "initializers", "schedules", "metrics",
    "functional", "layers", "losses", "optim",  # the parts
    "plotting", "datasets", "table",
    "model", "training", "saving", "exchange", "sequential", "softmax_sequential", "taking",
    "mlp", "gradient_check", "callbacks",
    "many", "distributed", "tabular",
    "sklearn", "playground",
    "benchmarks", "cli",
]  # fmt: skip


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


def _floor(path: Path) -> str:
    parts = path.relative_to(PYTHON).parts
    return parts[0].removesuffix(".py")


# Rooms that hold their floor already, imports for types and inside functions counted.
HELD = [
    "checks", "table", "tabular", "saving", "exchange", "sequential", "mlp", "sklearn",
    "playground",
    "benchmarks",
    "cli",
]  # fmt: skip


@pytest.mark.parametrize("room", HELD)
def test_imports_go_to_lower_floors(room):
    files = sources(PYTHON / room, ".py") or [PYTHON / f"{room}.py"]
    for path in files:
        for name in _imports(path) & set(FLOORS):
            assert FLOORS.index(name) <= FLOORS.index(room), f"{path} imports {name}"


def test_the_file_format_knows_no_model_class():
    for name in ("format.py", "files.py"):
        assert not _imports(PYTHON / "saving" / name) & {"model", "layers", "training"}, name


TWIN = PYTHON / "core" / "reference"


@pytest.mark.parametrize("path", sources(TWIN, ".py"), ids=lambda p: p.name)
def test_the_twin_imports_numpy_alone(path):
    standard = {"__future__", "typing", "collections.abc", "time", "os", "math", "dataclasses"}
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            assert {a.name.split(".")[0] for a in node.names} <= {"numpy", *standard}
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            assert node.module.split(".")[0] == "numpy" or node.module in standard
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 1, f"{path.name} imports from outside the twin"


INSIDE = [p for p in sources(PYTHON, ".py") if _floor(p) not in ("__init__", "__main__")]


@pytest.mark.parametrize("path", INSIDE, ids=lambda p: str(p.relative_to(PYTHON)))
def test_a_floor_knows_none_above_it(path):
    """Imports for types and inside functions count."""
    floor = _floor(path)
    known = FLOORS[: FLOORS.index(floor) + 1]
    assert _imports(path) & {*FLOORS} <= {*known}


def test_every_folder_says_what_it_is_for():
    for folder in {p.parent for p in sources(PYTHON, ".py")}:
        assert ast.get_docstring(ast.parse((folder / "__init__.py").read_text())), folder


def test_only_the_backend_loads_native_modules():
    loaders = [
        p.relative_to(PYTHON)
        for p in sources(PYTHON, ".py")
        if re.search(r'core\._(cpu|core_)|import _c(pu|ore_)|reference["\']', p.read_text())
    ]
    assert [str(p) for p in loaders] == ["core/backend.py"]


def test_nothing_imports_tests_or_bench():
    """The folders tests/ and bench/; fusedmlp.benchmarks is for the command alone."""
    for path in sources(PYTHON, ".py"):
        absolute = set()
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                absolute.update(alias.name.split(".")[0] for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
                absolute.add(node.module.split(".")[0])
        assert not absolute & {"tests", "bench", "support", "conftest"}, path
        if path.parent.name not in ("benchmarks", "cli"):
            assert "benchmarks" not in _imports(path), path


def test_only_one_file_states_openmp_pragmas():
    users = [p.name for p in sources(CPP, ".hpp", ".cpp") if "#pragma omp" in p.read_text()]
    assert users == ["parallel.cpp"]
    text = (CPP / "kernels" / "parallel.cpp").read_text()
    assert all("num_threads(" in line for line in text.splitlines() if "#pragma omp" in line)


def test_the_version_stands_in_one_place():
    version = re.search(r'^version = "(.+)"', (ROOT / "pyproject.toml").read_text(), re.M)[1]
    for path in [*sources(PYTHON, ".py"), *sources(CPP, ".hpp", ".cpp"), ROOT / "CMakeLists.txt"]:
        assert version not in path.read_text(), path


def test_the_page_shows_the_folders_as_they_are():
    script = ROOT / "tools" / "draw_architecture.py"
    done = subprocess.run([sys.executable, script, "--check"], check=False)
    assert done.returncode == 0, "run tools/draw_architecture.py"


def test_the_package_starts_without_what_few_programs_need():
    code = (
        "import sys, fusedmlp as fm\n"
        "late = {'table', 'distributed', 'exchange.graph', 'many', 'taking', 'gradient_check'}\n"
        "early = {name for name in late if f'fusedmlp.{name}' in sys.modules}\n"
        "late = {'importlib.metadata', 'difflib', 'webbrowser', 'multiprocessing'}\n"
        "early |= late & {*sys.modules}\n"
        "assert not early, early\n"
        "assert {*fm.__all__} <= {*dir(fm)}\n"
        "assert all(getattr(fm, name) is not None for name in fm.__all__)\n"
        "assert fm.table.read and fm.distributed.fit and fm.load is fm.many.load\n"
        "assert fm.__version__ == fm.info()['version']\n"
    )
    subprocess.run([sys.executable, "-W", "ignore", "-c", code], check=True)


def test_an_unknown_name_of_the_package_is_an_attribute_error():
    with pytest.raises(AttributeError, match="module 'fusedmlp' has no attribute 'Desne'"):
        fusedmlp.Desne  # noqa: B018
