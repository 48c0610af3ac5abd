"""README.md: its numbers are those of bench/results, and its scripts run."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
TEXT = (ROOT / "README.md").read_text(encoding="utf-8")
SCRIPTS = re.findall(r"```python\n(.*?)```", TEXT, re.S)
TOOL = str(ROOT / "tools" / "readme_tables.py")


def test_tables_and_picture_are_what_was_measured():
    done = subprocess.run([sys.executable, TOOL, "--check"], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_changed_number_is_seen(tmp_path):
    for folder in ("tools", "bench/results", "docs/images"):
        (tmp_path / folder).mkdir(parents=True)
    for path in [*(ROOT / "tools").glob("*.py"), *(ROOT / "bench/results").glob("*.json")]:
        (tmp_path / path.relative_to(ROOT)).write_bytes(path.read_bytes())
    tool = str(tmp_path / "tools" / "readme_tables.py")
    (tmp_path / "README.md").write_text(TEXT, encoding="utf-8")
    subprocess.run([sys.executable, tool], check=True)
    assert (tmp_path / "README.md").read_text("utf-8") == TEXT
    row = re.search(r"\| (\d+)x \|", TEXT)
    wrong = TEXT.replace(row[0], f"| {int(row[1]) + 1}x |", 1)
    (tmp_path / "README.md").write_text(wrong, encoding="utf-8")
    done = subprocess.run([sys.executable, tool, "--check"], capture_output=True, text=True)
    assert done.returncode == 1 and "README.md is not what bench/results say" in done.stdout


@pytest.mark.parametrize("number", range(len(SCRIPTS)))
def test_scripts_run(number, tmp_path, monkeypatch):
    script = SCRIPTS[number]
    for package in ("sklearn", "pandas"):
        if package in script:
            pytest.importorskip(package)
    monkeypatch.chdir(tmp_path)
    exec(compile(script, f"README.md, script {number}", "exec"), {"__name__": "__main__"})


def test_there_are_three_scripts():
    assert len(SCRIPTS) == 3


def test_what_it_links_to_exists():
    for target in re.findall(r"\]\((?!https?:|#)([^)#\s]+)", TEXT):
        assert (ROOT / target).exists(), target
