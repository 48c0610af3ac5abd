"""Ranks of an MPI job: time of a step on 1, 2, 4 ranks, and what the sum of the gradients takes.

    python bench/distributed.py [--ranks 1,2,4] [--rounds 3] [--nets NAME,...] [--batches 1,2,4]
    python bench/distributed.py --page       write the tables of docs/scaling.md from the results

Every net runs with its usual batch and with larger ones, one thread to a rank, on all numbers of
ranks in turns; a net whose gradient is summed in parts also with one sum at the end of the backward
pass. "no sums" is what the machine allows: as many processes as ranks, each with its part of the
batch, that know nothing of each other. With more ranks than processors they take the processors
away from each other: such rows are marked. Writes bench/results/distributed-<cpu>.json.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from common import RESULTS, ROOT, numbers, save, slug
from scaling import tables, with_tables

import fusedmlp as fm
from fusedmlp.benchmarks import machine
from fusedmlp.benchmarks.nets import Net, net
from fusedmlp.distributed import gradient_sum

NETS = ("8-64-64-4", "784-256-128-10", "784-512-512-10", "1024x3-10")
TARGET = {"net": "1024x3-10", "batch": 256, "ranks": 2, "speedup": 1.6}
SIZES = (1, 2**10, 2**14, 2**17, 2**20, 2**22)  # floats that are summed


def worker(names: list[str], batches: list[int]) -> None:
    """One rank: measure all nets and print the result as JSON on rank 0."""
    from mpi4py import MPI

    comm, rows = MPI.COMM_WORLD, []
    for name in names:
        for factor in batches:
            rows.append(_row(comm, name, factor))
    sums = [{"bytes": 4 * size, "seconds": _sum(comm, MPI, size)} for size in SIZES]
    if comm.rank == 0:
        print(json.dumps({"ranks": comm.size, "rows": rows, "sums": sums}))


def _row(comm: Any, name: str, factor: int) -> dict[str, Any]:
    """Seconds of a step of a net."""
    n, least = net(name), gradient_sum.LEAST_BYTES
    row: dict[str, Any] = {"net": name, "batch": n.batch * factor}
    row["parameters"] = sum((a + 1) * b for a, b in pairwise(n.sizes))
    row["seconds"] = _seconds(comm, n, factor, fm.distributed.fit)
    if comm.size > 1:
        row["no_sums"] = max(comm.allgather(_seconds(comm, n, factor, _alone)))
        if 4 * row["parameters"] >= 2 * least:
            gradient_sum.LEAST_BYTES = 2**62
            row["at_once"] = _seconds(comm, n, factor, fm.distributed.fit)
            gradient_sum.LEAST_BYTES = least
    return row


def _alone(model: Any, X: Any, y: Any, *, batch_size: int, **options: Any) -> Any:
    """Fit on this rank's part of each batch, and on nothing else."""
    from mpi4py import MPI

    return model.fit(X, y, batch_size=batch_size // MPI.COMM_WORLD.size, **options)


def _seconds(comm: Any, n: Net, factor: int, fit: Any) -> float:
    """Seconds of a step, the median over epochs; the first one warms up."""
    batch, steps = n.batch * factor, max(12, min(200, int(6e10 / (n.step_flops * factor))))
    rng = np.random.default_rng(comm.rank)
    count = batch * steps // comm.size
    X = rng.standard_normal((count, n.sizes[0]), np.float32)
    y = rng.integers(0, n.sizes[-1], count)
    model = n.ours("float32")
    comm.Barrier()
    history = fit(
        model, X, y, loss=n.loss, batch_size=batch, epochs=4, num_threads=1, progress=False,
        doctor=False,
    )  # fmt: skip
    return statistics.median(history.history["seconds"][1:]) / (model.steps_trained // 4)


def _sum(comm: Any, MPI: Any, size: int) -> float:
    """Seconds of one Allreduce of so many floats."""
    array, times = np.ones(size, np.float32), []
    repeats = max(3, min(100, 2**22 // size))
    for _ in range(5):
        comm.Barrier()
        begin = time.perf_counter()
        for _ in range(repeats):
            comm.Allreduce(MPI.IN_PLACE, array)
        times.append((time.perf_counter() - begin) / repeats)
        array.fill(1)
    return statistics.median(times[1:])


def measure(ranks: int, args: argparse.Namespace) -> dict[str, Any]:
    """Return what rank 0 of so many printed."""
    beside = Path(sys.executable).parent / "mpirun"
    mpirun = str(beside) if beside.exists() else shutil.which("mpirun")
    if mpirun is None:
        raise SystemExit("there is no mpirun: pip install mpich mpi4py")
    batches = ",".join(map(str, args.batches))
    command = [mpirun, "-n", str(ranks), sys.executable, __file__, "--worker",
               "--nets", ",".join(args.nets), "--batches", batches]  # fmt: skip
    done = subprocess.run(
        command, env={**os.environ, "OMP_NUM_THREADS": "1"}, capture_output=True, text=True
    )
    if done.returncode:
        raise SystemExit(done.stdout + done.stderr)
    result: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return result


def gathered(found: list[dict[str, Any]], processors: int) -> tuple[list[Any], list[Any]]:
    """Return medians over the rounds: of the steps with their speedup, and of the sums."""
    steps: dict[tuple[Any, ...], dict[str, list[float]]] = {}
    sums: dict[tuple[int, int], list[float]] = {}
    for run in found:
        for row in run["rows"]:
            key = (row["net"], row["batch"], row["parameters"], run["ranks"])
            kinds = steps.setdefault(key, {})
            for kind in ("seconds", "no_sums", "at_once"):
                if kind in row:
                    kinds.setdefault(kind, []).append(row[kind])
        for row in run["sums"]:
            sums.setdefault((run["ranks"], row["bytes"]), []).append(row["seconds"])
    rows = []
    for (name, batch, parameters, ranks), kinds in steps.items():
        alone = steps.get((name, batch, parameters, 1), {"seconds": [float("nan")]})["seconds"]
        found = {kind: statistics.median(times) for kind, times in kinds.items()}
        speedup = statistics.median(alone) / found["seconds"]
        rows.append(
            {"net": name, "batch": batch, "parameters": parameters, "ranks": ranks, **found,
             "speedup": speedup, "crowded": ranks > processors}
        )  # fmt: skip
    table = [{"ranks": ranks, "bytes": size, "seconds": statistics.median(times)}
             for (ranks, size), times in sums.items()]  # fmt: skip
    return rows, table


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--ranks", type=numbers, default=(1, 2, 4))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--nets", type=lambda s: s.split(","), default=list(NETS))
    parser.add_argument("--batches", type=numbers, default=(1, 2, 4), help="times the usual batch")
    parser.add_argument("--worker", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--page", action="store_true")
    args = parser.parse_args()
    if args.worker:
        return worker(args.nets, list(args.batches))
    if args.page:
        results = [json.loads(p.read_text()) for p in sorted(RESULTS.glob("distributed-*.json"))]
        page = ROOT / "docs" / "scaling.md"
        page.write_text(with_tables(page.read_text(), tables(results)))
        return print(f"written: {page}")
    facts = machine.facts()
    processors = (
        len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    )
    found = [measure(ranks, args) for _ in range(args.rounds) for ranks in args.ranks]
    rows, sums = gathered(found, processors or 1)
    for row in rows:
        others = "".join(f"  {kind.replace('_', ' ')} {1e3 * row[kind]:.3f} ms"
                         for kind in ("no_sums", "at_once") if kind in row)  # fmt: skip
        print(f"{row['net']:16} batch {row['batch']:5}  {row['ranks']} ranks "
              f"{1e3 * row['seconds']:9.3f} ms per step  x{row['speedup']:.2f}{others}"
              + ("  more ranks than processors" if row["crowded"] else ""))  # fmt: skip
        if all(row[key] == TARGET[key] for key in ("net", "batch", "ranks")):
            verdict = "met" if row["speedup"] >= TARGET["speedup"] else "MISSED"
            print(f"  target: x{TARGET['speedup']} {verdict}")
    for row in sums:
        print(f"sum of {row['bytes']:9} bytes, {row['ranks']} ranks: {1e6 * row['seconds']:.1f} us")
    save(
        f"distributed-{slug(facts['cpu'] + ' ' + facts['backend'])}",
        {"machine": {**facts, "processors": processors}, "rows": rows, "sums": sums},
    )


if __name__ == "__main__":
    main()
