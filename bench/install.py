"""What an installation takes: seconds, bytes on disk and distributions, beside the peers.

    python bench/install.py [--wheel FILE] [--only fusedmlp,torch,...] [--page]

Each is a ``pip install`` without cache into a fresh virtual environment of this Python, so a good
part of the seconds is the line to the package index. Bytes are what stands in site-packages
afterwards, without pip itself. Without --wheel a wheel is built first (not counted). Writes
bench/results/install.json, where --only leaves the other rows; with --page its table into
docs/choosing.md as well.
"""

from __future__ import annotations

import argparse
import json
import platform
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from common import RESULTS, ROOT, save

# PyTorch by version, which is the build for processors where the index keeps one.
PEERS = {
    "scikit-learn": "scikit-learn==1.9.*",
    "lightgbm": "lightgbm==4.*",
    "catboost": "catboost==1.2.*",
    "jax": "jax",
    "torch": "torch==2.13.0",
    "keras on torch": "keras==3.* torch==2.13.0",
    # RealMLP: as the index gives it, with the build of PyTorch for graphics cards, and without.
    "pytabkit": "pytabkit==1.7.*",
    "pytabkit on torch": "pytabkit==1.7.* torch==2.13.0",
}


def disk(folder: Path) -> int:
    """Return the bytes of all files below a folder."""
    return sum(p.stat().st_size for p in folder.rglob("*") if p.is_file() and not p.is_symlink())


def wheel_of(folder: Path) -> Path:
    """Build a wheel of the checkout with all kernel sets."""
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", str(ROOT)]
    subprocess.run([*command, "--wheel-dir", str(folder)], check=True)
    (wheel,) = folder.glob("*.whl")
    return wheel


def install(name: str, requirements: list[str]) -> dict[str, Any]:
    """Install into a fresh environment, and return what it took."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        python = Path(folder) / ("Scripts" if sys.platform == "win32" else "bin") / "python"
        ask = "import json, sysconfig; print(sysconfig.get_paths()['purelib'])"
        site = Path(subprocess.check_output([python, "-c", ask], text=True).strip())
        before = disk(site)
        command = [str(python), "-m", "pip", "install", "--quiet", "--no-cache-dir"]
        start = time.perf_counter()
        subprocess.run([*command, *requirements], check=True)
        seconds = time.perf_counter() - start
        listed = subprocess.check_output([python, "-m", "pip", "list", "--format=json"], text=True)
        found = {row["name"]: row["version"] for row in json.loads(listed)}
        for tool in ("pip", "setuptools", "wheel"):
            found.pop(tool, None)
        return {
            "name": name,
            "seconds": round(seconds, 1),
            "bytes": disk(site) - before,
            "distributions": found,
        }


def page(result: dict[str, Any]) -> str:
    """Return the table of docs/choosing.md."""
    lines = [
        f"Python {result['python']}; the wheel has {result['wheel_bytes'] / 1e6:.1f} MB.", "",
        "| | seconds | MB on disk | distributions |", "|---|---|---|---|",
    ]  # fmt: skip
    for row in result["rows"]:
        count = len(row["distributions"])
        size = row["bytes"] / 1e6
        lines.append(f"| {row['name']} | {row['seconds']:.0f} | {size:.0f} | {count} |")
    return "\n".join(lines)


def kept(only: list[str]) -> list[dict[str, Any]]:
    """Return the rows of the last run, of this Python, that this run does not measure."""
    path = RESULTS / "install.json"
    last = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {"python": None}
    if last["python"] != platform.python_version():
        return []
    return [row for row in last["rows"] if row["name"] not in only]


def write_page(result: dict[str, Any]) -> None:
    """Put the table into docs/choosing.md."""
    path = ROOT / "docs" / "choosing.md"
    begin, end = "<!-- written by bench/install.py --page -->", "<!-- end -->"
    before, _, rest = path.read_text(encoding="utf-8").partition(begin)
    after = rest.partition(end)[2]
    path.write_text(f"{before}{begin}\n{page(result)}\n{end}{after}", encoding="utf-8")


def main() -> None:
    """Print every installation and keep them in bench/results/install.json."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--wheel", type=Path, help="a wheel of this package for this Python")
    parser.add_argument("--only", help="names, with commas between them")
    parser.add_argument("--page", action="store_true", help="write the table of the page")
    args = parser.parse_args()
    only = args.only.split(",") if args.only else ["fusedmlp", "fusedmlp[all]", *PEERS]
    with tempfile.TemporaryDirectory() as folder:
        wheel = (args.wheel or wheel_of(Path(folder))).resolve()
        ours = {"fusedmlp": [str(wheel)], "fusedmlp[all]": [f"{wheel}[all]"]}
        wanted = {**ours, **{name: text.split() for name, text in PEERS.items()}}
        rows = []
        for name in only:
            rows.append(install(name, wanted[name]))
            row = rows[-1]
            print(f"{name:15} {row['seconds']:7.1f} s {row['bytes'] / 1e6:8.1f} MB "
                  f"{len(row['distributions']):3} distributions")  # fmt: skip
        result = {
            "python": platform.python_version(),
            "system": platform.platform(),
            "wheel_bytes": wheel.stat().st_size,
            "rows": [*kept(only), *rows],
        }
    result["rows"].sort(key=lambda row: [*ours, *PEERS].index(row["name"]))
    save("install", result)
    if args.page:
        write_page(result)


if __name__ == "__main__":
    main()
