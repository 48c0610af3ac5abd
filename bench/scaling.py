"""The model of docs/scaling.md: what a step takes on many machines, from what was measured on one.

A step of all machines takes T(N) = C(b / N) + S(N, B): the time of one machine for its part of the
batch, and the sum of B bytes of gradient. C is measured, for two batches, and taken to be a line in
the rows: C(b) = fixed + b * per_row. S(N, B) = 2 log2(N) latency + 2 (N - 1) / N * B / bandwidth,
the best that a sum over a network of this latency and bandwidth can do.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

BEGIN, END = "<!-- written by bench/distributed.py --page -->", "<!-- end -->"
MACHINES = (8, 64, 512)


class Network(NamedTuple):
    """What the model assumes; not measured."""

    name: str
    latency: float  # seconds
    bandwidth: float  # bytes per second


NETWORKS = (
    Network("10 Gbit/s, 30 us", 30e-6, 1.25e9),
    Network("100 Gbit/s, 3 us", 3e-6, 12.5e9),
)


def sum_seconds(machines: int, nbytes: float, network: Network) -> float:
    """Return S(N, B)."""
    if machines == 1:
        return 0.0
    share = (machines - 1) / machines
    return 2 * math.log2(machines) * network.latency + 2 * share * nbytes / network.bandwidth


def line(points: list[tuple[int, float]]) -> tuple[float, float]:
    """Return fixed and per_row of C through the measured (rows, seconds) of the ends."""
    (a, s), (b, t) = min(points), max(points)
    per_row = (t - s) / (b - a) if b > a else s / a
    return max(0.0, s - per_row * a), per_row


def speedup(
    machines: int, batch: int, nbytes: float, cost: tuple[float, float], network: Network
) -> float:
    """Return T(1) / T(N)."""
    fixed, per_row = cost
    alone = fixed + per_row * batch
    rows = max(1.0, batch / machines)
    return alone / (fixed + per_row * rows + sum_seconds(machines, nbytes, network))


def tables(results: list[dict[str, Any]]) -> str:
    """Return the tables of the page."""
    parts = [_tables_of(result) for result in results]
    return "\n\n".join(parts) or "Not measured yet."


def _tables_of(result: dict[str, Any]) -> str:
    facts = result["machine"]
    lines = [
        f"{facts['cpu']}, {facts['processors']} processors, kernels {facts['backend']}, "
        f"{facts['date'][:10]}; one thread to a rank.",
        "",
        "| net | batch | parameters | ranks | ms per step | times one rank |",
        "|---|---|---|---|---|---|",
    ]
    for row in result["rows"]:
        note = " (more ranks than processors)" if row["crowded"] else ""
        lines.append(
            f"| {row['net']} | {row['batch']} | {row['parameters']} | {row['ranks']}{note} | "
            f"{1e3 * row['seconds']:.3g} | {row['speedup']:.2f} |"
        )
    lines += ["", "| sum of | " + " | ".join(f"{r} ranks" for r in _ranks(result)) + " |"]
    lines += ["|---|" + "---|" * len(_ranks(result))]
    for size in sorted({row["bytes"] for row in result["sums"]}):
        found = {r["ranks"]: r["seconds"] for r in result["sums"] if r["bytes"] == size}
        cells = " | ".join(f"{1e6 * found[r]:.3g} us" for r in _ranks(result))
        lines.append(f"| {size} bytes | {cells} |")
    lines += ["", "From these steps on one rank, the model says for one rank on each machine:", ""]
    heads = [f"{n.name}: {m}" for n in NETWORKS for m in MACHINES]
    lines += ["| net | batch | " + " | ".join(heads) + " |", "|---|---|" + "---|" * len(heads)]
    alone = [row for row in result["rows"] if row["ranks"] == 1]
    for name in dict.fromkeys(row["net"] for row in alone):
        own = [row for row in alone if row["net"] == name]
        cost = line([(row["batch"], row["seconds"]) for row in own])
        for row in own:
            cells = [
                f"{speedup(m, row['batch'], 4 * row['parameters'], cost, n):.2g}"
                for n in NETWORKS
                for m in MACHINES
            ]
            lines.append(f"| {name} | {row['batch']} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _ranks(result: dict[str, Any]) -> list[int]:
    return sorted({row["ranks"] for row in result["sums"]})


def with_tables(page: str, text: str) -> str:
    """Return the page with `text` between its marks."""
    before, _, rest = page.partition(BEGIN)
    return f"{before}{BEGIN}\n{text}\n{END}{rest.partition(END)[2]}"
