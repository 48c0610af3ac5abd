"""Nets whose trained weights are kept as hashes, for test_golden.py and tools/golden.py.

Data are whole numbers divided by powers of two, so that no other library has a say in them.
"""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

import fusedmlp as fm
from support import every_layer


def _table_net() -> fm.Sequential:
    columns = fm.Columns([
        fm.NumericEmbedding("periodic", 4, columns=[0, 1, 2]),
        fm.CategoryEmbedding([8], 3, columns=[8]),
    ])  # fmt: skip
    layers = [columns, fm.Dense(40, "mish", weight_scale="ntk"), fm.Scale(), fm.Dense(4)]
    return fm.Sequential(layers, in_features=9, seed=0)


# Name: the net, the loss, the optimizer, the rows of a batch.
NETS: dict[str, tuple[Callable[[], fm.Sequential], str, Callable[[], Any], int]] = {
    "tiny": (lambda: fm.MLP([9, 8, 4], seed=0), "cross_entropy", fm.optim.SGD, 1),
    "small": (lambda: fm.MLP([9, 16, 4], seed=0), "cross_entropy", fm.optim.Adam, 8),
    "small tanh": (lambda: fm.MLP([9, 32, 32, 4], "tanh", seed=0), "mse", fm.optim.RMSprop, 32),
    "odd": (lambda: fm.MLP([9, 33, 17, 4], "silu", seed=0), "huber", fm.optim.NAdam, 13),
    "wide": (lambda: fm.MLP([9, 300, 4], "gelu", seed=0), "cross_entropy", fm.optim.AdamW, 128),
    "deep": (
        lambda: fm.MLP([9, 64, 64, 64, 4], "elu", dropout=0.2, norm="layer", seed=0),
        "mae", lambda: fm.optim.Lion(lr=1e-3), 64,
    ),
    "batch norm": (
        lambda: fm.MLP([9, 130, 70, 4], "leaky_relu", norm="batch", seed=0),
        "cross_entropy", lambda: fm.optim.SGD(0.01, momentum=0.9, nesterov=True), 200,
    ),
    "large batch": (lambda: fm.MLP([9, 257, 65, 4], seed=0), "log_cosh", fm.optim.Adamax, 512),
    "float64": (
        lambda: fm.MLP([9, 65, 33, 4], "softplus", dtype="float64", seed=0),
        "mse", fm.optim.Adagrad, 50,
    ),
    "float64 classes": (
        lambda: fm.MLP([9, 20, 4], "sigmoid", dtype="float64", seed=0),
        "cross_entropy", fm.optim.RAdam, 16,
    ),
    "every layer": (lambda: every_layer(48, inputs=9, outputs=4, seed=0), "cross_entropy",
                    fm.optim.Adadelta, 100),
    "table": (_table_net, "cross_entropy", fm.optim.Rprop, 600),
}  # fmt: skip


def file_of(level: str) -> Path:
    """Return the file that keeps the hashes of a level; "base" is another one on each processor."""
    name = f"{level}_{platform.machine()}" if level == "base" else level
    return Path(__file__).parent / "data" / f"golden_{name}.json"


def numbers(rows: int, columns: int, offset: int) -> np.ndarray:
    """Return fractions between -4 and 4, in no order."""
    k = np.arange(rows * columns, dtype=np.uint64) + np.uint64(offset)
    mixed = (k * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(54)  # Fibonacci hashing: 10 bits
    return ((mixed.astype(np.float64) - 512.0) / 128.0).reshape(rows, columns)


def hash_of(*arrays: np.ndarray) -> str:
    """Return the first half of the SHA-256 of some arrays."""
    return hashlib.sha256(b"".join(a.tobytes() for a in arrays)).hexdigest()[:32]


def hashes_of(name: str, threads: int = 1) -> dict[str, str]:
    """Train a net with the kernels in use; return hashes of its weights before and after, and of
    what it predicts."""
    make, loss, optimizer, batch = NETS[name]
    model, rows = make(), 600
    x = numbers(rows, 9, 1)
    x[:, 8] = np.abs(x[:, 8]).astype(int)  # a category, where the net takes one
    y = np.arange(rows) * 7 % 11 % 4 if loss == "cross_entropy" else numbers(rows, 4, 77)
    found = {"first weights": hash_of(model.theta)}
    model.fit(x, y, loss=loss, optimizer=optimizer(), epochs=2, batch_size=batch,
              num_threads=threads, doctor=False)  # fmt: skip
    found["weights"] = hash_of(model.theta, model.buffers)
    found["predictions"] = hash_of(model.predict(x))
    return found
