"""The examples of C and JavaScript: exported, compiled and run."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"


def export(name, folder):
    script = EXAMPLES / name / "export.py"
    command = [sys.executable, script, folder]
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    assert run.stderr == ""
    assert float(re.search(r"test accuracy ([\d.]+)", run.stdout)[1]) > 0.9


def test_microcontroller(tmp_path):
    if shutil.which("gcc") is None:
        pytest.skip("gcc is not installed")
    export("microcontroller", tmp_path)
    shutil.copy(EXAMPLES / "microcontroller" / "main.c", tmp_path)
    command = ["gcc", "-std=c99", "-Wall", "-Wextra", "-Werror", "-pedantic", "-O2", "main.c"]
    subprocess.run([*command, "-lm", "-o", "digits"], cwd=tmp_path, check=True)
    run = subprocess.run(["./digits"], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert run.stdout == "self-test passed; the picture shows 0\n"
    assert (tmp_path / "digits.h").stat().st_size < 30_000


def test_browser(tmp_path):
    node = shutil.which("node")
    if node is None:
        pytest.skip("Node is not installed")
    export("browser", tmp_path)
    page = (EXAMPLES / "browser" / "index.html").read_text()
    script = re.search(r"<script type=\"module\">(.*)</script>", page, re.S)[1]
    (tmp_path / "page.mjs").write_text(script)
    # The page's own code is at least JavaScript, and what it imports is there.
    subprocess.run([node, "--check", "page.mjs"], cwd=tmp_path, check=True)
    command = [node, "digits.mjs"]
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert run.stdout == "self-test: passed\n"
