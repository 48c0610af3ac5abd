"""Calls that people make around an epoch: single steps, loops of their own, small fits.

    python bench/steps.py [--seconds 20] [--no-torch]

One thread. Each row is compared with what it is made of: the step inside a native epoch, plus an
allowance. Where PyTorch has the same call it takes part, in turns. Writes
bench/results/steps-<cpu>.json.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from common import save, slug

import fusedmlp as fm
from fusedmlp import functional as F
from fusedmlp.benchmarks import machine, peers
from fusedmlp.benchmarks.table import short
from fusedmlp.benchmarks.timing import Call, interleave

NETS = {"2-8-1 b4": ((2, 8, 1), 4), "8-64-64-4 b64": ((8, 64, 64, 4), 64)}
# Microseconds that a call may take beyond the step inside an epoch.
TRAIN_BATCH, OWN_LOOP = 4.0, 8.0
PREDICT, FIT, FIT_WATCHED = 1.5, 150.0, 350.0
STEPS = 256  # of the epoch that tells what a step takes


class Line(NamedTuple):
    """A measured row; times in microseconds."""

    what: str
    ours: float
    target: float
    torch: float | None = None

    @property
    def met(self) -> bool:
        return self.ours <= self.target


def _data(sizes: tuple[int, ...], batch: int) -> tuple[Any, Any]:
    rng = np.random.default_rng(0)
    x = rng.standard_normal((batch, sizes[0]), np.float32)
    return x, rng.standard_normal((batch, sizes[-1]), np.float32)


def _our_calls(sizes: tuple[int, ...], batch: int) -> dict[str, Call]:
    x, y = _data(sizes, batch)
    X, Y = np.tile(x, (STEPS, 1)), np.tile(y, (STEPS, 1))
    models = [fm.MLP(sizes, seed=0) for _ in range(3)]
    optimizers = [fm.optim.Adam() for _ in range(3)]

    def epochs() -> None:
        models[0].fit(X, Y, loss="mse", optimizer=optimizers[0], epochs=10, batch_size=batch,
                      progress=False, doctor=False)  # fmt: skip

    def train_batch() -> None:
        models[1].train_batch(x, y, loss="mse", optimizer=optimizers[1])

    def own_loop() -> None:
        pred = models[2].forward(x, training=True)
        _, dpred = F.mse_value_and_grad(pred, y)
        models[2].backward(dpred, need_dx=False)
        optimizers[2].step(models[2])

    return {
        "step": Call(epochs, 10 * STEPS),
        "train_batch": Call(train_batch),
        "own loop": Call(own_loop),
    }


def _torch_step(sizes: tuple[int, ...], batch: int) -> Call:
    torch = peers.module("torch")
    layers: list[Any] = []
    for a, b in pairwise(sizes):
        layers += [torch.nn.Linear(a, b), torch.nn.ReLU()]
    model, loss = torch.nn.Sequential(*layers[:-1]), torch.nn.MSELoss()
    optimizer = torch.optim.Adam(model.parameters(), fused=True)
    x, y = (torch.from_numpy(array) for array in _data(sizes, batch))

    def step() -> None:
        optimizer.zero_grad()
        loss(model(x), y).backward()
        optimizer.step()

    return Call(step)


def _steps(name: str, seconds: float, torch: bool) -> list[Line]:
    sizes, batch = NETS[name]
    calls = _our_calls(sizes, batch)
    if torch:
        calls["torch"] = _torch_step(sizes, batch)
    times = {k: 1e6 * t.median for k, t in interleave(calls, seconds=seconds).items()}
    step, other = times["step"], times.get("torch")
    return [
        Line(f"step inside an epoch, {name}", step, np.inf, other),
        Line(f"train_batch, {name}", times["train_batch"], step + TRAIN_BATCH, other),
        Line(f"own loop, {name}", times["own loop"], step + OWN_LOOP, other),
    ]


def _small_calls() -> dict[str, tuple[Callable[[], object], float]]:
    rng = np.random.default_rng(0)
    X, y = rng.standard_normal((150, 4), np.float32), rng.integers(0, 3, 150)
    rows = rng.standard_normal((4, 2), np.float32)
    xor, model = fm.MLP([2, 8, 1], seed=0), fm.MLP([4, 16, 3], seed=0)

    def fit(**options: Any) -> None:
        model.fit(X, y, loss="cross_entropy", epochs=10, progress=False, **options)

    def watched() -> None:
        fit(
            validation_split=0.2,
            metrics=["accuracy"],
            callbacks=[fm.callbacks.EarlyStopping()],
        )

    return {
        "predict of 4 rows, 2-8-1": (lambda: xor.predict(rows), PREDICT),
        "predict_one, 2-8-1": (lambda: xor.predict_one(rows[0]), PREDICT),
        "fit, 150 x 4 rows, 4-16-3, 10 epochs": (fit, FIT),
        "the same, validation, accuracy, EarlyStopping": (watched, FIT_WATCHED),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seconds", type=float, default=20.0, help="for all rows, about")
    parser.add_argument("--no-torch", action="store_true", help="ours alone")
    args = parser.parse_args()
    facts, torch = machine.facts(), not args.no_torch
    peers.require(("torch",) if torch else ())
    lines: list[Line] = []
    with peers.threads(1, ("torch",) if torch else ()):
        for name in NETS:
            lines += _steps(name, args.seconds / 3, torch)
        small = _small_calls()
        calls = {what: Call(run) for what, (run, _) in small.items()}
        for what, time in interleave(calls, seconds=args.seconds / 3).items():
            lines.append(Line(what, 1e6 * time.median, small[what][1]))
    print(f"{'microseconds':48} {'ours':>8} {'target':>8} {'torch':>8}")
    for line in lines:
        other = "-" if line.torch is None else short(line.torch)
        goal = "-" if np.isinf(line.target) else short(line.target)
        verdict = "" if goal == "-" else "met" if line.met else "MISSED"
        print(f"{line.what:48} {short(line.ours):>8} {goal:>8} {other:>8} {verdict}")
    rows = [{**line._asdict(), "met": line.met} for line in lines if np.isfinite(line.target)]
    save(f"steps-{slug(facts['cpu'] + ' ' + facts['backend'])}", {"machine": facts, "rows": rows})


if __name__ == "__main__":
    main()
