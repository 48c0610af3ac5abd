"""A large file: seconds and memory of reading it and of encoding its rows.

    python bench/table_files.py [--rows 300000] [--file FILE]

Without --file a CSV of 31 columns (27 numbers, two of text, one of whole numbers, two classes) is
written to a temporary folder. Each row of the result is measured in a process of its own; memory is
the peak of that process beyond what it held when the libraries were imported. Writes
bench/results/table-files-<cpu>.json.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import multiprocessing
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from common import peak_megabytes, save, slug

import fusedmlp as fm
from fusedmlp.benchmarks import machine

TRIES = 5


def write(path: Path, rows: int) -> None:
    rng = np.random.default_rng(0)
    columns: dict[str, Any] = {f"x{j}": rng.normal(size=rows).round(6) for j in range(27)}
    columns["color"] = rng.choice(["red", "green", "blue"], rows)
    columns["count"] = rng.integers(0, 100_000, rows)
    columns["y"] = rng.choice(["yes", "no"], rows)
    columns["place"] = np.where(rng.random(rows) < 0.5, "here, or there", "nowhere")
    pd.DataFrame(columns).to_csv(path, index=False)


def pandas_alone(path: Path) -> tuple[float, float]:
    before, began = peak_megabytes(), time.perf_counter()
    pd.read_csv(path)
    return time.perf_counter() - began, peak_megabytes() - before


def read(path: Path) -> tuple[float, float]:
    before, began = peak_megabytes(), time.perf_counter()
    fm.table.read(path)
    return time.perf_counter() - began, peak_megabytes() - before


def fit_encoder(path: Path) -> tuple[float, float]:
    frame = pd.read_csv(path)
    return _repeated(lambda: fm.table.Encoder().fit(frame))


def encode(path: Path) -> tuple[float, float]:
    frame = pd.read_csv(path)
    encoder = fm.table.Encoder().fit(frame)
    return _repeated(lambda: encoder.transform(frame))


def _repeated(run: Callable[[], object]) -> tuple[float, float]:
    before, times = peak_megabytes(), []
    for _ in range(TRIES):
        began = time.perf_counter()
        run()
        times.append(time.perf_counter() - began)
    return float(np.median(times)), peak_megabytes() - before


def train(path: Path) -> tuple[float, float]:
    from fusedmlp.cli import main

    before, began = peak_megabytes(), time.perf_counter()
    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()):
        out = str(Path(folder, "model.safetensors"))
        main(["train", str(path), "--target", "y", "--preset", "fast", "--max-seconds", "5",
              "--out", out])  # fmt: skip
    return time.perf_counter() - began, peak_megabytes() - before


WORK = {
    "pandas.read_csv": pandas_alone,
    "fm.table.read": read,
    "Encoder.fit": fit_encoder,
    "Encoder.transform": encode,
    "fusedmlp train --preset fast --max-seconds 5": train,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rows", type=int, default=300_000)
    parser.add_argument("--file", type=Path)
    args = parser.parse_args()
    facts, rows = machine.facts(), []
    with tempfile.TemporaryDirectory() as folder:
        path = args.file or Path(folder, "large.csv")
        if args.file is None:
            write(path, args.rows)
        size = path.stat().st_size / 2**20
        print(f"file of {size:.0f} MB\n| | seconds | MB | MB / file |\n|---|---|---|---|")
        for name, work in WORK.items():
            with multiprocessing.get_context("spawn").Pool(1) as pool:
                seconds, memory = pool.apply(work, (path,))
            print(f"| {name} | {seconds:.2f} | {memory:.0f} | {memory / size:.1f} |", flush=True)
            rows.append({"what": name, "seconds": seconds, "megabytes": memory})
    save(f"table-files-{slug(facts['cpu'] + ' ' + facts['backend'])}",
         {"machine": facts, "file_megabytes": size, "rows": rows})  # fmt: skip


if __name__ == "__main__":
    main()
