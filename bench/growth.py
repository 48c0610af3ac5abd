"""Growth curves: time per multiply-add against width, batch, depth, and threads.

    python bench/growth.py [--threads 1,2] [--dtype float32] [--seconds 120] [--most 4096]

Without cliffs the time per multiply-add falls or stays as sizes grow. Where it rises by more than
a third from one size to the next, both are measured again, now in turns: a neighbour on the machine
slows one minute, not one size. What rises again is printed and ringed in red. Writes
bench/results/growth-<cpu>.json and docs/images/growth.png.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from common import IMAGES, numbers, print_rises, rises, save, slug

import fusedmlp as fm
from fusedmlp import functional as F
from fusedmlp.benchmarks import machine, peers
from fusedmlp.benchmarks.nets import Net
from fusedmlp.benchmarks.timing import Call, interleave, wait_until_idle
from fusedmlp.benchmarks.train import our_fit

Make = Callable[[], Call]


def _step(sizes: tuple[int, ...], batch: int, dtype: str) -> Call:
    """A training step with Adam; units are multiply-adds."""
    batches = max(1, min(64, 2**22 // (batch * max(sizes))))
    net = Net("growth", sizes, batch, batches)
    fit = our_fit(net, dtype, *net.data(dtype), epochs=1)
    return Call(fit.run, fit.units * net.step_flops / 2)


def _dense(n: int, batch: int, backward: bool, dtype: str) -> Call:
    rng = np.random.default_rng(0)
    x, W, dy = (
        rng.standard_normal(s, np.float32).astype(dtype) for s in ((batch, n), (n, n), (batch, n))
    )
    if backward:
        return Call(partial(F.dense_backward, dy, x, W), 2.0 * batch * n * n)
    return Call(partial(F.dense, x, W, out=np.empty_like(dy)), 1.0 * batch * n * n)


def curves(dtype: str, most: int) -> dict[str, dict[int, Make]]:
    """Return curve -> size -> what makes its call."""
    powers = [2**k for k in range(13) if 2**k <= most]
    wide = sorted(w for p in powers if p >= 64 for w in (p, 3 * p // 2) if w <= most)
    deep = [d for d in (1, 2, 3, 4, 6, 8, 12, 16, 24, 32) if d <= most]
    step = partial(_step, dtype=dtype)
    return {
        "width, step (two hidden layers, batch 128)": {
            w: partial(step, (w, w, w, 10), 128) for w in wide
        },
        "width, F.dense (batch 128)": {w: partial(_dense, w, 128, False, dtype) for w in wide},
        "width, F.dense_backward (batch 128)": {
            w: partial(_dense, w, 128, True, dtype) for w in wide
        },
        "batch, step (256-256-256-10)": {b: partial(step, (256, 256, 256, 10), b) for b in powers},
        "batch, F.dense (256 wide)": {b: partial(_dense, 256, b, False, dtype) for b in powers},
        "depth, step (256 wide, batch 128)": {
            d: partial(step, (256,) * (d + 1) + (10,), 128) for d in deep
        },
    }


def measure(args: argparse.Namespace) -> list[dict[str, Any]]:
    """Return one row per curve, size and number of threads."""
    table = curves(args.dtype, args.most)
    share = args.seconds / (len(args.threads) * sum(len(points) for points in table.values()))
    rows = []
    for threads in args.threads:
        with peers.threads(threads, ()):
            for curve, points in table.items():
                for size, make in points.items():
                    timing = interleave({"ours": make()}, seconds=share, settle=wait_until_idle)[
                        "ours"
                    ]
                    rows.append(
                        {
                            "curve": curve,
                            "size": size,
                            "threads": threads,
                            "ns_per_multiply_add": 1e9 * timing.median,
                            "spread": timing.spread,
                        }
                    )
                    print(
                        f"{curve:45} {size:5}  threads {threads}  "
                        f"{1e9 * timing.median:.5f} ns ±{timing.spread:.0%}",
                        flush=True,
                    )
                line = [r for r in rows if (r["curve"], r["threads"]) == (curve, threads)]
                for a, b in rises(line):
                    b["rise_in_turns"] = _rise_in_turns(points[a["size"]], points[b["size"]], share)
                    print(f"    {a['size']} to {b['size']} in turns: x{b['rise_in_turns']:.2f}")
    return rows


def _rise_in_turns(small: Make, large: Make, share: float) -> float:
    """Return the ratio of the times per multiply-add of two sizes that take turns."""
    calls = {"small": small(), "large": large()}
    timings = interleave(calls, seconds=4 * share, settle=wait_until_idle)
    return timings["large"].median / timings["small"].median


def draw(rows: list[dict[str, Any]], title: str) -> Any:
    """Return a figure with one panel per curve and one line per number of threads."""
    from matplotlib.figure import Figure

    names = list(dict.fromkeys(row["curve"] for row in rows))
    figure = Figure(figsize=(13, 7), layout="constrained")
    for i, name in enumerate(names):
        ax = figure.add_subplot(2, -(-len(names) // 2), i + 1)
        for threads in sorted({row["threads"] for row in rows}):
            line = [r for r in rows if (r["curve"], r["threads"]) == (name, threads)]
            x, y = [r["size"] for r in line], [r["ns_per_multiply_add"] for r in line]
            ax.plot(x, y, "o-", markersize=3, label=f"threads {threads}")
            bad = [b for _, b in rises(line)]
            ax.plot([r["size"] for r in bad], [r["ns_per_multiply_add"] for r in bad], "o",
                    markersize=11, fillstyle="none", color="red")  # fmt: skip
        ax.set_xscale("log", base=2)
        ax.set_yscale("log")
        ax.set_title(name, fontsize=9)
        ax.set_xlabel(name.split(",")[0])
        ax.set_ylabel("ns per multiply-add")
        ax.grid(alpha=0.4)
        ax.legend(fontsize=8)
    figure.suptitle(title)
    return figure


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--threads", type=numbers, default=(1, fm.get_num_threads()))
    parser.add_argument("--dtype", default="float32")
    parser.add_argument("--seconds", type=float, default=120.0)
    parser.add_argument("--most", type=int, default=4096, help="largest width and batch")
    args = parser.parse_args()
    facts = machine.facts()
    rows = measure(args)
    print_rises(rows)
    save(
        f"growth-{slug(facts['cpu'] + ' ' + facts['backend'])}",
        {"machine": facts, "dtype": args.dtype, "rows": rows},
    )
    title = f"fusedmlp {facts['version']} ({facts['backend']}), {facts['cpu']}, {args.dtype}"
    IMAGES.mkdir(parents=True, exist_ok=True)
    draw(rows, title).savefig(IMAGES / "growth.png", dpi=130)
    print(f"written: {IMAGES / 'growth.png'}")


if __name__ == "__main__":
    main()
