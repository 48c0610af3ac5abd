"""Whether Adam out of cache moves its bytes as fast as the memory can.

    python bench/memory.py [--millions 64] [--seconds 30]

Adam's step against plain passes over arrays of the same size, in turns: each reads or writes every
cache line once, and whoever moves most bytes a second shows what the memory gives. Adam reads four
arrays and writes three. Writes bench/results/memory-<cpu>.json.
"""

from __future__ import annotations

import argparse

import numpy as np
from common import save, slug

import fusedmlp as fm
from fusedmlp.benchmarks import machine
from fusedmlp.benchmarks.timing import Call, interleave
from fusedmlp.core import backend
from fusedmlp.core.memory import aligned_zeros
from fusedmlp.core.records import Segment


def _passes(n: int) -> dict[str, tuple[Call, int]]:
    """Return each pass with the bytes that it moves for each element."""
    arrays = [aligned_zeros(n, "float32") for _ in range(4)]
    p, g, m, v = arrays
    for array in arrays:
        array.fill(0.01)
    adam = fm.optim.Adam()
    segments = [Segment(0, n, 1.0, 1.0)]
    kernel = backend.core.optimizer("float32", "adam", adam.hyper, [m, v, None], segments)
    return {
        "Adam": (Call(lambda: kernel.step(p, g, 1e-3, 1, 0.0)), 28),
        "sum of one array": (Call(lambda: g.sum()), 4),
        "scale in place": (Call(lambda: np.multiply(p, np.float32(1.0), out=p)), 8),
        "add in place": (Call(lambda: np.add(p, g, out=p)), 12),
        "copy": (Call(lambda: np.copyto(p, g)), 8),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--millions", type=int, default=64, help="elements of an array / 2^20")
    parser.add_argument("--seconds", type=float, default=30.0, help="for all passes, about")
    args = parser.parse_args()
    n, facts = args.millions * 2**20, machine.facts()
    passes = _passes(n)
    fm.set_num_threads(1)
    times = interleave({k: call for k, (call, _) in passes.items()}, seconds=args.seconds)
    rows = []
    print(f"{'one thread, float32':24} {'GB/s':>6} {'best':>6}")
    for name, time in times.items():
        size = 1e-9 * n * passes[name][1]
        rows.append({"pass": name, "gb_per_s": size / time.median, "best": size / time.least})
        print(f"{name:24} {rows[-1]['gb_per_s']:6.1f} {rows[-1]['best']:6.1f}")
    save(f"memory-{slug(facts['cpu'])}", {"machine": facts, "elements": n, "rows": rows})


if __name__ == "__main__":
    main()
