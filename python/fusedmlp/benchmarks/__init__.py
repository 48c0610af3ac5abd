"""What ``fusedmlp bench`` measures: one file per benchmark, and here what runs them.

``docs/benchmarks.md`` says how each table is made.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ..saving.files import replacing_text
from . import activations, dense, machine, optimizers, peers, predict, train
from .cases import Benchmark, Row, Settings
from .runner import Echo, run

BENCHMARKS: dict[str, Benchmark] = {
    b.name: b
    for b in (
        activations.BENCHMARK,
        dense.BENCHMARK,
        optimizers.BENCHMARK,
        train.BENCHMARK,
        predict.BENCHMARK,
    )
}

__all__ = ["BENCHMARKS", "Settings", "measure", "write_json"]


def measure(names: tuple[str, ...], settings: Settings, echo: Echo = print) -> dict[str, Any]:
    """Run benchmarks, print their tables, and return all that was measured.

    Parameters
    ----------
    names : tuple of str
        Keys of ``BENCHMARKS``.
    settings : Settings
    echo : callable, default print
        Receives the tables line by line.

    Returns
    -------
    dict
        ``machine`` (facts), ``settings``, and ``rows`` (list of dict; seconds per unit).

    Examples
    --------
    >>> from fusedmlp.benchmarks import Settings, measure
    >>> tiny = Settings(size="small", seconds=0.0, max_rounds=3,
    ...                 only=lambda labels: labels["optimizer"] == "adam")
    >>> result = measure(("optimizers",), tiny, echo=lambda line: None)
    >>> [(row["optimizer"], row["parameters"], row["threads"]) for row in result["rows"]]
    [('adam', 1000, 1)]
    """
    facts = machine.facts()
    for line in facts_lines(facts):
        echo(line)
    if not peers.blas_limit_possible() and "numpy" in settings.against:
        echo("note: without threadpoolctl NumPy's BLAS keeps its own number of threads")
    rows: list[Row] = []
    for name in names:
        rows += run(BENCHMARKS[name], settings, echo)
    return {
        "machine": facts,
        "settings": {
            "benchmarks": list(names),
            "threads": list(settings.threads),
            "dtype": settings.dtype,
            "against": list(settings.against),
            "seconds": settings.seconds,
            "size": settings.size,
        },
        "rows": rows,
    }


def facts_lines(facts: dict[str, Any]) -> list[str]:
    """Return the facts that stand above the tables."""
    packages = ("numpy", "torch", "scikit-learn")
    others = ", ".join(f"{name} {facts[name]}" for name in packages if facts[name])
    load = facts["load_average"]
    busy = "" if load is None else f", load average {load:.1f}"
    return [
        f"fusedmlp {facts['version']}, kernels {facts['backend']}; {others}",
        f"{facts['cpu']}, {facts['cpu_count']} processors{busy}; {facts['date']}",
    ]


def write_json(path: str | Path, result: dict[str, Any]) -> None:
    """Write what :func:`measure` returned; compressed if the name ends in .gz."""
    with replacing_text(path, "write_json") as file:
        file.write(json.dumps(result, indent=1) + "\n")
