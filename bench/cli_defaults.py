"""Why `fusedmlp train` takes AdamW with weight decay: its default network against plain Adam.

    python bench/cli_defaults.py        (needs scikit-learn)

For each data set and seed the command trains on three quarters and is scored on the rest;
printed is the mean score (accuracy, or R2) over the seeds.
"""

from __future__ import annotations

import contextlib
import io
import re
import tempfile
from pathlib import Path

import numpy as np
from sklearn.datasets import load_diabetes, make_friedman1

from fusedmlp.cli import main as cli

SEEDS = range(4)
CHOICES = {
    "adam": ["--optimizer", "adam"],
    "adamw 0.3": [],
    "adamw 1.0": ["--optimizer", "adamw", "--weight-decay", "1.0"],
}


def write_csv(path: Path, X: np.ndarray, y: np.ndarray) -> str:
    """Write X with y as the last column."""
    names = ",".join([*(f"x{i}" for i in range(X.shape[1])), "target"])
    np.savetxt(path, np.column_stack([X, y]), delimiter=",", header=names, comments="")
    return str(path)


def score(arguments: list[str], folder: Path) -> float:
    """Run the command; return what it prints as test accuracy or test R2."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        code = cli(["train", *arguments, "--out", str(folder / "m.safetensors")])
    found = re.search(r"test (?:accuracy|R2) +(-?[\d.]+)", out.getvalue())
    if code or not found:
        raise SystemExit(f"train {arguments} gave {code}: {out.getvalue()}")
    return float(found[1])


def main() -> None:
    """Print a row per data set."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        noisy = make_friedman1(1000, noise=1.0, random_state=0)
        sets = {
            "digits": [],
            "diabetes": [write_csv(folder / "d.csv", *load_diabetes(return_X_y=True))],
            "friedman1, noise 1": [write_csv(folder / "f.csv", *noisy)],
        }
        print(f"{'data':20}", *(f"{choice:>10}" for choice in CHOICES))
        for data, arguments in sets.items():
            means = [
                np.mean([score([*arguments, *c, "--seed", str(s)], folder) for s in SEEDS])
                for c in CHOICES.values()
            ]
            print(f"{data:20}", *(f"{m:10.3f}" for m in means))


if __name__ == "__main__":
    main()
