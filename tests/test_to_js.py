"""ES modules: Node runs their self-tests, and they give what ``predict`` gives."""

from __future__ import annotations

import json
import shutil
import subprocess

import numpy as np
import pytest

import fusedmlp as fm
from exchange_cases import LAYERS, agree, model_of, rows_for
from exchange_tables import table_model

NODE = shutil.which("node")
pytestmark = pytest.mark.skipif(NODE is None, reason="Node is not installed")
CALL = """
import * as net from "./net.mjs";
import { readFileSync } from "node:fs";
const rows = JSON.parse(readFileSync(0)).map((row) => row.map((v) => v ?? NaN));
console.log(JSON.stringify(rows.map((row) => Array.from(net.FUNCTION(row)))));
"""


def node(*arguments, folder, text=None):
    return subprocess.run(
        [NODE, *arguments], cwd=folder, input=text, capture_output=True, text=True, check=False
    )


def outputs(folder, x, function="predict"):
    (folder / "call.mjs").write_text(CALL.replace("FUNCTION", function))
    rows = [[None if np.isnan(v) else v for v in row] for row in x.astype(float).tolist()]
    done = node("call.mjs", folder=folder, text=json.dumps(rows))
    assert done.returncode == 0, done.stderr
    return np.array(json.loads(done.stdout))


@pytest.mark.parametrize("dtype, tolerance", [("float32", 1e-5), ("float64", 1e-12)])
@pytest.mark.parametrize("kind", LAYERS)
def test_every_layer(tmp_path, kind, dtype, tolerance):
    model, x = model_of(kind, dtype), rows_for(kind, dtype=dtype)
    model.to_js(tmp_path / "net.mjs", rows=x)
    agree(outputs(tmp_path, x), model.predict(x), tolerance)
    done = node(tmp_path / "net.mjs", folder=tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, "self-test: passed\n", "")


@pytest.mark.parametrize("task", ["classify", "regress"])
def test_a_table(tmp_path, task):
    table = table_model(task)
    table.model.to_js(tmp_path / "net.mjs", rows=table.frame)
    agree(outputs(tmp_path, table.raw), table.wanted, 1e-5)
    if task == "regress":
        return
    logits = table.wanted.astype(np.float64)
    agree(outputs(tmp_path, table.raw, "probabilities"), fm.functional.softmax(logits), 1e-5)
    (tmp_path / "names.mjs").write_text(
        'import { NAMES, CLASSES, raw, classOf, selftest } from "./net.mjs";\n'
        'const x = raw({ color: "grün", size: 48, old: "YES", town: "t3" });\n'
        "const known = CLASSES.includes(classOf(x));\n"
        "console.log(JSON.stringify([NAMES, CLASSES, x, known, selftest()]));"
    )
    names, classes, x, known, wrong = json.loads(node("names.mjs", folder=tmp_path).stdout)
    assert (names, classes, known, wrong) == (table.inputs, table.classes, True, 0)
    assert x[names.index("color")] == 2 and x[names.index("weight")] is None


def test_the_selftest_can_fail(tmp_path):
    model_of("plain").to_js(tmp_path / "net.mjs")
    text = (tmp_path / "net.mjs").read_text()
    (tmp_path / "net.mjs").write_text(text.replace("h[i] * w", "1.01 * h[i] * w", 1))
    done = node("net.mjs", folder=tmp_path)
    assert done.returncode == 1 and "8 rows wrong" in done.stdout


def test_bad_input(tmp_path):
    with pytest.raises(ValueError, match=r"to_js: path must end in .mjs or .js, got"):
        model_of("plain").to_js(tmp_path / "net.py")
    with pytest.raises(OSError, match="does not exist"):
        model_of("plain").to_js(tmp_path / "no" / "net.js")
    model_of("plain").to_js(tmp_path / "net.mjs")
    done = node("-e", "import('./net.mjs').then((n) => n.predict([1]))", folder=tmp_path)
    assert "x must have 6 numbers, got 1" in done.stderr
