"""Every example runs, says its result, and draws its picture."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"
# What the last line says, and bounds for its first number.
RESULTS = {
    "xor": (r"two layers: accuracy ([\d.]+)", 1.0, 1.0),
    "logistic_regression": (r"accuracy ([\d.]+)", 0.85, 0.95),
    "digits": (r"test accuracy ([\d.]+)", 0.96, 1.0),
    "optimizers": (r"Adam .* accuracy ([\d.]+)", 0.97, 1.0),
    "learning_rates": (r"good .* loss ([\d.]+)", 0.0, 0.1),
    "regression": (r"within the band ([\d.]+)", 0.74, 0.86),
    "gan": (r"(\d+)% of the points", 70, 100),
    "char_mlp": (r"([\d.]+) bits per character", 0.0, 1.0),
}
DRAWING = sorted(set(RESULTS) - {"char_mlp"})


def test_every_example_is_tested():
    assert {path.stem for path in EXAMPLES.glob("*.py")} >= set(RESULTS)


@pytest.mark.slow
@pytest.mark.parametrize("name", RESULTS)
def test_example(name, tmp_path):
    picture = tmp_path / "picture.png"
    command = [sys.executable, str(EXAMPLES / f"{name}.py")]
    if name in DRAWING:
        pytest.importorskip("matplotlib", reason="matplotlib is not installed")
        command += ["--out", str(picture)]
    run = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    assert run.stderr == ""
    pattern, low, high = RESULTS[name]
    assert low <= float(re.search(pattern, run.stdout)[1]) <= high
    if name in DRAWING:
        assert picture.read_bytes().startswith(b"\x89PNG") and picture.stat().st_size < 60_000
