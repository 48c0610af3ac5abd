"""Python files of plain NumPy: they test themselves and give what ``predict`` gives."""

from __future__ import annotations

import runpy
import subprocess
import sys

import numpy as np
import pytest

import fusedmlp as fm
from exchange_cases import LAYERS, agree, model_of, rows_for
from exchange_tables import table_model


def script(path):
    """Run a file without this package, as a script."""
    command = [sys.executable, "-I", "-c", "import sys, runpy; sys.modules['fusedmlp'] = None; "
               "runpy.run_path(sys.argv[1], run_name='__main__')", path]  # fmt: skip
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("dtype, tolerance", [("float32", 1e-5), ("float64", 1e-12)])
@pytest.mark.parametrize("kind", LAYERS)
def test_every_layer(tmp_path, kind, dtype, tolerance):
    model, x = model_of(kind, dtype), rows_for(kind, dtype=dtype)
    model.to_numpy(tmp_path / "net.py", rows=x)
    found = runpy.run_path(tmp_path / "net.py")["predict"](x)
    assert found.dtype == dtype
    agree(found, model.predict(x), tolerance)
    done = script(tmp_path / "net.py")
    assert (done.returncode, done.stdout, done.stderr) == (0, "self-test: passed\n", "")


@pytest.mark.parametrize("task", ["classify", "regress"])
def test_a_table(tmp_path, task):
    table = table_model(task)
    table.model.to_numpy(tmp_path / "net.py", rows=table.frame)
    net = runpy.run_path(tmp_path / "net.py")
    agree(net["predict"](table.raw), table.wanted, 1e-5)
    assert net["INPUTS"] == table.inputs and net["selftest"]() == 0
    texts = {"color": "grün", "size": 48.0, "old": "YES", "town": "t3"}
    row = net["raw"]([texts])[0]
    assert row[table.inputs.index("color")] == 2 and np.isnan(row[table.inputs.index("weight")])
    if task == "classify":
        agree(net["probabilities"](table.raw), fm.functional.softmax(table.wanted), 1e-5)
        best = table.wanted.argmax(axis=1)
        assert net["classes"](table.raw) == [table.classes[k] for k in best]


def test_the_selftest_can_fail(tmp_path):
    model_of("plain").to_numpy(tmp_path / "net.py")
    text = (tmp_path / "net.py").read_text()
    (tmp_path / "net.py").write_text(text.replace("h = h @ w1", "h = 1.01 * h @ w1", 1))
    assert "1.01" in (tmp_path / "net.py").read_text()
    done = script(tmp_path / "net.py")
    assert done.returncode == 1 and "rows wrong" in done.stdout


def test_bad_input(tmp_path):
    with pytest.raises(ValueError, match=r"to_numpy: path must end in .py, got"):
        model_of("plain").to_numpy(tmp_path / "net.txt")
    model_of("plain").to_numpy(tmp_path / "net.py")
    with pytest.raises(ValueError, match=r"x must have shape \(rows, 6\), got \(2, 5\)"):
        runpy.run_path(tmp_path / "net.py")["predict"](np.zeros((2, 5)))


def test_all_operations_have_a_writer():
    from fusedmlp.exchange import to_c, to_js, to_numpy
    from fusedmlp.exchange.quantized import Quantized

    wanted = set(to_c.WRITERS) - {Quantized}
    assert set(to_numpy.NumpyWriter.writers) == set(to_js.JsWriter.writers) == wanted
