"""Writes the measured tables and the picture of README.md from bench/results.

python tools/readme_tables.py            rewrite tables and picture
python tools/readme_tables.py --check    exit with 1 if they are not what the results say
"""

from __future__ import annotations

import json
import math
import re
import sys
from pathlib import Path
from typing import Any

import speed_picture

ROOT = Path(__file__).resolve().parents[1]
RESULTS, README = ROOT / "bench" / "results", ROOT / "README.md"
PICTURE = ROOT / "docs" / "images" / "speed.svg"
TARGETS = "targets-amd-epyc-v3.json"
# Name in the results -> what a reader is told.
NETS = {
    "8-64-64-4 b64": "8-64-64-4, batch 64",
    "64-128-10 b64": "64-128-10, batch 64",
    "10-256-256-10 b128": "10-256-256-10, batch 128",
    "784-256-128-10 b128": "784-256-128-10, batch 128",
    "784-512-512-10 b128": "784-512-512-10, batch 128",
    "1024x3-10 b256": "1024-1024-1024-10, batch 256",
}
PEERS = {
    "JAX": "JAX's epoch / ours",
    "PyTorch": "torch / ours",
    "NumPy": "NumPy twin / ours",
}
DATA = {
    "digits": "digits, 1797 rows",
    "breast cancer": "breast cancer, 569 rows",
    "synthetic": "synthetic, 100,000 rows",
}
PRESETS = {
    "default": "`TabularClassifier`, `TabularRegressor`",
    "fast": 'the same, `preset="fast"`',
}

INSTALLED = {
    "fusedmlp": "fusedmlp",
    "fusedmlp[all]": "fusedmlp[all]: scikit-learn, pandas, matplotlib, ONNX, playground",
    "scikit-learn": "scikit-learn",
    "lightgbm": "LightGBM",
    "jax": "JAX",
    "torch": "PyTorch, the build for processors alone",
    "pytabkit": "RealMLP (pytabkit), with the PyTorch that the index gives",
}


def read(name: str) -> dict[str, Any]:
    """Return what a benchmark has written."""
    return json.loads((RESULTS / name).read_text(encoding="utf-8"))


def machine(results: dict[str, Any], *peers: str) -> str:
    """Return the machine and the versions of a run, in words."""
    facts = results["machine"]
    versions = ", ".join(f"{name} {facts[key]}" for name, key in _VERSIONS if name in peers)
    return f"{facts['cpu']}, {facts['cpu_count']} cores, kernels {facts['backend']}, {versions}"


_VERSIONS = (("PyTorch", "torch"), ("scikit-learn", "scikit-learn"), ("NumPy", "numpy"))


def ratios(threads: int = 2) -> dict[str, tuple[float, dict[str, float]]]:
    """Return for each net our time of a step in us, and how many times as long peers take."""
    rows = {r["what"]: r for r in read(TARGETS)["rows"] if r["threads"] == threads}
    found = {}
    for net in NETS:
        values = {peer: rows[f"train {net}: {what}"]["value"] for peer, what in PEERS.items()}
        found[net] = (1e6 * rows[f"train {net}: {PEERS['PyTorch']}"]["ours"], values)
    return found


def times(value: float) -> str:
    """Return a ratio in the digits that mean something."""
    return f"{value:.0f}x" if value >= 10 else f"{value:.1f}x" if value >= 2 else f"{value:.2f}x"


def microseconds(value: float) -> str:
    """Return a time, given in microseconds, in two or three digits."""
    for unit in ("us", "ms"):
        if value < 1000:
            return f"{value:.0f} {unit}" if value >= 100 or unit == "us" else f"{value:.3g} {unit}"
        value /= 1000
    return f"{value:.3g} s"


def steps() -> list[str]:
    """Return the table of training steps."""
    titles = ("one step of training (Adam)", "fusedmlp", *(f"{peer} takes" for peer in PEERS))
    lines = [f"| {' | '.join(titles)} |", "|---" * len(titles) + "|"]
    for net, (ours, values) in ratios().items():
        cells = (NETS[net], microseconds(ours), *(times(values[peer]) for peer in PEERS))
        lines.append(f"| {' | '.join(cells)} |")
    where = machine(read(TARGETS), "PyTorch", "NumPy")
    note = f"Two threads, float32, medians; {where} (the package's own steps in NumPy); JAX's epoch"
    source = "`python bench/targets.py`, [how it is measured](docs/performance.md)"
    return [*lines, "", f"{note} is compiled. {source}."]


def estimators() -> list[str]:
    """Return the table of fits beside scikit-learn."""
    results = read("sklearn-amd-epyc.json")
    rows = {r["case"]: r for r in results["rows"] if r["threads"] == 2}
    lines = [
        "| `MLPClassifier.fit` | fusedmlp | scikit-learn takes | accuracy, ours and theirs |",
        "|---|---|---|---|",
    ]
    for case, words in DATA.items():
        row = rows[case]
        score, theirs = (row[who]["score"] for who in ("fusedmlp", "scikit-learn"))
        seconds = 1e6 * row["fusedmlp"]["seconds"]
        cells = (words, microseconds(seconds), times(row["speed_up"]), f"{score:.3f}, {theirs:.3f}")
        lines.append(f"| {' | '.join(cells)} |")
    note = f"Two threads, float64; {machine(results, 'scikit-learn')}."
    return [*lines, "", f"{note} `python bench/sklearn_side_by_side.py`."]


def mean(values: list[float]) -> float:
    """Return the geometric mean."""
    return math.exp(sum(map(math.log, values)) / len(values))


def tables() -> list[str]:
    """Return the table beside LightGBM."""
    results = read("tables.json")
    base = results["rows"]["LightGBM"]
    seconds = sum(row["seconds"] for row in base.values())
    lines = [
        f"| {len(base)} open tables | error | log-loss | tables won | all fits |",
        "|---|---|---|---|---|",
    ]
    lines.append(f"| LightGBM's defaults | 1 | 1 | | {seconds:.0f} s |")
    for preset, words in PRESETS.items():
        ours = results["rows"][preset]
        error = [ours[t]["error"] / base[t]["error"] for t in base]
        loss = [ours[t]["log_loss"] / base[t]["log_loss"] for t in base if "log_loss" in base[t]]
        seconds = sum(ours[t]["seconds"] for t in base)
        won = f"{sum(e < 1 for e in error)} of {len(error)}"
        lines.append(
            f"| {words} | {mean(error):.2f} | {mean(loss):.2f} | {won} | {seconds:.0f} s |"
        )
    note = "Geometric means of the ratio to LightGBM; the settings were chosen on these tables, so"
    source = "`python bench/tables.py`, [table by table](docs/tables.md)"
    return [*lines, "", f"{note} expect a little less on others. {source}."]


def install() -> list[str]:
    """Return the table of what an installation brings, or that nobody has measured it."""
    if not (RESULTS / "install.json").exists():
        return ["Size, packages and seconds: not measured yet (`python bench/install.py`)."]
    results = read("install.json")
    rows = {row["name"]: row for row in results["rows"]}
    lines = ["| `pip install` | on disk | packages | seconds |", "|---|---|---|---|"]
    for name, words in INSTALLED.items():
        row = rows[name]
        cells = (words, megabytes(row["bytes"]), str(len(row["distributions"])))
        lines.append(f"| {' | '.join(cells)} | {row['seconds']:.0f} |")
    wheel = f"The wheel of fusedmlp has {megabytes(results['wheel_bytes'])}."
    note = f"{wheel} Python {results['python']}; seconds contain the download."
    return [*lines, "", f"{note} `python bench/install.py`."]


def megabytes(n: int) -> str:
    """Return a size in MB."""
    value = n / 1e6
    return f"{value:.1f} MB" if value < 10 else f"{value:.0f} MB"


PARTS = {"steps": steps, "estimators": estimators, "tables": tables, "install": install}


def rewritten(text: str) -> str:
    """Return README with each part between its two marks written anew."""
    for name, make in PARTS.items():
        begin, end = f"<!-- {name}: tools/readme_tables.py -->", f"<!-- end of {name} -->"
        pattern = re.compile(re.escape(begin) + ".*?" + re.escape(end), re.S)
        if not pattern.search(text):
            raise SystemExit(f"README.md has no place for {name}")
        body = "\n".join(make())
        text = pattern.sub(lambda _: f"{begin}\n{body}\n{end}", text)  # noqa: B023
    return text


def main() -> int:
    """Write both files, or compare them."""
    files = {
        README: rewritten(README.read_text(encoding="utf-8")),
        PICTURE: speed_picture.draw(NETS, ratios(), times, microseconds),
    }
    if "--check" in sys.argv:
        stale = [
            p.name for p, new in files.items() if not p.exists() or p.read_text("utf-8") != new
        ]
        print("\n".join(f"{name} is not what bench/results say" for name in stale), end="")
        return int(bool(stale))
    for path, new in files.items():
        path.write_text(new, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
