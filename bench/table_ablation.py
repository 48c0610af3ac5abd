"""The recipe for tables with each of its pieces off: what does not help should go.

    python bench/table_ablation.py [--preset fast] [--rows 3000] [--splits 1] [--tables ames,...]
        [--only "no dropout,..."]

On splits of the training rows of the open tables (at most --rows each), so that the rows to be
judged on stay unseen. Printed and kept in bench/results/table-ablation.json: geometric means over
the tables of error, and log-loss of classes, each divided by that of the whole recipe.
"""

from __future__ import annotations

import argparse
import contextlib
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any
from unittest import mock

import numpy as np
from common import save
from table_data import TABLES, Table, load
from tables import judge, ours

from fusedmlp.benchmarks import machine
from fusedmlp.layers import Dense, Scale
from fusedmlp.schedules import constant, cosine
from fusedmlp.table import Encoder
from fusedmlp.tabular import clock, fitting, nets, network
from fusedmlp.tabular.classes import ClassHead


def _plain_dense(units: int, activation: str | None = None, **options: Any) -> Dense:
    return Dense(units, activation, **{**options, "trainable_activation": False})


def _patch(where: Any, **names: Any) -> Callable[[], Any]:
    return lambda: mock.patch.multiple(where, **names)


# Name: parameters of the estimators, and what is replaced.
PIECES: dict[str, tuple[dict[str, Any], Callable[[], Any]]] = {
    "the whole recipe": ({}, contextlib.nullcontext),
    "one member": ({"n_members": 1}, contextlib.nullcontext),
    "numbers without embedding": ({"embedding": "none"}, contextlib.nullcontext),
    "periodic embedding alone": ({"embedding": "periodic"}, contextlib.nullcontext),
    "piecewise embedding alone": ({"embedding": "piecewise"}, contextlib.nullcontext),
    "standardised numbers": ({}, _patch(fitting, Encoder=partial(Encoder, numeric="standard"))),
    "no trained scale of inputs": (
        {}, _patch(network, Scale=lambda lr_scale: Scale(lr_scale=0.0)),
    ),
    "one learning rate for all": ({}, _patch(network, _SCALE_LR=1.0, _SMALL_LR=1.0)),
    "no trained activation": ({}, _patch(network, Dense=_plain_dense)),
    "first values without data": ({}, _patch(nets, fit_to_data=lambda model, X: None)),
    "one cosine wave": ({}, _patch(clock, coslog=lambda lr, steps: cosine(lr, steps))),
    "constant dropout and decay": (
        {}, _patch(clock, flat_cosine=lambda lr, steps: constant(lr)),
    ),
    "no dropout": ({"dropout": 0.0}, contextlib.nullcontext),
    "no weight decay": ({"weight_decay": 0.0}, contextlib.nullcontext),
    "label smoothing 0.1": ({"label_smoothing": 0.1}, contextlib.nullcontext),
    "no calibration": ({}, _patch(ClassHead, calibrate=lambda *args: None)),
}  # fmt: skip


def cases(names: list[str], splits: int, rows: int) -> Iterator[Table]:
    """Yield the tables to be measured on, cut to a number of rows."""
    for name in names:
        for split in range(splits):
            table = load(name, choose=split)
            keep = np.random.default_rng(0).permutation(len(table.y))[:rows]
            yield table._replace(X=table.X.iloc[keep], y=table.y[keep])


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--preset", default="fast")
    parser.add_argument("--rows", type=int, default=3000)
    parser.add_argument("--splits", type=int, default=1)
    parser.add_argument("--tables", default=",".join(TABLES))
    parser.add_argument("--only", default=",".join(PIECES))
    args = parser.parse_args()
    tables = list(cases(args.tables.split(","), args.splits, args.rows))
    chosen = dict.fromkeys(["the whole recipe", *args.only.split(",")])
    logs: dict[str, dict[str, list[float]]] = {}
    result = []
    print("| | error | log-loss |\n|---|---|---|")
    for piece in chosen:
        options, replaced = PIECES[piece]
        with replaced():
            found = [judge(t, ours(t, 0, {"preset": args.preset, **options})) for t in tables]
        logs[piece] = {
            key: [float(np.log(max(f[key], 1e-6))) for f in found if key in f]
            for key in ("error", "log_loss")
        }
        whole = logs["the whole recipe"]
        row: dict[str, Any] = {"piece": piece}
        for key, values in logs[piece].items():
            row[key] = float(np.exp(np.mean(np.subtract(values, whole[key])))) if values else None
        result.append(row)
        shown = "-" if row["log_loss"] is None else f"{row['log_loss']:.3f}"
        print(f"| {piece} | {row['error']:.3f} | {shown} |", flush=True)
        save("table-ablation", {"machine": machine.facts(), "options": vars(args), "rows": result},
             quiet=True)  # fmt: skip


if __name__ == "__main__":
    main()
