"""Every Python block and every session of the pages runs; the pages hang together."""

from __future__ import annotations

import ast
import doctest
import importlib
import re
import runpy
import subprocess
import sys
import typing
from pathlib import Path

import pytest

from page_setups import BETWEEN, NEEDS, SETUPS

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
PAGES = {path.name: path.read_text(encoding="utf-8") for path in sorted(DOCS.glob("*.md"))}
BLOCK = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)
# Pages whose blocks are two libraries side by side; tests/test_migration.py runs them.
SIDE_BY_SIDE = ("from_sklearn.md", "from_keras.md", "from_pytorch.md")
# Its blocks are the edits that tests/test_adding.py applies.
EDITS = ("adding.md",)
WITH_BLOCKS = [
    name for name, text in PAGES.items() if BLOCK.search(text) and name not in SIDE_BY_SIDE + EDITS
]
WITH_SESSIONS = [name for name, text in PAGES.items() if re.search(r"^>>> ", text, re.MULTILINE)]


@pytest.mark.parametrize("name", WITH_SESSIONS)
def test_sessions_say_what_the_page_says(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    failed, count = doctest.testfile(
        str(DOCS / name), module_relative=False, optionflags=doctest.NORMALIZE_WHITESPACE
    )
    assert failed == 0 and count == len(re.findall(r"^>>> ", PAGES[name], re.MULTILINE))


@pytest.mark.parametrize("name", WITH_BLOCKS)
def test_blocks_run(name, tmp_path, monkeypatch):
    if name in NEEDS:
        pytest.importorskip(NEEDS[name], reason=f"{NEEDS[name]} is not installed")
    monkeypatch.chdir(tmp_path)
    space: dict[str, object] = {}
    exec(SETUPS.get(name, ""), space)
    for number, block in enumerate(BLOCK.findall(PAGES[name])):
        exec(BETWEEN.get((name, number), ""), space)
        exec(compile(block, f"{name}, block {number}", "exec"), space)


def test_blocks_without_a_language_hold_no_python():
    """They would escape both tests above."""
    for name, text in PAGES.items():
        fences = re.findall(r"^```([^\n]*)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
        for language, block in fences:
            if language or ">>> " in block:
                continue
            with pytest.raises(SyntaxError):
                ast.parse(block)
                pytest.fail(f"{name} has a Python block without the word python: {block}")


def test_setups_belong_to_pages():
    named = {*SETUPS, *NEEDS, *(name for name, _ in BETWEEN)}
    assert named <= set(WITH_BLOCKS)
    for name, number in BETWEEN:
        assert number < len(BLOCK.findall(PAGES[name]))


def links(text):
    """Relative links and pictures of a page: path and anchor."""
    text = re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
    found = re.findall(r"\]\((?!https?:)([^)#\s]*)(?:#([\w-]+))?\)", text)
    return [(path, anchor) for path, anchor in found if path or anchor]


def anchors(text):
    """Anchors of the headings of a page, as GitHub and MyST make them."""
    titles = re.findall(r"^#+ (.*)", text, re.MULTILINE)
    plain = [re.sub(r"[^\w\- ]", "", title.lower()) for title in titles]
    return {title.replace(" ", "-") for title in plain}


@pytest.mark.parametrize("name", PAGES)
def test_links_lead_somewhere(name):
    for path, anchor in links(PAGES[name]):
        target = (DOCS / path) if path else DOCS / name
        if path.startswith("api/"):
            continue  # written by the build
        assert target.exists(), f"{name} links to {path}, which is not there"
        if anchor:
            assert anchor in anchors(target.read_text(encoding="utf-8")), (name, path, anchor)


def test_every_picture_is_used():
    text = "".join(PAGES.values()) + (ROOT / "README.md").read_text(encoding="utf-8")
    unused = [p.name for p in (DOCS / "images").iterdir() if f"images/{p.name}" not in text]
    assert unused == []


def test_every_page_is_in_a_table_of_contents():
    listed = set()
    for text in PAGES.values():
        for block in re.findall(r"^```{toctree}\n(.*?)^```", text, re.MULTILINE | re.DOTALL):
            listed.update(line for line in block.split() if not line.startswith(":"))
    assert listed == {name.removesuffix(".md") for name in PAGES} - {"index"} | {"api/index"}


# The reference


def test_every_public_name_is_on_one_page_of_the_reference():
    reference = runpy.run_path(str(DOCS / "reference.py"))
    listed = [n for page in reference["pages"]() for names in page.tables.values() for n in names]
    assert len(listed) == len(set(listed))
    wanted = set()
    for module in reference["MODULES"]:
        found = importlib.import_module(module)
        wanted.update(
            f"{module}.{name}"
            for name in found.__all__
            if reference["documented"](getattr(found, name))
        )
    assert set(listed) == wanted
    for name in listed:
        module, _, last = name.rpartition(".")
        found = getattr(importlib.import_module(module), last)
        # A type alias has the words of its origin, and on Python 3.10 none.
        assert found.__doc__ or typing.get_origin(found), f"{name} says nothing"


@pytest.mark.slow
def test_the_pages_build_without_a_warning(tmp_path):
    """The command of docs/building.md."""
    for module in ("sphinx", "numpydoc", "pydata_sphinx_theme", "myst_parser"):
        pytest.importorskip(module, reason=f"{module} is not installed")
    options = ["-q", "-W", "--keep-going", "-n", "-d", str(tmp_path / "doctrees")]
    command = [sys.executable, "-m", "sphinx", *options, str(DOCS), str(tmp_path / "html")]
    run = subprocess.run(command, capture_output=True, text=True, timeout=600)
    assert run.returncode == 0, run.stderr[-6000:]
    assert (tmp_path / "html" / "api" / "generated" / "fusedmlp.Sequential.html").exists()


def test_the_edits_of_the_page_are_those_that_are_tested():
    draw = runpy.run_path(str(ROOT / "tools" / "draw_adding.py"))
    assert draw["page"](PAGES["adding.md"]) == PAGES["adding.md"], (
        "docs/adding.md is out of date: run python tools/draw_adding.py"
    )
