"""GF/s of the dense layer for every instruction-set level, each in a process of its own.

    python bench/levels.py [--levels v2,v3,v4] [--threads 1] [--dtype float32] [--seconds 10]
                           [--peak v3=107,v4=215]

Medians, and the fastest sample of the forward product. The yardstick of a level is NumPy's OpenBLAS
with its own kernels for that level (OPENBLAS_CORETYPE, x86-64 only), at its best of all shapes; or
the peak in GF/s, where it is known and given: clock in GHz x operations per cycle (two FMA units:
32 for v3, 64 for v4 with full-width AVX-512 in float32; v2 multiplies and adds: 8). Writes
bench/results/levels-<cpu>.json.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from functools import partial
from typing import Any

import numpy as np
from common import save, slug

import fusedmlp as fm
from fusedmlp import functional as F
from fusedmlp.benchmarks import machine, peers
from fusedmlp.benchmarks.timing import Call, interleave, wait_until_idle

SIZES = (256, 384, 512, 768, 1024)
CORE_TYPES = {"v2": "Nehalem", "v3": "Haswell", "v4": "SkylakeX"}


def one_level(threads: int, dtype: str, seconds: float) -> dict[str, Any]:
    """Measure the level this process runs, forward and backward."""
    rng = np.random.default_rng(0)
    rows = []
    with peers.threads(threads, ()):
        for n in SIZES:
            x, W = rng.standard_normal((2, n, n)).astype(dtype)
            y = np.empty_like(x)
            forward, backward = 2.0 * n**3, 4.0 * n**3
            timings = interleave(
                {
                    "dense": Call(partial(F.dense, x, W, out=y), forward),
                    "dense_backward": Call(partial(F.dense_backward, y, x, W), backward),
                    "blas": Call(partial(np.matmul, x, W, out=y), forward),
                },
                seconds=seconds / len(SIZES),
                settle=wait_until_idle,
            )
            medians = {k: 1e-9 / t.median for k, t in timings.items()}
            # The peak is what the processor does undisturbed, and so is the fastest sample.
            fastest = 1e-9 / timings["dense"].least
            rows.append({"size": n, **medians, "dense_fastest": fastest})
    return {"machine": machine.facts(), "threads": threads, "dtype": dtype, "rows": rows}


def in_own_process(level: str, args: argparse.Namespace) -> dict[str, Any]:
    """Run this script again with the level's kernels, ours and OpenBLAS's."""
    environment = {
        **os.environ, "FUSEDMLP_BACKEND": level, "OPENBLAS_CORETYPE": CORE_TYPES.get(level, ""),
    }  # fmt: skip
    output = subprocess.run(
        [sys.executable, __file__, "--child", "--threads", str(args.threads),
         "--dtype", args.dtype, "--seconds", str(args.seconds)],
        env=environment, check=True, capture_output=True, text=True,
    ).stdout  # fmt: skip
    result: dict[str, Any] = json.loads(output)
    return result


def show(level: str, result: dict[str, Any], peak: float | None) -> None:
    rows = result["rows"]
    best = peak or max(row["blas"] for row in rows)
    yardstick = f"peak {best:.0f} GF/s as given" if peak else f"OpenBLAS at best {best:.0f} GF/s"
    print(f"\n{level}, {result['dtype']}, threads {result['threads']}; {yardstick}")
    print(
        f"{'size':>5} {'dense':>8} {'backward':>9} {'OpenBLAS':>9} {'share':>6} "
        f"{'fastest':>8} {'share':>6}"
    )
    for r in rows:
        fastest = r["dense_fastest"]
        print(
            f"{r['size']:>5} {r['dense']:>8.1f} {r['dense_backward']:>9.1f} {r['blas']:>9.1f} "
            f"{r['dense'] / best:>6.0%} {fastest:>8.1f} {fastest / best:>6.0%}"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    native = [b for b in fm.info()["backends"] if b != "numpy"]
    parser.add_argument("--levels", type=lambda s: s.split(","), default=native[::-1])
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--dtype", default="float32")
    parser.add_argument("--seconds", type=float, default=10.0, help="per level")
    parser.add_argument("--peak", default="", help="known peaks in GF/s: v3=107,v4=215")
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.child:
        print(json.dumps(one_level(args.threads, args.dtype, args.seconds)))
        return
    peaks = {k: float(v) for k, _, v in (p.partition("=") for p in args.peak.split(",") if p)}
    missing = [level for level in args.levels if level not in native]
    if missing:
        parser.error(f"not usable here or not built: {', '.join(missing)} (here: {native})")
    results = {}
    for level in args.levels:
        results[level] = {**in_own_process(level, args), "peak": peaks.get(level)}
        show(level, results[level], peaks.get(level))
    save(f"levels-{slug(fm.info()['cpu'])}", {"levels": results})


if __name__ == "__main__":
    main()
