"""A model of the command line: categories, a date, truth values, gaps, names beyond ASCII."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

import fusedmlp as fm
from fusedmlp.exchange.building import graph_of
from fusedmlp.exchange.table import raw_rows
from fusedmlp.table.task import Table

COLORS = np.array(["blau", "grün", "red \"?\"", None], dtype=object)  # fmt: skip


@dataclass
class TableModel:
    model: Any
    frame: dict[str, Any]
    raw: np.ndarray  # float32 rows of numbers, as an export takes them
    wanted: np.ndarray  # what the model gives for them
    inputs: list[str]
    classes: list[str]


def frame_of(n=80, seed=0):
    rng = np.random.default_rng(seed)
    size = rng.normal(50, 8, n).astype(np.float32).astype(np.float64)
    size[::7] = np.nan
    days = np.datetime64("2021-01-01") + rng.integers(0, 800, n).astype("timedelta64[D]")
    when = days.astype("datetime64[us]")
    when[::11] = np.datetime64("NaT", "s")
    return {
        "size": size,
        "color": COLORS[rng.integers(0, 4, n)],
        "old": rng.integers(0, 2, n).astype(bool),
        "town": np.array([f"t{k}" for k in rng.integers(0, 14, n)], dtype=object),
        "when": when,
        "weight": np.exp(rng.normal(0, 2, n)).astype(np.float32).astype(np.float64),
    }


def table_model(task):
    frame = frame_of()
    encoder = fm.table.Encoder().fit(frame)
    classes = ("ja", "nein \\ \"", "vielleicht") if task == "classify" else ()  # fmt: skip
    table = Table(task, "goal", encoder, classes, 12.0, 3.5, n_columns=7, target_index=6)
    if task == "regress":
        assert table.n_outputs == 1
    indices = encoder.category_columns_.tolist()
    assert indices and encoder.category_sizes_ == [15]
    layers = [
        fm.CategoryEmbedding(encoder.category_sizes_, dim=4, columns=indices),
        fm.Dense(16, "relu"), fm.BatchNorm(), fm.Dense(table.n_outputs),
    ]  # fmt: skip
    model = fm.Sequential(layers, in_features=table.n_inputs, seed=1)
    model.metadata["table"] = table.to_dict()
    inputs = graph_of(model._source("test"), "test", fold=True).inputs
    new = frame_of(40, 1)
    new["color"][:3] = ["unknown", "red \"?\"", None]  # fmt: skip
    raw = raw_rows(inputs, encoder, new).astype(np.float32)
    outputs = model.predict(table.inputs(new)[0])
    wanted = table.values(outputs)[:, None] if task == "regress" else outputs
    names = [given.name for given in inputs]
    return TableModel(model, new, raw, wanted, names, list(classes))
