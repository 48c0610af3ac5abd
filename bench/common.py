"""What the scripts of this folder share: where results go, and small helpers."""

from __future__ import annotations

import json
import re
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
RESULTS, IMAGES = ROOT / "bench" / "results", ROOT / "docs" / "images"
# A rise of the time per multiply-add beyond this between two sizes is a cliff.
CLIFF = 4 / 3


def numbers(text: str) -> tuple[int, ...]:
    """Convert "1,2" to (1, 2)."""
    return tuple(sorted({int(part) for part in text.split(",")}))


def slug(text: str) -> str:
    """Return `text` as part of a file name."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-") or "unknown"


def save(name: str, result: dict[str, Any], *, quiet: bool = False) -> None:
    """Write bench/results/<name>.json."""
    RESULTS.mkdir(parents=True, exist_ok=True)
    path = RESULTS / f"{name}.json"
    path.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    if not quiet:
        print(f"written: {path}")


def peak_megabytes() -> float:
    """Return the most memory that this process has held.

    Of the process itself: what getrusage says begins, after a fork, with the parent's.
    """
    status = Path("/proc/self/status")
    if status.exists():
        return int(status.read_text().split("VmHWM:")[1].split()[0]) / 1024
    import resource

    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most / (2**20 if sys.platform == "darwin" else 1024)


def rises(line: list[dict[str, Any]]) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """Return the neighbours on a growth curve between which the time rises over a cliff.

    Where both were measured again in turns, that must have shown it too ("rise_in_turns").
    """
    key = "ns_per_multiply_add"
    return [
        (a, b)
        for a, b in pairwise(line)
        if b[key] > CLIFF * a[key] and b.get("rise_in_turns", CLIFF + 1) > CLIFF
    ]


def print_rises(rows: list[dict[str, Any]]) -> None:
    """Name every cliff, or say that there is none."""
    lines: dict[Any, list[dict[str, Any]]] = {}
    for row in rows:
        lines.setdefault((row["curve"], row["threads"]), []).append(row)
    found = [(key, a, b) for key, line in lines.items() for a, b in rises(line)]
    for (curve, threads), a, b in found:
        times = b["ns_per_multiply_add"] / a["ns_per_multiply_add"]
        print(f"RISES x{times:.2f}: {curve}, threads {threads}, from {a['size']} to {b['size']}")
    print(f"{len(found)} rises of more than a third between neighbours")
