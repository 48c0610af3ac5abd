"""Our estimators beside scikit-learn's: time of a fit and score on held-out rows.

    python bench/sklearn_side_by_side.py [--rounds 5] [--threads 1,2] [--only digits,...]
        [--rows 100000] [--name NAME]

The same parameters and rows for both, in turns, round after round; every round has another split
and seed, the same for both. "kernels" is the share of our fit that the engine's job takes: what is
left is the estimator's own work. Writes bench/results/sklearn-<cpu>.json.
"""

from __future__ import annotations

import argparse
import statistics
import time
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import sklearn.neural_network as theirs
from common import numbers, save, slug
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits, make_classification
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

import fusedmlp as fm
from fusedmlp import sklearn as ours
from fusedmlp.benchmarks import machine
from fusedmlp.benchmarks.timing import wait_until_idle
from fusedmlp.sklearn.stochastic import Epochs

Rows = tuple[np.ndarray, np.ndarray]


def _diabetes() -> Rows:
    X, y = load_diabetes(return_X_y=True)
    return X, (y - y.mean()) / y.std()


def _synthetic(rows: int) -> Rows:
    return make_classification(
        rows, 40, n_informative=20, n_classes=4, n_clusters_per_class=3, random_state=0
    )


# Name: data, class, parameters.
CASES: dict[str, tuple[Callable[[int], Rows], str, dict[str, Any]]] = {
    "digits": (lambda rows: load_digits(return_X_y=True), "MLPClassifier", {"max_iter": 100}),
    "digits sgd": (
        lambda rows: load_digits(return_X_y=True), "MLPClassifier",
        {"solver": "sgd", "learning_rate_init": 0.01, "max_iter": 100},
    ),
    "digits lbfgs": (
        lambda rows: load_digits(return_X_y=True), "MLPClassifier",
        {"solver": "lbfgs", "max_iter": 100},
    ),
    "breast cancer": (
        lambda rows: load_breast_cancer(return_X_y=True), "MLPClassifier", {"max_iter": 200}
    ),
    "diabetes": (
        lambda rows: _diabetes(), "MLPRegressor", {"max_iter": 200, "early_stopping": True}
    ),
    "synthetic": (
        _synthetic, "MLPClassifier", {"hidden_layer_sizes": (128, 64), "max_iter": 10}
    ),
}  # fmt: skip


def one_fit(module: Any, name: str, options: dict[str, Any], data: Any) -> tuple[float, float, int]:
    """Return seconds, score on the held-out rows, and epochs of a fit."""
    X, X_test, y, y_test = data
    model = getattr(module, name)(**options)
    wait_until_idle()
    began = time.perf_counter()
    model.fit(X, y)
    seconds = time.perf_counter() - began
    return seconds, float(model.score(X_test, y_test)), int(model.n_iter_)


class KernelClock:
    """Adds up the time inside the engine's epochs."""

    seconds = 0.0

    def __enter__(self) -> KernelClock:
        self._init = Epochs.__init__
        clock, init = self, self._init

        class Timed:
            def __init__(self, job: Any) -> None:
                self._job = job

            def epoch(self, *args: Any) -> Any:
                began = time.perf_counter()
                result = self._job.epoch(*args)
                clock.seconds += time.perf_counter() - began
                return result

            def __getattr__(self, name: str) -> Any:
                return getattr(self._job, name)

        def timed(epochs: Any, *args: Any) -> None:
            init(epochs, *args)
            epochs.job = Timed(epochs.job)

        Epochs.__init__ = timed  # type: ignore[method-assign]
        return self

    def __exit__(self, *error: object) -> None:
        Epochs.__init__ = self._init  # type: ignore[method-assign]


def measure(case: str, rounds: int, threads: int, rows: int) -> dict[str, Any]:
    """Return the medians of one case."""
    load, name, options = CASES[case]
    X, y = load(rows)
    times: dict[str, list[tuple[float, float, int]]] = {"fusedmlp": [], "scikit-learn": []}
    kernels = 0.0
    for seed in range(rounds):
        data = train_test_split(X, y, random_state=seed)
        scaler = StandardScaler().fit(data[0])
        data[:2] = scaler.transform(data[0]), scaler.transform(data[1])
        chosen = {**options, "random_state": seed}
        with fm.num_threads(threads), KernelClock() as clock:
            times["fusedmlp"].append(one_fit(ours, name, chosen, data))
        kernels += clock.seconds
        times["scikit-learn"].append(one_fit(theirs, name, chosen, data))
    row: dict[str, Any] = {"case": case, "threads": threads, "rounds": rounds, "options": options}
    for who, found in times.items():
        row[who] = {
            "seconds": statistics.median(t for t, *_ in found),
            "score": statistics.mean(s for _, s, _ in found),
            "epochs": statistics.mean(n for *_, n in found),
        }
    row["speed_up"] = row["scikit-learn"]["seconds"] / row["fusedmlp"]["seconds"]
    if options.get("solver") != "lbfgs":
        row["kernels"] = kernels / sum(t for t, *_ in times["fusedmlp"])
    mine, peer = row["fusedmlp"], row["scikit-learn"]
    print(
        f"{case:14} threads {threads}: {mine['seconds']:.3f} s, score {mine['score']:.4f}, "
        f"{mine['epochs']:.0f} epochs; scikit-learn {peer['seconds']:.3f} s, "
        f"{peer['score']:.4f}, {peer['epochs']:.0f} epochs; {row['speed_up']:.1f} times as fast"
        + (f"; kernels {row['kernels']:.1%}" if "kernels" in row else "")
    )
    return row


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=numbers, default=(1, 2))
    parser.add_argument("--only", default=",".join(CASES))
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--name", help="of the result file; '-' writes none")
    args = parser.parse_args()
    warnings.simplefilter("ignore", ConvergenceWarning)
    facts = machine.facts()
    rows = [
        measure(case, args.rounds, threads, args.rows)
        for case in args.only.split(",")
        for threads in args.threads
    ]
    if args.name != "-":
        name = args.name or f"sklearn-{slug(str(facts.get('cpu', '')))}"
        save(name, {"machine": facts, "synthetic_rows": args.rows, "rows": rows})


if __name__ == "__main__":
    main()
