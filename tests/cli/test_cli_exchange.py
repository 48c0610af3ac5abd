"""``fusedmlp export`` and ``import``."""

from __future__ import annotations

import runpy
import shutil
import subprocess

import numpy as np
import pytest

import fusedmlp as fm
from fusedmlp.functional import softmax

from .tables import flowers, line, rows_of


@pytest.fixture
def flower_model(run):
    """A single net; :func:`test_an_ensemble` exports those of the other presets."""
    flowers("flowers.csv")
    run("train", "flowers.csv", "--hidden", "32", "--learning-rate", 0.01, "--preset", "plain")
    return "model.safetensors"


def test_a_table_model_in_numpy(run, flower_model):
    assert run("export", flower_model, "--to", "numpy", "net.py", "--data", "flowers.csv") == (
        "net.py: numpy\n"
    )
    net = runpy.run_path("net.py")
    assert net["selftest"]() == 0
    flowers("new.csv", 40, 7)
    with open("new.csv", encoding="utf-8") as file:
        given = rows_of(file.read())
    table = [{**row, "size": float(row["size"]), "height": float(row["height"])} for row in given]
    rows = rows_of(run("predict", flower_model, "new.csv"))
    assert net["classes"](net["raw"](table)) == [row["prediction"] for row in rows]
    wanted = [[float(v) for k, v in row.items() if k != "prediction"] for row in rows]
    np.testing.assert_allclose(net["probabilities"](net["raw"](table)), wanted, atol=1e-5)


def test_a_regression_without_header_in_c(run):
    if shutil.which("gcc") is None:
        pytest.skip("gcc is not installed")
    line("line.csv", header=False)
    run("train", "line.csv", "--no-header", "--task", "regress", "--epochs", 3, "--preset", "plain")
    options = ("--data", "line.csv", "--name", "line", "--double", "--int8")
    run("export", "model.safetensors", "--to", "c", "line.c", *options)
    with open("main.c", "w") as file:
        file.write('#include "line.h"\nint main(void) { return line_selftest(); }\n')
    command = ["gcc", "-std=c99", "-Wall", "-Wextra", "-Werror", "-pedantic", "main.c", "line.c"]
    subprocess.run([*command, "-lm", "-o", "program"], check=True)
    assert subprocess.run(["./program"], check=False).returncode == 0


@pytest.mark.parametrize("kind", ["classes", "values"])
def test_an_ensemble(run, kind):
    """What ``fusedmlp train`` writes without options, in Python, C and JavaScript."""
    if kind == "classes":
        flowers("data.csv")
        flowers("new.csv", 40, 7)
    else:
        line("data.csv")
        line("new.csv", 40)
    said = run("train", "data.csv", "--epochs", 2, "--hidden", "16,8")
    assert "networks, hidden 16-8" in said
    rows = rows_of(run("predict", "model.safetensors", "new.csv"))
    if kind == "classes":
        wanted = [[float(v) for k, v in row.items() if k != "prediction"] for row in rows]
    else:
        wanted = [[float(row["prediction"])] for row in rows]
    files = {"numpy": "net.py", "js": "net.mjs", "c": "net.h"}
    files |= {"torch": "net.pt", "onnx": "net.onnx"}
    for target, file in files.items():
        if target in ("torch", "onnx"):
            pytest.importorskip(target)
        data = () if target == "torch" else ("--data", "new.csv")
        assert run("export", "model.safetensors", "--to", target, file, *data) == (
            f"{file}: {target}\n"
        )
    net = runpy.run_path("net.py")
    assert net["selftest"]() == 0 and len(net["ROWS"]) == 8
    with open("new.csv", encoding="utf-8") as file:
        given = [{k: _number(v) for k, v in row.items()} for row in rows_of(file.read())]
    found = net["predict"](net["raw"](given))
    scale = np.abs(wanted).max()
    np.testing.assert_allclose(found / scale, wanted / scale, atol=2e-6)
    if shutil.which("node") is not None:
        done = subprocess.run(["node", "net.mjs"], capture_output=True, text=True, check=True)
        assert done.stdout == "self-test: passed\n"


def _number(text):
    try:
        return float(text)
    except ValueError:
        return text


@pytest.mark.skipif(shutil.which("node") is None, reason="Node is not installed")
def test_javascript(run, flower_model):
    run("export", flower_model, "--to", "js", "net.mjs")
    done = subprocess.run(["node", "net.mjs"], capture_output=True, text=True, check=True)
    assert done.stdout == "self-test: passed\n"


@pytest.mark.peers
def test_torch(run):
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    model = fm.MLP([3, 4, 2], seed=0)
    model.save("net.safetensors")
    run("export", "net.safetensors", "--to", "torch", "net.pt")
    state = torch.load("net.pt", weights_only=True)
    assert np.array_equal(state["0.weight"].numpy().T, model.parameters()["0.weight"])


@pytest.mark.peers
def test_onnx_out_and_in(run, fails):
    pytest.importorskip("onnx", reason="onnx is not installed")
    model = fm.MLP([3, 4, 2], "gelu", norm="layer", seed=0)
    model.save("net.safetensors")
    run("export", "net.safetensors", "--to", "onnx", "net.onnx", "--probabilities")
    assert "saved back.safetensors" in run("import", "net.onnx", "--out", "back.safetensors")
    back, x = fm.load("back.safetensors"), np.ones((2, 3), np.float32)
    assert np.array_equal(back.theta, model.theta)
    np.testing.assert_allclose(back.predict(x), softmax(model.predict(x)), atol=1e-6)
    with open("bad.onnx", "wb") as file:
        file.write(b"nothing")
    assert "is no" in fails("import", "bad.onnx", "--out", "new.safetensors")


@pytest.mark.parametrize(
    "options, message",
    [
        (["--to", "js", "net.mjs", "--int8"], "--int8 goes with --to c, got --to js"),
        (["--to", "c", "net.h", "--probabilities"], "--probabilities goes with --to onnx"),
        (["--to", "torch", "net.pt", "--data", "x.csv"], "--data makes a self-test"),
        (["--to", "c", "net.txt"], "path must end in .h or .c"),
        (["--to", "c", "net.safetensors"], "would replace the input"),
        (["--to", "c", "no/net.h"], "does not exist"),
        (["--to", "word", "net.h"], "invalid choice"),
        (["net.h"], "the following arguments are required: --to"),
    ],
)
def test_mistakes(fails, options, message):
    fm.MLP([3, 4, 2], seed=0).save("net.safetensors")
    assert message in fails("export", "net.safetensors", *options)
