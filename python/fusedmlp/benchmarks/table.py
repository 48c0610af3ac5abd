"""Rows as lines of text, each printed as soon as it is measured."""

from __future__ import annotations

from typing import Any

from .cases import OURS, Benchmark, Case, Row

_CELL = 14


def short(value: float) -> str:
    """Return three significant digits without an exponent."""
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}" if value >= 1e-4 else f"{value:.1e}"


def count(n: Any) -> str:
    """Return numbers in words of computing: 16384 as 16k, 4194304 as 4M."""
    if isinstance(n, int) and n >= 2**14:
        for unit, name in ((2**20, "M"), (10**6, "M"), (2**10, "k"), (10**3, "k")):
            if n % unit == 0:
                return f"{n // unit}{name}"
    return str(n)


def yardstick_line(best: dict[str, Any]) -> str:
    """Say what the shares in a table are shares of."""
    if "gflops" in best:
        return (
            f"estimated peak {best['gflops']:.0f} GF/s: the fastest sample of a product that "
            f"lies in cache ({best['by']})"
        )
    return f"copy bandwidth {best['copy']:.1f} GB/s, bytes read and written (np.copyto)"


class Table:
    """A table whose columns are known before its rows."""

    def __init__(self, benchmark: Benchmark, against: tuple[str, ...], cases: list[Case]) -> None:
        self.benchmark = benchmark
        self.peers = (*against, *benchmark.also)
        keys = list(cases[0].labels) if cases else []
        self.labels = {
            key: max(len(key), *(len(count(case.labels[key])) for case in cases)) for key in keys
        }
        self.share = {"GF/s": "of peak", "GB/s": "of copy"}.get(benchmark.rate, "")

    def header(self) -> str:
        cells = [f"{key:<{width}}" for key, width in self.labels.items()]
        cells += [f"{name:>{_CELL}}" for name in (OURS, *self.peers)]
        if self.benchmark.rate:
            cells += [f"{self.benchmark.rate:>6}", f"{self.share:>7}"]
        cells += [f"{name + '/ours':>12}" for name in self.peers]
        return "  ".join(cells)

    def line(self, row: Row) -> str:
        cells = [f"{count(row[key]):<{width}}" for key, width in self.labels.items()]
        cells += [f"{self._time(row['times'].get(name)):>{_CELL}}" for name in (OURS, *self.peers)]
        if self.benchmark.rate:
            cells += [f"{short(row['rate']):>6}", f"{row['share']:>7.0%}"]
        for name in self.peers:
            ratio = row["ratios"].get(name)
            cells.append(f"{'-' if ratio is None else short(ratio):>12}")
        return "  ".join(cells)

    def skipped(self, case: Case) -> str:
        cells = [f"{count(case.labels[key]):<{width}}" for key, width in self.labels.items()]
        return "  ".join([*cells, f"skipped: needs {case.nbytes / 1e9:.1f} GB of free memory"])

    def _time(self, timing: dict[str, float] | None) -> str:
        if timing is None:
            return "-"
        spread = (timing["high"] - timing["low"]) / (2 * timing["median"])
        return f"{short(timing['median'] * self.benchmark.per_second)} ±{spread:.0%}"
