"""The target table: every row measured and judged, met or missed.

    python bench/targets.py [--threads 1,2] [--seconds 240] [--rows train,predict,...] [--no-vgg]

Ratios are PyTorch's (or the other's) time over ours, in one run, interleaved, medians. Writes
bench/results/targets-<cpu>.json.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from functools import partial
from math import exp, log
from pathlib import Path
from typing import Any, NamedTuple

from common import numbers, save, slug

import fusedmlp as fm
from fusedmlp.benchmarks import BENCHMARKS, Settings, machine, peers
from fusedmlp.benchmarks.nets import NETS, VGG_HEAD, net
from fusedmlp.benchmarks.runner import run
from fusedmlp.benchmarks.table import short
from fusedmlp.benchmarks.timing import Call, interleave, wait_until_idle
from fusedmlp.benchmarks.train import our_fit

# Torch's time over ours for the largest number of threads; on one thread never below 1.
TRAIN = {
    "2-8-1": 100.0, "20-64-64-1": 18.0, "8-64-64-4": 14.0, "64-128-10": 9.0, "10-46-46-10": 11.0,
    "10-256-256-10": 2.4, "784-256-128-10": 1.8, "784-512-512-10": 1.35, "1024x3-10": 1.15,
    "2048x3-10": 1.08, "VGG16 head": 1.8,
}  # fmt: skip
TWIN = 5.0  # for nets at least 64 wide
# JAX's compiled epoch over ours: with one thread, and with more.
JAX = {
    "2-8-1": (6.0, 1.3), "20-64-64-1": (1.8, 1.3), "8-64-64-4": (1.8, 1.3), "64-128-10": (1.8, 1.3),
    "10-256-256-10": (1.2, 1.3), "784-256-128-10": (1.2, 1.3), "784-512-512-10": (1.2, 1.3),
    "1024x3-10": (1.2, 1.3),
}  # fmt: skip
PREDICT_ONE = {"8-64-64-4": 1.5e-6, "784-256-128-10": 8e-6}
ACTIVATIONS_MEAN, COPY_LIMIT = 1.8, 1.1
ADAM, SKLEARN_FIT = 1.2, 10.0


class Verdict(NamedTuple):
    """One judged row; `value` must be at least `target`, or at most it where `at_most`."""

    what: str
    threads: int
    ours: float | None  # seconds per unit
    other: float | None
    value: float
    target: float
    at_most: bool = False

    @property
    def met(self) -> bool:
        return self.value <= self.target if self.at_most else self.value >= self.target


def _time(row: dict[str, Any], who: str = "fusedmlp") -> float:
    return float(row["times"][who]["median"])


def _against(row: dict[str, Any], who: str, what: str, target: float) -> Verdict:
    return Verdict(what, row["threads"], _time(row), _time(row, who), row["ratios"][who], target)


def train(settings: Settings) -> list[Verdict]:
    verdicts = []
    for row in run(BENCHMARKS["train"], settings):
        name, threads = row["net"], row["threads"]
        label = f"train {name} b{row['batch']}"
        target = TRAIN[name] if threads == max(settings.threads) else 1.0
        verdicts.append(_against(row, "torch", f"{label}: torch / ours", target))
        wide = all(size >= 64 for size in net(name).sizes[1:-1])
        if wide and "numpy" in row["ratios"]:
            verdicts.append(_against(row, "numpy", f"{label}: NumPy twin / ours", TWIN))
    return verdicts


def jax(settings: Settings) -> list[Verdict]:
    """JAX keeps the number of threads it starts with: each in a process of its own."""
    verdicts = []
    for threads in settings.threads:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "train.json"
            command = [
                sys.executable, "-m", "fusedmlp", "bench", "train", "--against", "jax",
                "--threads", str(threads), "--json", str(path),
                "--seconds", str(settings.seconds / len(settings.threads)),
            ]  # fmt: skip
            subprocess.run(command, check=True)
            rows = json.loads(path.read_text(encoding="utf-8"))["rows"]
        for row in rows:
            if row["net"] in JAX:
                what = f"train {row['net']} b{row['batch']}: JAX's epoch / ours"
                verdicts.append(_against(row, "jax", what, JAX[row["net"]][threads > 1]))
    return verdicts


def teams(settings: Settings) -> list[Verdict]:
    """Whether all threads are slower than one anywhere, both in turns."""
    verdicts, most = [], max(settings.threads)
    nets = [n for n in (*NETS, VGG_HEAD) if settings.only is None or settings.only({"net": n.name})]
    for n in nets if most > 1 else ():
        fit = our_fit(n, settings.dtype, *n.data(settings.dtype), n.epochs)
        calls = {str(k): Call(partial(fit.run, num_threads=k), fit.units) for k in (1, most)}
        times = interleave(calls, seconds=settings.seconds / len(nets), settle=wait_until_idle)
        one, all_ = times["1"].median, times[str(most)].median
        what = f"train {n.name} b{n.batch}: one thread / these"
        # 5 % is the noise of nets that run on one worker in both cases.
        verdicts.append(Verdict(what, most, all_, one, one / all_, 0.95))
    return verdicts


def predict(settings: Settings) -> list[Verdict]:
    rows = run(BENCHMARKS["predict"], settings)
    verdicts = []
    for row in rows:
        label = f"{row['call']} {row['net']} b{row['batch']}"
        if row["call"] == "predict_one out=":
            seconds, target = _time(row), PREDICT_ONE[row["net"]]
            verdicts.append(
                Verdict(f"{label}: us", row["threads"], seconds, None, 1e6 * seconds,
                        1e6 * target, at_most=True)
            )  # fmt: skip
        verdicts.append(_against(row, "torch", f"{label}: torch / ours", 1.0))
    return verdicts


def activations(settings: Settings) -> list[Verdict]:
    rows = run(BENCHMARKS["activations"], settings)
    verdicts = []
    for row in rows:
        label = f"{row['function']} {row['pass']} {row['elements']}"
        if "torch" in row["ratios"]:
            verdicts.append(_against(row, "torch", f"{label}: torch / ours", 1.0))
        if row["elements"] >= 2**22 and row["pass"] == "forward" and row["threads"] == 1:
            ratio = _time(row) / _time(row, "copy")
            verdicts.append(
                Verdict(f"{label}: ours / copy", 1, _time(row), _time(row, "copy"), ratio,
                        COPY_LIMIT, at_most=True)
            )  # fmt: skip
    for threads in settings.threads:
        logs = [log(r["ratios"]["torch"]) for r in rows
                if r["threads"] == threads and "torch" in r["ratios"]]  # fmt: skip
        mean = exp(sum(logs) / len(logs))
        what = "activations, geometric mean: torch / ours"
        verdicts.append(Verdict(what, threads, None, None, mean, ACTIVATIONS_MEAN))
    return verdicts


def optimizers(settings: Settings) -> list[Verdict]:
    rows = run(BENCHMARKS["optimizers"], settings)
    return [_against(row, "torch", "Adam, 64M parameters: torch fused / ours", ADAM)
            for row in rows]  # fmt: skip


def sklearn_fit(settings: Settings) -> list[Verdict]:
    """`fit` of scikit-learn's digits, 64-100-10, batches of 200, 20 epochs, Adam, both float32."""
    neural_network = peers.module("sklearn.neural_network")
    X, y = fm.datasets.load_digits()
    X = X / 16
    model, verdicts = fm.MLP([64, 100, 10], seed=0), []
    other = neural_network.MLPClassifier(
        (100,), max_iter=20, alpha=0.0, tol=0.0, n_iter_no_change=1000, random_state=0
    )

    def theirs() -> None:
        import warnings

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that 20 epochs are not enough
            other.fit(X, y)

    ours = partial(model.fit, X, y, loss="cross_entropy", epochs=20, batch_size=200, progress=False)
    for threads in settings.threads:
        with peers.threads(threads, settings.against):
            times = interleave(
                {"ours": Call(ours), "theirs": Call(theirs)}, seconds=5.0, settle=wait_until_idle
            )
        a, b = times["ours"].median, times["theirs"].median
        what = "fit, digits, 20 epochs: scikit-learn / ours"
        verdicts.append(Verdict(what, threads, a, b, b / a, SKLEARN_FIT))
    return verdicts


def _settings(args: argparse.Namespace, name: str) -> Settings:
    against = {
        "train": ("numpy", "torch"),
        "teams": (),
        "sklearn": ("sklearn",),
        "jax": ("jax",),
    }.get(name, ("torch",))

    def without_vgg(labels: Mapping[str, Any]) -> bool:
        return labels["net"] != VGG_HEAD.name or not args.no_vgg

    only = {
        "train": without_vgg,
        "teams": without_vgg,
        "optimizers": lambda labels: (
            (labels["optimizer"], labels["parameters"] >= 2**26) == ("adam", True)
        ),
    }
    return Settings(
        threads=args.threads,
        against=peers.require(against),
        seconds=args.seconds / len(args.rows),
        size="all",
        only=only.get(name),
    )


def main() -> None:
    judges = {
        "train": train, "jax": jax, "teams": teams, "predict": predict, "activations": activations,
        "optimizers": optimizers, "sklearn": sklearn_fit,
    }  # fmt: skip
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--threads", type=numbers, default=(1, fm.get_num_threads()))
    parser.add_argument("--seconds", type=float, default=240.0, help="for all rows, about")
    parser.add_argument("--rows", type=lambda s: s.split(","), default=list(judges))
    parser.add_argument("--no-vgg", action="store_true", help="leave out the net of 0.5 GB")
    args = parser.parse_args()
    if unknown := set(args.rows) - set(judges):
        parser.error(f"--rows: must be of {', '.join(judges)}, got {', '.join(unknown)}")
    facts = machine.facts()
    verdicts = [v for name in args.rows for v in judges[name](_settings(args, name))]
    print(f"\n{'row':52} threads {'ours us':>10} {'other us':>10} {'value':>8}  target")
    for v in verdicts:
        ours, other = ("-" if t is None else short(1e6 * t) for t in (v.ours, v.other))
        sign = "<=" if v.at_most else ">="
        print(
            f"{v.what:52} {v.threads:>7} {ours:>10} {other:>10} {short(v.value):>8}  "
            f"{sign} {short(v.target):5} {'met' if v.met else 'MISSED'}"
        )
    print(f"\n{sum(v.met for v in verdicts)} of {len(verdicts)} met")
    rows = [{**v._asdict(), "met": v.met} for v in verdicts]
    save(f"targets-{slug(facts['cpu'] + ' ' + facts['backend'])}", {"machine": facts, "rows": rows})


if __name__ == "__main__":
    main()
