"""Trains for real on every backend of the installed package; the test of a wheel.

    python tools/smoke.py                      # each backend of this machine, each in a process
    python tools/smoke.py --here --expect v2   # this process alone, and which kernels it must have

Needs the package and what it depends on, nothing else.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

LEAST = 0.9  # accuracy on rows by other writers; 0.93 is usual


def train() -> tuple[str, float]:
    """Train a classifier of the digits, save and load it; return the backend and its accuracy."""
    import numpy as np

    import fusedmlp as fm

    X, y = fm.datasets.load_digits()
    X /= 16
    model = fm.MLP([64, 32, 10], activation="relu", norm="batch", seed=0)
    model.fit(
        X[:1400], y[:1400], loss="cross_entropy", optimizer=fm.optim.AdamW(lr=3e-3), epochs=12
    )
    accuracy = float((model.predict(X[1400:]).argmax(axis=1) == y[1400:]).mean())
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.safetensors"
        model.save(path)
        same = fm.load(path)
    if not np.array_equal(same.predict(X), model.predict(X)):
        raise SystemExit("smoke: a saved model predicts something else")
    curve = fm.MLP([1, 16, 1], activation="tanh", seed=0, dtype="float64")
    t = np.linspace(-1, 1, 200)[:, None]
    history = curve.fit(t, np.sin(3 * t), loss="mse", epochs=60, optimizer=fm.optim.Adam(lr=0.02))
    if not history.history["loss"][-1] < 0.1 * history.history["loss"][0]:
        raise SystemExit(f"smoke: the regression did not learn: {history.history['loss'][-1]}")
    return fm.info()["backend"], accuracy


def here(expected: str | None) -> None:
    """Train in this process."""
    import fusedmlp as fm

    backend, accuracy = train()
    print(f"smoke: {backend} accuracy {accuracy:.3f} ({fm.__file__})", flush=True)
    if expected and backend != expected:
        raise SystemExit(f"smoke: expected kernels {expected}, got {backend}")
    if accuracy < LEAST:
        raise SystemExit(f"smoke: accuracy {accuracy:.3f} is below {LEAST}")


def everywhere() -> None:
    """Train on each backend of this machine, each in a process of its own."""
    import fusedmlp as fm

    for backend in fm.info()["backends"]:
        command = [sys.executable, __file__, "--here", "--expect", backend]
        subprocess.run(command, check=True, env={**os.environ, "FUSEDMLP_BACKEND": backend})


def main() -> None:
    """Read the arguments and train."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--here", action="store_true", help="in this process alone")
    parser.add_argument("--expect", help="the backend that must be in use, with --here")
    options = parser.parse_args()
    if options.here:
        here(options.expect)
    else:
        everywhere()


if __name__ == "__main__":
    main()
