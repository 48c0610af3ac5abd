"""What CONTRIBUTING.md lists is enough: one of each kind is added to a copy of the sources."""

from __future__ import annotations

import importlib
import os
import platform
import re
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
KINDS = {
    "activation": "An activation",
    "loss": "A loss",
    "optimizer": "An optimizer",
    "layer": "A layer with a kernel of its own",
}
AT_MOST = {"activation": 4, "loss": 4, "optimizer": 5, "layer": 9}
every_kind = pytest.mark.parametrize("kind", KINDS)

PRELUDE = """
import sys
import fusedmlp
assert fusedmlp.__file__.startswith({root!r}), fusedmlp.__file__
"""


def template(kind):
    return importlib.import_module(f"adding.{kind}")


def paths(text):
    """Paths in backticks; <name> and <family> stand for any file."""
    found = re.findall(r"`((?:cpp|python)/[^` ]+\.(?:[ch]pp|pyi?))`", text)
    return [re.escape(path).replace("<name>", r"\w+").replace("<family>", r"\w+") for path in found]


def listed(title):
    """What CONTRIBUTING.md lists under a title, as patterns, and the number it states."""
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    section = re.search(rf"\*\*{title}\*\* \((\d+) files.*?\n(.*?)(?=\n\*\*|\Z)", text, re.DOTALL)
    assert section is not None, f"CONTRIBUTING.md says nothing of {title}"
    stated = re.findall(r"\d+", section[0].partition("\n")[0])
    return paths(section[2]), int(stated[-1])


def touched(kind):
    return list(dict.fromkeys(edit.path for edit in template(kind).EDITS))


@every_kind
def test_the_lists_name_exactly_the_files_that_are_touched(kind):
    patterns, count = listed(KINDS[kind])
    files = touched(kind)
    assert len(files) == len(patterns) == count <= AT_MOST[kind]
    for path in files:
        assert any(re.fullmatch(pattern, path) for pattern in patterns), path


@pytest.mark.parametrize("title", [*KINDS.values(), "An option of `fit`"])
def test_both_pages_list_the_same_files(title):
    page = (ROOT / "cpp" / "README.md").read_text(encoding="utf-8")
    row = next(line for line in page.splitlines() if line.lower().startswith(f"| {title.lower()} "))
    native, python = row.split("|")[2:4]
    below = re.sub(r"`([^`]+)`", r"`python/fusedmlp/\1`", python)
    assert sorted(paths(native) + paths(below)) == sorted(listed(title)[0])


def test_an_option_of_fit_stands_in_the_listed_files():
    patterns, count = listed("An option of `fit`")
    found = [
        str(path.relative_to(ROOT))
        for folder in ("cpp", "python")
        for path in (ROOT / folder).rglob("*.*")
        if path.suffix in (".py", ".pyi", ".cpp", ".hpp")
        and "exchange" not in path.parts  # Keras's ReLU has a max_value, too
        and re.search(r"\b(clip_grad_value|max_value)\b", path.read_text(encoding="utf-8"))
    ]
    assert len(patterns) == count == len(found), found
    assert all(any(re.fullmatch(p, path) for p in patterns) for path in found), found


def copy_sources(target):
    """Copy what a new name may touch, and what must find it."""
    leave_out = shutil.ignore_patterns("*.so", "__pycache__", ".*", "results")
    for folder in ("cpp", "python", "tests", "tools", "docs", "bench", "cmake", "examples"):
        shutil.copytree(ROOT / folder, target / folder, ignore=leave_out)
    for name in ("pyproject.toml", "CMakeLists.txt"):
        shutil.copy(ROOT / name, target)
    return target


def run(root, code, backend="numpy"):
    """Run Python code on the package of the copy."""
    folders = ("tools/without_editable", "python", "tests")
    where = os.pathsep.join(str(root / folder) for folder in folders)
    environment = {**os.environ, "PYTHONPATH": where, "FUSEDMLP_BACKEND": backend}
    result = subprocess.run(
        [sys.executable, "-c", PRELUDE.format(root=str(root)) + code],
        cwd=root, env=environment, capture_output=True, text=True,
    )  # fmt: skip
    assert result.returncode == 0, result.stdout[-6000:] + result.stderr[-6000:]
    return result.stdout


def contents(root):
    """Sources of the copy by path."""
    return {
        str(path.relative_to(root)): path.read_bytes()
        for folder in ("cpp", "python", "docs", "tools")
        for path in (root / folder).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


WRITE_TABLES = (
    "import runpy; sys.argv[1:] = []; runpy.run_path('tools/from_catalogue.py')['main']()"
)
GENERATED = re.compile(r"docs/(numerics|cheat_sheet)\.md|python/fusedmlp/functional/\w+\.pyi")


@pytest.fixture(scope="module", params=KINDS)
def added(request, tmp_path_factory):
    """A copy of the sources with one new name."""
    one = template(request.param)
    root = copy_sources(tmp_path_factory.mktemp(request.param))
    before = contents(root)
    for edit in one.EDITS:
        edit.apply(root)
    run(root, WRITE_TABLES)
    after = contents(root)
    changed = {path for path in after if after[path] != before.get(path)}
    by_hand = {path for path in changed if not GENERATED.fullmatch(path)}
    return request.param, one, root, by_hand


def test_nothing_else_changes(added):
    kind, _, _, by_hand = added
    assert by_hand == set(touched(kind))


def test_the_oracles_accept_it(added):
    kind, _, root, _ = added
    run(root, f"import adding.{kind} as one; one.check()")


def test_the_suite_finds_it_by_name(added):
    _, one, root, _ = added
    quiet = ["-q", "-p", "no:cacheprovider", "-m", "not slow and not peers"]  # torch loads slowly
    doctests = [f"tests/test_doctests.py::test_examples_run[fusedmlp.{m}]" for m in one.DOCTESTS]
    by_name = [*quiet, "-k", one.NAME, *(f"tests/{name}" for name in one.TESTS)]
    whole = [*quiet, *(f"tests/{name}" for name in one.WHOLE), *doctests]
    code = "import pytest; sys.exit(pytest.main({by_name!r}) or pytest.main({whole!r}))"
    out = run(root, code.format(by_name=by_name, whole=whole))
    assert len(re.findall(r"\d+ passed", out)) == 2


def _compiler():
    compiler = shutil.which("g++") or shutil.which("clang++")
    site = Path(sysconfig.get_paths()["purelib"])
    for eigen in (site / "cmeel.prefix" / "include" / "eigen3", Path("/usr/include/eigen3")):
        if compiler and (eigen / "Eigen" / "Core").exists():
            return [compiler, f"-I{eigen}"]
    pytest.skip("no C++ compiler, or no Eigen beside this Python")


def test_the_kernels_compile(added):
    """Syntax and types alone, for one level, as strict as the build."""
    _, one, root, _ = added
    march = ["-march=x86-64-v3"] if platform.machine() in ("x86_64", "AMD64") else []
    strict = ["-Wall", "-Wextra", "-Werror", "-Wno-ignored-attributes", "-Wno-maybe-uninitialized"]
    define = ["-DEIGEN_DONT_PARALLELIZE", "-DEIGEN_MPL2_ONLY"]
    for unit in one.UNITS:
        assert unit in touched_units(one), f"{unit} compiles nothing new"
        command = [*_compiler(), "-std=c++17", "-fsyntax-only", "-Icpp", *march, *strict, *define]
        result = subprocess.run([*command, unit], cwd=root, capture_output=True, text=True)
        assert result.returncode == 0, result.stderr[-4000:]


def touched_units(one):
    return [edit.path for edit in one.EDITS if edit.path.endswith(".cpp")]


@pytest.mark.slow
def test_all_four_in_a_native_build(tmp_path):
    """One build with all of them, then the oracles on native kernels."""
    pybind11 = pytest.importorskip("pybind11", reason="pybind11 is needed to build")
    cmake = shutil.which("cmake", path=os.pathsep.join([str(Path(sys.executable).parent),
                                                         os.environ["PATH"]]))  # fmt: skip
    if cmake is None:
        pytest.skip("no cmake")
    root = copy_sources(tmp_path / "copy")
    for kind in KINDS:
        for edit in template(kind).EDITS:
            edit.apply(root)
    site = sysconfig.get_paths()["purelib"]
    configure = [
        cmake, "-S", root, "-B", tmp_path / "build", "-DSKBUILD_PROJECT_VERSION=0",
        f"-DPython_EXECUTABLE={sys.executable}", f"-DCMAKE_PREFIX_PATH={site}",
        f"-Dpybind11_DIR={pybind11.get_cmake_dir()}", "-DFUSEDMLP_ISA_LEVELS=native",
    ]  # fmt: skip
    subprocess.run(configure, check=True)
    subprocess.run([cmake, "--build", tmp_path / "build", "--parallel", "2"], check=True)
    prefix = ["--prefix", root / "python"]
    subprocess.run([cmake, "--install", tmp_path / "build", *prefix], check=True)
    for kind in KINDS:
        level = run(root, f"import adding.{kind} as one; one.check(); "
                          "print(fusedmlp.info()['backend'])", "auto")  # fmt: skip
        assert level.strip() != "numpy"
    # Native kernels against the float64 twin, at all sizes.
    names = " or ".join(template(kind).NAME for kind in KINDS)
    stems = ["activations", "activation_values", "losses", "loss_values", "optimizers", "gradients"]
    files = [f"tests/test_{stem}.py" for stem in stems]
    arguments = ["-q", "-p", "no:cacheprovider", "-k", names, *files]
    run(root, f"import pytest; sys.exit(pytest.main({arguments!r}))", "auto")
