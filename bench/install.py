"""What an installation brings: size, packages and seconds, ours and its peers.

    python bench/install.py dist/fusedmlp-*.whl

Each is installed by pip into a new environment. Sizes are of the files on disk as pip lists them,
compiled Python files not counted; "own" is the package without those it depends on. Seconds contain
the download, so they are this network's as well as the package's: compare within a run.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import tempfile
import time
import venv
from pathlib import Path
from typing import Any

from common import save

# The CPU builds: what PyPI gives for torch on Linux brings CUDA, some gigabytes more.
PEERS = {
    "scikit-learn": ("scikit-learn", "scikit-learn"),
    "LightGBM": ("lightgbm", "lightgbm"),
    "JAX and optax": ("optax", "jaxlib"),
    "PyTorch, CPU build": ("torch==2.13.0", "torch"),
}
COUNT = """
import json
from importlib.metadata import distributions
from pathlib import Path
sizes = {}
for d in distributions():
    name = d.metadata["Name"].lower()
    if name not in ("pip", "setuptools", "wheel"):
        files = [Path(f.locate()) for f in d.files or [] if f.suffix != ".pyc"]
        sizes[name] = sum(f.stat().st_size for f in files if f.exists())
print(json.dumps(sizes))
"""


def measure(name: str, spec: str, own: str) -> dict[str, Any]:
    """Install `spec` into a new environment; return what it brought."""
    with tempfile.TemporaryDirectory() as folder:
        venv.create(folder, with_pip=True)
        python = str(Path(folder) / "bin" / "python")
        command = [
            python,
            "-m",
            "pip",
            "install",
            "--quiet",
            "--no-cache-dir",
            "--no-compile",
            spec,
        ]
        start = time.perf_counter()
        subprocess.run(command, check=True)
        seconds = time.perf_counter() - start
        found = subprocess.run([python, "-c", COUNT], check=True, capture_output=True, text=True)
        sizes = json.loads(found.stdout)
    return {
        "name": name,
        "spec": Path(spec).name,
        "bytes": sum(sizes.values()),
        "own_bytes": sizes[own],
        "packages": len(sizes),
        "seconds": round(seconds, 1),
        "sizes": sizes,
    }


def main() -> None:
    """Measure ours and every peer, and keep bench/results/install.json."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("wheel", type=Path)
    options = parser.parse_args()
    wheel = str(options.wheel.resolve())
    specs = {
        "fusedmlp": (wheel, "fusedmlp"),
        "fusedmlp[sklearn]": (f"{wheel}[sklearn]", "fusedmlp"),
    }
    rows = []
    for name, (spec, own) in {**specs, **PEERS}.items():
        row = measure(name, spec, own)
        rows.append(row)
        print(f"{name:20} {row['bytes'] / 1e6:8.1f} MB {row['packages']:3} {row['seconds']:6.1f} s")
    facts = {"system": platform.platform(), "processors": os.cpu_count()}
    facts["python"] = platform.python_version()
    save("install", {"machine": facts, "wheel_bytes": options.wheel.stat().st_size, "rows": rows})


if __name__ == "__main__":
    main()
