"""The modules of the page that need no browser, run by Node where it is found."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from fusedmlp.playground.protocol import frame_of

JS = Path(__file__).parent / "js"
NODE = shutil.which("node")


@pytest.mark.skipif(NODE is None, reason="Node is not installed")
@pytest.mark.parametrize("path", sorted(JS.glob("*.test.mjs")), ids=lambda p: p.stem)
def test_modules_of_the_page(path):
    done = subprocess.run([NODE, "--test", path], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_frame_that_node_decodes_is_ours():
    arrays = {"b": np.array([7, 8], np.uint8), "c": np.array([[1.5]], np.float32)}
    written = re.search(r'FRAME = "(\w+)"', (JS / "frame.test.mjs").read_text())[1]
    assert frame_of({"a": 1}, arrays).hex() == written


def test_every_module_is_imported_by_its_name():
    static = Path(__file__).parents[2] / "python" / "fusedmlp" / "playground" / "static"
    for path in static.glob("*.js"):
        for name in re.findall(r'from "\./([\w.]+)"', path.read_text()):
            assert (static / name).is_file(), f"{path.name} imports {name}"
