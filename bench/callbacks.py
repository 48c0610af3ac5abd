"""What callbacks cost: a plain fit against one with ProgressBar, EarlyStopping and EMA.

    python bench/callbacks.py [--epochs 200] [--repeats 15] [--json bench/results/callbacks.json]

On the digits, with validation data in both. Time per epoch, the two taking turns, medians over the
repeats. The bar is shown, on a terminal that is thrown away. The doctor is measured the same way.
"""

from __future__ import annotations

import argparse
import io
import json
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import fusedmlp as fm


class Terminal(io.StringIO):
    """Takes the progress bar for itself."""

    def isatty(self) -> bool:
        return True


def seconds_per_epoch(data: Any, epochs: int, callbacks: list[Any], doctor: bool) -> float:
    X, y, X_val, y_val = data
    model = fm.MLP([64, 64, 64, 10], seed=0)
    screen, sys.stderr = sys.stderr, Terminal()
    try:
        start = time.perf_counter()
        model.fit(
            X,
            y,
            loss="cross_entropy",
            epochs=epochs,
            validation_data=(X_val, y_val),
            callbacks=callbacks,
            progress=False,
            doctor=doctor,
        )
        return (time.perf_counter() - start) / epochs
    finally:
        sys.stderr = screen


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--epochs", type=int, default=200)
    parser.add_argument("--repeats", type=int, default=15)
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()

    X, y = fm.datasets.load_digits()
    data = X[:1500] / 16, y[:1500], X[1500:] / 16, y[1500:]
    cb = fm.callbacks
    variants: dict[str, tuple[Callable[[], list[Any]], bool]] = {
        "plain": (list, False),
        "doctor": (list, True),
        "ProgressBar": (lambda: [cb.ProgressBar()], False),
        "EarlyStopping": (lambda: [cb.EarlyStopping(patience=10**6)], False),
        "EMA": (lambda: [cb.EMA(0.999)], False),
        "all three": (
            lambda: [cb.ProgressBar(), cb.EarlyStopping(patience=10**6), cb.EMA(0.999)],
            False,
        ),
    }
    times: dict[str, list[float]] = {name: [] for name in variants}
    for _ in range(args.repeats + 1):
        for name, (callbacks, doctor) in variants.items():
            times[name].append(seconds_per_epoch(data, args.epochs, callbacks(), doctor))
    medians = {name: statistics.median(values[1:]) for name, values in times.items()}
    # Turn by turn against the plain fit of the same turn: the machine's moods cancel.
    ratios = {
        name: statistics.median(a / b for a, b in zip(values, times["plain"], strict=True))
        for name, values in times.items()
    }
    for name, value in medians.items():
        print(f"{name:14} {value * 1e6:8.1f} us per epoch   ratio {ratios[name]:.3f}")
    if args.json:
        args.json.parent.mkdir(parents=True, exist_ok=True)
        result = {
            "what": "fit 64-64-64-10 on the digits, batch 32, seconds per epoch",
            "epochs": args.epochs,
            "repeats": args.repeats,
            "threads": fm.get_num_threads(),
            "info": {key: str(value) for key, value in fm.info().items()},
            "seconds_per_epoch": medians,
            "ratio_to_plain": ratios,
        }
        args.json.write_text(json.dumps(result, indent=2) + "\n")


if __name__ == "__main__":
    main()
