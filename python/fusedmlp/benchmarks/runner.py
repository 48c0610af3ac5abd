"""Runs the cases of a benchmark and makes rows of them."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from . import machine, peers
from .cases import OURS, Benchmark, Case, Row, Settings
from .table import Table, yardstick_line
from .timing import interleave, no_wait, wait_until_idle

Echo = Callable[[str], object]


def yardstick(benchmark: Benchmark, settings: Settings, n_threads: int) -> dict[str, Any] | None:
    """Measure what the benchmark's rates are compared with, at the present number of threads."""
    quick = settings.size == "small"
    if benchmark.rate == "GF/s":
        return machine.estimated_peak(settings.dtype, settings.against, 0.05 if quick else 0.6)
    if benchmark.rate == "GB/s":
        size, seconds = (2**20, 0.02) if quick else (2**27, 0.4)
        return {"copy": machine.copy_bandwidth(n_threads, size, seconds)}
    return None


def run(benchmark: Benchmark, settings: Settings, echo: Echo = print) -> list[Row]:
    """Measure all cases for all numbers of threads, echo a table of each, return the rows.

    Parameters
    ----------
    benchmark : Benchmark
    settings : Settings
    echo : callable
        Receives one line of text at a time, as soon as it is known.

    Returns
    -------
    list of dict
        See ``docs/benchmarks.md``; times in seconds per unit.
    """
    keep = settings.only or (lambda labels: True)
    cases = [case for case in benchmark.cases(settings) if keep(case.labels)]
    against = tuple(peer for peer in settings.against if peer in benchmark.peers)
    rows: list[Row] = []
    began, left = time.perf_counter(), len(cases) * len(settings.threads)
    for n_threads in settings.threads:
        with peers.threads(n_threads, settings.against):
            best = yardstick(benchmark, settings, n_threads)
            table = Table(benchmark, against, cases)
            plural = "thread" if n_threads == 1 else "threads"
            echo(f"\n{benchmark.title}: {benchmark.unit}; {settings.dtype}, {n_threads} {plural}")
            if best is not None:
                echo(yardstick_line(best))
            echo(table.header())
            for case in cases:
                budget = settings.seconds - (time.perf_counter() - began)
                row = _one(benchmark, settings, case, max(0.0, budget / left), n_threads, best)
                left -= 1
                if row is None:
                    echo(table.skipped(case))
                else:
                    rows.append(row)
                    echo(table.line(row))
    for line in benchmark.summary(rows):
        echo(line)
    return rows


def _one(
    benchmark: Benchmark,
    settings: Settings,
    case: Case,
    seconds: float,
    n_threads: int,
    best: dict[str, Any] | None,
) -> Row | None:
    if case.nbytes > 0.8 * machine.free_bytes():
        return None
    calls = case.prepare()
    with benchmark.around(settings):
        timings = interleave(
            calls,
            seconds=seconds,
            sample_seconds=settings.sample_seconds,
            max_rounds=settings.max_rounds,
            settle=wait_until_idle if n_threads > 1 else no_wait,
        )
    ours = timings[OURS].median
    row: Row = {
        "benchmark": benchmark.name,
        **case.labels,
        "threads": n_threads,
        "dtype": settings.dtype,
        "times": {name: timing._asdict() for name, timing in timings.items()},
        "compiled_in": {
            name: call.compiled_in for name, call in calls.items() if call.compiled_in is not None
        },
        "ratios": {name: t.median / ours for name, t in timings.items() if name != OURS},
    }
    if benchmark.rate and best is not None:
        row["rate"] = 1e-9 * case.work / ours
        row["share"] = row["rate"] / best.get("gflops", best.get("copy"))
        row["yardstick"] = best
    return row
