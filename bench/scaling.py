"""The model of docs/scaling.md: what a step takes on many machines, from what was measured on one.

A step of all machines takes T(N) = C(b / N) + S(N, B): the time of one machine for its part of the
batch, and the sum of B bytes of gradient. C is measured, for two batches, and taken to be a line in
the rows: C(b) = fixed + b * per_row. S(N, B) = 2 log2(N) latency + 2 (N - 1) / N * B / bandwidth,
the best that a sum over a network of this latency and bandwidth can do. Where the sum runs behind
the backward pass, which is two thirds of the work on a row, T is at best
fixed + r * per_row / 3 + max(2 / 3 * r * per_row, S) with r = b / N.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

from fusedmlp.distributed.gradient_sum import LEAST_BYTES

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
    machines: int,
    batch: int,
    nbytes: float,
    cost: tuple[float, float],
    network: Network,
    hidden: bool = False,
) -> float:
    """Return T(1) / T(N); `hidden`: of a sum that runs behind the backward pass."""
    fixed, per_row = cost
    rows = max(1.0, batch / machines)
    work, total = per_row * rows, sum_seconds(machines, nbytes, network)
    seconds = work / 3 + max(2 / 3 * work, total) if hidden else work + total
    return (fixed + per_row * batch) / (fixed + seconds)


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
        "| net | batch | parameters | ranks | ms per step | times one rank | no sums, ms | "
        "one sum at the end, ms |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for row in result["rows"]:
        note = " (more ranks than processors)" if row["crowded"] else ""
        lines.append(
            f"| {row['net']} | {row['batch']} | {row['parameters']} | {row['ranks']}{note} | "
            f"{1e3 * row['seconds']:.3g} | {row['speedup']:.2f} | "
            + " | ".join(_ms(row.get(kind)) for kind in ("no_sums", "at_once")) + " |"
        )  # fmt: skip
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
            size = 4 * row["parameters"]
            cells = [_cell(m, row["batch"], size, cost, n) for n in NETWORKS for m in MACHINES]
            lines.append(f"| {name} | {row['batch']} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _cell(
    machines: int, batch: int, nbytes: int, cost: tuple[float, float], network: Network
) -> str:
    """The speedup; of a net whose sums begin early from none to all of it hidden."""
    least = f"{speedup(machines, batch, nbytes, cost, network):.2g}"
    if nbytes < 2 * LEAST_BYTES:
        return least
    most = f"{speedup(machines, batch, nbytes, cost, network, hidden=True):.2g}"
    return least if least == most else f"{least} to {most}"


def _ms(seconds: float | None) -> str:
    return "" if seconds is None else f"{1e3 * seconds:.3g}"


def _ranks(result: dict[str, Any]) -> list[int]:
    return sorted({row["ranks"] for row in result["sums"]})


def with_tables(page: str, text: str) -> str:
    """Return the page with `text` between its marks."""
    before, _, rest = page.partition(BEGIN)
    return f"{before}{BEGIN}\n{text}\n{END}{rest.partition(END)[2]}"
