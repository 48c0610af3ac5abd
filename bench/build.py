"""Time and size of a build: all levels, and one level as for daily work.

    python bench/build.py

Each is a `pip wheel` of the checkout in a fresh build environment (packages already downloaded), so
CMake's cache is empty too.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def build(levels: str) -> dict[str, object]:
    """Build a wheel of these levels; return seconds and bytes."""
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", str(ROOT)]
    command.append(f"-Ccmake.define.FUSEDMLP_ISA_LEVELS={levels}")
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        subprocess.run([*command, "--wheel-dir", folder], check=True)
        seconds = time.perf_counter() - start
        (wheel,) = Path(folder).glob("*.whl")
        return {"levels": levels, "seconds": round(seconds, 1), "bytes": wheel.stat().st_size}


def main() -> None:
    """Print both builds and keep them in bench/results/build.json."""
    results = {
        "machine": {"processors": os.cpu_count(), "system": platform.platform()},
        "builds": [build("all"), build("native")],
    }
    for row in results["builds"]:
        print(f"{row['levels']:7} {row['seconds']:6.1f} s  {row['bytes'] / 1e6:.2f} MB")
    (ROOT / "bench" / "results" / "build.json").write_text(json.dumps(results, indent=2) + "\n")


if __name__ == "__main__":
    main()
