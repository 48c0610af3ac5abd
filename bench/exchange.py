"""One row through ours, the C export, onnxruntime, PyTorch, Keras and scikit-learn.

    python bench/exchange.py [--rounds 200]
    python bench/exchange.py --page       write the table of docs/exchange.md from the result

The same network (64-64-10 and 64-256-256-10, ReLU, float32) in all of them, on one thread; the ways
take turns, 20 calls at a time, and the median over the rounds counts. What is not installed is left
out and named. The C export is called in a loop in C, all others from Python. Keras runs on
PyTorch unless KERAS_BACKEND says otherwise. Writes bench/results/exchange.json.
"""

from __future__ import annotations

import argparse
import ctypes
import json
import os
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from common import RESULTS, ROOT, save

import fusedmlp as fm
from fusedmlp.benchmarks import machine
from fusedmlp.benchmarks.timing import wait_until_idle

SHAPES = [(64, 64, 10), (64, 256, 256, 10)]
BEGIN, END = "<!-- written by bench/exchange.py --page -->", "<!-- end -->"
REPEATS = 20  # calls in a row
Call = Callable[[], Any]  # computes the row REPEATS times and returns the last outputs
LOOP = """
#include "{stem}.h"
void loop(const float *x, float *y, int n) {{ while (n--) net_predict(x, y); }}
"""


def repeated(call: Callable[[], Any]) -> Call:
    def many() -> Any:
        for _ in range(REPEATS):
            y = call()
        return y

    return many


def ours(model: Any, x: np.ndarray, folder: Path) -> Call:
    out = np.empty(model.out_features, np.float32)
    return repeated(lambda: model.predict_one(x, out))


def in_c(*flags: str, int8: bool = False) -> Callable[[Any, np.ndarray, Path], Call]:
    def make(model: Any, x: np.ndarray, folder: Path) -> Call:
        compiler = shutil.which("gcc")
        if compiler is None:
            raise ImportError("gcc")
        stem = "net8" if int8 else "net"
        model.to_c(folder / f"{stem}.c", "net", int8=int8)
        (folder / "loop.c").write_text(LOOP.format(stem=stem))
        library = folder / f"{stem}{''.join(flags)}.so"
        # Two files: what is the same in every turn of a loop would be computed once.
        sources = [folder / f"{stem}.c", folder / "loop.c"]
        command = [compiler, "-std=c99", *flags, "-shared", "-fPIC", *sources, "-o", library, "-lm"]
        subprocess.run(command, check=True)
        loop = ctypes.CDLL(str(library)).loop
        y = np.empty(model.out_features, np.float32)
        pointers = [ctypes.c_void_p(a.ctypes.data) for a in (x, y)]

        def call(kept: Any = (x, y)) -> Any:
            loop(*pointers, REPEATS)
            return y

        return call

    return make


def onnxruntime(model: Any, x: np.ndarray, folder: Path) -> Call:
    import onnxruntime

    model.to_onnx(folder / "net.onnx")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(
        str(folder / "net.onnx"), options, providers=["CPUExecutionProvider"]
    )
    feed = {"x": x[None]}
    return repeated(lambda: session.run(None, feed)[0])


def torch(model: Any, x: np.ndarray, folder: Path) -> Call:
    import torch

    torch.set_num_threads(1)
    net, row = model.to_torch(), torch.from_numpy(x[None])

    def call() -> Any:
        with torch.inference_mode():
            return net(row)

    return repeated(call)


def keras(model: Any, x: np.ndarray, folder: Path) -> Call:
    os.environ.setdefault("KERAS_BACKEND", "torch")
    import keras

    layers = [keras.layers.Dense(layer.units, layer.activation) for layer in model.layers]
    net = keras.Sequential([keras.layers.Input((model.in_features,)), *layers])
    net.set_weights(list(model.parameters().values()))
    row = keras.ops.convert_to_tensor(x[None])
    return repeated(lambda: keras.ops.convert_to_numpy(net(row, training=False)))


def sklearn(model: Any, x: np.ndarray, folder: Path) -> Call:
    import warnings

    from sklearn.neural_network import MLPRegressor

    hidden = tuple(layer.units for layer in model.layers[:-1])
    net = MLPRegressor(hidden_layer_sizes=hidden, max_iter=1, random_state=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        net.fit(np.zeros((10, model.in_features), np.float32), np.zeros((10, model.out_features)))
    values = list(model.parameters().values())
    net.coefs_, net.intercepts_ = values[0::2], values[1::2]
    return repeated(lambda: net.predict(x[None]))


FAST = ("-O3", "-march=native")
CALLS = {
    "ours, predict_one": ours, "C, -O2": in_c("-O2"), "C, -O3 -march=native": in_c(*FAST),
    "C, 8 bits, -O3 -march=native": in_c(*FAST, int8=True), "onnxruntime": onnxruntime,
    "PyTorch": torch, "Keras": keras, "scikit-learn": sklearn,
}  # fmt: skip
# Whose way needs a file: its size is kept too.
FILES = {"C, -O2": "net.c", "C, 8 bits, -O3 -march=native": "net8.c", "onnxruntime": "net.onnx"}


def measure(shape: tuple[int, ...], rounds: int, folder: Path) -> list[dict[str, Any]]:
    # A folder for each net: a library that is loaded is not read anew from the same path.
    folder = folder / "-".join(map(str, shape))
    folder.mkdir()
    model = fm.MLP(list(shape), "relu", seed=0)
    x = np.random.default_rng(0).normal(size=shape[0]).astype(np.float32)
    calls: dict[str, Call] = {}
    for name, make in CALLS.items():
        try:
            calls[name] = make(model, x, folder)
        except ImportError as error:
            print(f"left out: {name} ({error})")
    wanted = model.predict_one(x)
    times: dict[str, list[float]] = {name: [] for name in calls}
    for name, call in calls.items():
        found = np.asarray(call()).reshape(-1)
        limit = 0.1 if "8 bits" in name else 1e-4
        assert np.abs(found - wanted).max() < limit * np.abs(wanted).max(), name
    for _ in range(rounds):
        for name, call in calls.items():
            start = time.perf_counter()
            call()
            times[name].append((time.perf_counter() - start) / REPEATS * 1e6)
    rows = []
    for name, found in times.items():
        row = {"shape": folder.name, "what": name,
               "microseconds": round(statistics.median(found), 3)}  # fmt: skip
        if name in FILES:
            row["file_bytes"] = (folder / FILES[name]).stat().st_size
        rows.append(row)
        print(f"{row['shape']:>16}  {name:<30} {row['microseconds']:9.2f} us")
    return rows


def page(result: dict[str, Any]) -> str:
    """Return the table of the documentation."""
    rows, facts = result["rows"], result["machine"]
    shapes = list(dict.fromkeys(row["shape"] for row in rows))
    found = {(row["what"], row["shape"]): row for row in rows}
    lines = [
        "| one row, microseconds | " + " | ".join(shapes) + " |",
        "|---" * (len(shapes) + 1) + "|",
    ]
    for what in dict.fromkeys(row["what"] for row in rows):
        times = [found[what, shape]["microseconds"] for shape in shapes]
        cells = [f"{t:.3g}" if t < 100 else f"{t:.0f}" for t in times]
        lines.append(f"| {what} | " + " | ".join(cells) + " |")
    sizes = [f"{found[what, shapes[-1]]['file_bytes'] // 1000} KB ({what.split(', -')[0]})"
             for what in FILES if (what, shapes[-1]) in found]  # fmt: skip
    versions = ", ".join(f"{name} {number}" for name, number in result["versions"].items())
    return "\n".join([
        *lines, "", f"{facts['cpu']}, one thread, float32, ReLU. {versions}.",
        f"Files of the {shapes[-1]} net: {', '.join(sizes)}.",
    ])  # fmt: skip


def versions() -> dict[str, str]:
    """Return the versions of what is compared."""
    names = ("onnxruntime", "torch", "keras", "scikit-learn")
    found = {
        name: metadata.version(name)
        for name in names
        if find_spec(name.replace("scikit-learn", "sklearn"))
    }
    if shutil.which("gcc"):
        text = subprocess.run(
            ["gcc", "-dumpfullversion"], capture_output=True, text=True, check=True
        )
        found["gcc"] = text.stdout.strip()
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--page", action="store_true")
    args = parser.parse_args()
    if args.page:
        result = json.loads((RESULTS / "exchange.json").read_text())
        path = ROOT / "docs" / "exchange.md"
        before, rest = path.read_text(encoding="utf-8").split(BEGIN)
        text = f"{before}{BEGIN}\n{page(result)}\n{END}{rest.partition(END)[2]}"
        path.write_text(text, encoding="utf-8")
        return print(f"written: {path}")
    facts = machine.facts()
    wait_until_idle()
    with tempfile.TemporaryDirectory() as folder, fm.num_threads(1):
        rows = [row for shape in SHAPES for row in measure(shape, args.rounds, Path(folder))]
    save("exchange", {"machine": facts, "versions": versions(), "rows": rows})


if __name__ == "__main__":
    main()
