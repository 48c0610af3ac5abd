"""One row through ours, the C export, onnxruntime, PyTorch, Keras and scikit-learn.

    python bench/exchange.py [--rounds 200] [--name NAME]

The same network (64-64-10 and 64-256-256-10, ReLU, float32) in all of them; each call is timed
alone, in turns, and the median counts. What is not installed is left out and named. The C export is
compiled with -O3 -march=native and called through ctypes: its time holds about 0.3 us of ctypes.
Writes bench/results/exchange-<cpu>.json.
"""

from __future__ import annotations

import argparse
import ctypes
import os
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from common import save, slug

import fusedmlp as fm
from fusedmlp.benchmarks import machine
from fusedmlp.benchmarks.timing import wait_until_idle

SHAPES = [(64, 64, 10), (64, 256, 256, 10)]
Call = Callable[[], Any]


def ours(model: Any, x: np.ndarray, folder: Path) -> Call:
    out = np.empty(model.out_features, np.float32)
    return lambda: model.predict_one(x, out)


def in_c(model: Any, x: np.ndarray, folder: Path, int8: bool = False) -> Call:
    compiler = shutil.which("gcc")
    if compiler is None:
        raise ImportError("gcc")
    stem = f"net{int(int8)}"
    model.to_c(folder / f"{stem}.c", "net", int8=int8)
    library = folder / f"{stem}.so"
    flags = ["-std=c99", "-O3", "-march=native", "-shared", "-fPIC"]
    subprocess.run([compiler, *flags, folder / f"{stem}.c", "-o", library, "-lm"], check=True)
    predict = ctypes.CDLL(str(library)).net_predict
    y = np.empty(model.out_features, np.float32)
    pointers = [ctypes.c_void_p(a.ctypes.data) for a in (x, y)]

    def call(kept: Any = (x, y)) -> Any:
        predict(*pointers)
        return y

    return call


def in_c_int8(model: Any, x: np.ndarray, folder: Path) -> Call:
    return in_c(model, x, folder, int8=True)


def onnxruntime(model: Any, x: np.ndarray, folder: Path) -> Call:
    import onnxruntime

    model.to_onnx(folder / "net.onnx")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(
        str(folder / "net.onnx"), options, providers=["CPUExecutionProvider"]
    )
    feed = {"x": x[None]}
    return lambda: session.run(None, feed)[0]


def torch(model: Any, x: np.ndarray, folder: Path) -> Call:
    import torch

    torch.set_num_threads(1)
    net, row = model.to_torch(), torch.from_numpy(x[None])

    def call() -> Any:
        with torch.inference_mode():
            return net(row)

    return call


def keras(model: Any, x: np.ndarray, folder: Path) -> Call:
    os.environ.setdefault("KERAS_BACKEND", "torch")
    import keras

    layers = [keras.layers.Dense(layer.units, layer.activation) for layer in model.layers]
    net = keras.Sequential([keras.layers.Input((model.in_features,)), *layers])
    net.set_weights(list(model.parameters().values()))
    row = keras.ops.convert_to_tensor(x[None])
    return lambda: keras.ops.convert_to_numpy(net(row, training=False))


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
    return lambda: net.predict(x[None])


CALLS = {"ours": ours, "C": in_c, "C, 8 bits": in_c_int8, "onnxruntime": onnxruntime,
         "PyTorch": torch, "Keras": keras, "scikit-learn": sklearn}  # fmt: skip


def measure(shape: tuple[int, ...], rounds: int, folder: Path) -> list[dict[str, Any]]:
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
            for _ in range(20):
                call()
            times[name].append((time.perf_counter() - start) / 20 * 1e6)
    sizes = {"C": "net0.c", "C, 8 bits": "net1.c", "onnxruntime": "net.onnx"}
    rows = []
    for name, found in times.items():
        row = {"shape": "-".join(map(str, shape)), "what": name,
               "microseconds": round(statistics.median(found), 3)}  # fmt: skip
        if name in sizes:
            row["file_bytes"] = (folder / sizes[name]).stat().st_size
        rows.append(row)
        print(f"{row['shape']:>16}  {name:<14} {row['microseconds']:9.2f} us")
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--name", help="of the result; the processor's without it")
    args = parser.parse_args()
    facts = machine.facts()
    wait_until_idle()
    with tempfile.TemporaryDirectory() as folder, fm.num_threads(1):
        rows = [row for shape in SHAPES for row in measure(shape, args.rounds, Path(folder))]
    save(f"exchange-{args.name or slug(facts['cpu'])}", {"machine": facts, "rows": rows})


if __name__ == "__main__":
    main()
