"""What a release needs of the tree itself: one version, a changelog in its form, pinned actions."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

import fusedmlp as fm

ROOT = Path(__file__).resolve().parents[1]
PROJECT = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
VERSION = re.search(r'^version = "(.+)"', PROJECT, re.M)[1]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))


def _sources():
    folders = ("python", "cpp", "cmake", "tools", "docs", ".github")
    for path in (p for folder in folders for p in (ROOT / folder).rglob("*")):
        if path.suffix in {".py", ".pyi", ".cpp", ".hpp", ".cmake", ".sh", ".yml", ".md"}:
            yield path


def test_the_version_stands_in_one_place():
    assert fm.__version__ == VERSION
    assert re.fullmatch(r"\d+\.\d+\.\d+(?:(?:a|b|rc)\d+)?", VERSION)
    own = re.compile(rf'version\W{{1,5}}"?{re.escape(VERSION)}\b', re.I)
    found = [str(p.relative_to(ROOT)) for p in _sources() if own.search(p.read_text("utf-8"))]
    assert found == []


def test_the_changelog_keeps_its_form():
    lines = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8").splitlines()
    versions = [line for line in lines if line.startswith("## ")]
    assert versions[0] == "## [Unreleased]"
    assert versions[1].startswith(f"## [{VERSION}] - ")
    for line in versions[1:]:
        assert re.fullmatch(r"## \[[\w.]+\] - (?:\d{4}-\d\d-\d\d|not released yet)", line), line
    kinds = {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}
    assert {line[4:] for line in lines if line.startswith("### ")} <= kinds


def test_every_extra_is_in_all():
    extras = PROJECT.split("[project.optional-dependencies]")[1].split("\n[")[0]
    names = set(re.findall(r"^(\w+) = \[", extras, re.M))
    everything = re.search(r'^all = \["fusedmlp\[(.+)\]"\]', extras, re.M)[1].split(",")
    # An MPI, test tools and peers are no part of "all".
    assert set(everything) == names - {"all", "mpi", "test", "bench", "dev", "docs"}


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda p: p.name)
def test_actions_are_pinned(path):
    text = path.read_text(encoding="utf-8")
    used = re.findall(r"uses: (\S+)(.*)", text)
    assert used
    for action, comment in used:
        assert re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40}", action), action
        assert re.fullmatch(r" # v\d+\.\d+\.\d+", comment), f"{action}: which version is that?"
    for package in re.findall(r"pip install (\w[^\n&]*)", text):
        for name in package.split():
            local = name.startswith((".", "-", "dist/", '"', "pytest", "mpmath", "hypothesis"))
            assert local or "==" in name, f"{path.name}: {name} has no version"


def test_the_address_is_written_where_it_is_needed(tmp_path):
    sys.path.insert(0, str(ROOT / "tools"))
    try:
        import set_address
    finally:
        sys.path.pop(0)
    address = "https://example.org/a/b"
    new = set_address.with_urls(PROJECT, address)
    assert set_address.with_urls(new, address) == new
    assert f'\n[project.urls]\nSource = "{address}"\n' in new
    page = set_address.with_links("[a](docs/a.md) ![b](b.png) [c](https://c) [d](#d)", address)
    whole = f"[a]({address}/blob/main/docs/a.md) ![b]({address}/raw/main/b.png)"
    assert page == f"{whole} [c](https://c) [d](#d)"


@pytest.mark.parametrize("script", sorted((ROOT / "tools").glob("*.sh")), ids=lambda p: p.name)
def test_scripts_can_be_run(script):
    assert script.stat().st_mode & 0o111
    subprocess.run(["bash", "-n", str(script)], check=True)
