"""Many small nets: side by side, one after another, and as others train them.

    python bench/many.py [--nets 64] [--rows 2000] [--batch 64] [--epochs 5] [--threads 2]
        [--seconds 120] [--against joblib,loop,vmap]

64 nets 8-64-64-4 with Adam on 2000 rows. "one after another" is `fit` with one thread for each
net, "fit_many" has all threads; "joblib" is scikit-learn's MLPClassifier in as many processes,
"loop" PyTorch's eager loop net by net with all threads, "vmap" one functional Adam over all nets
stacked, which PyTorch vectorises. All take turns. "the machine" is how many times as much separate
processes of one thread do as one alone: what no program can exceed. Writes
bench/results/many-<cpu>.json.
"""

from __future__ import annotations

import argparse
import multiprocessing
import time
import warnings
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from common import save, slug

import fusedmlp as fm
from fusedmlp.benchmarks import machine, peers
from fusedmlp.benchmarks.timing import Call, interleave, wait_until_idle

SIZES = (8, 64, 64, 4)
# Time of the others over that of fit_many; one after another for two threads.
TARGETS = {"one after another": 1.85, "joblib": 10.0, "loop": 10.0, "vmap": 10.0}
LR = 1e-3


def ours(X: Any, y: Any, args: argparse.Namespace) -> dict[str, Callable[[], object]]:
    models = [fm.MLP(SIZES, seed=k) for k in range(args.nets)]
    options = {
        "loss": "cross_entropy", "epochs": args.epochs, "batch_size": args.batch, "progress": False,
    }  # fmt: skip

    def one_after_another() -> None:
        for model in models:
            model.fit(X, y, num_threads=1, **options)

    together = partial(fm.fit_many, models, X, y, num_threads=args.threads, **options)
    return {"fit_many": together, "one after another": one_after_another}


def _sklearn_fit(seed: int, X: Any, y: Any, batch: int, epochs: int) -> None:
    from sklearn.neural_network import MLPClassifier

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that the epochs are not enough
        MLPClassifier(
            SIZES[1:-1], batch_size=batch, max_iter=epochs, alpha=0.0, tol=0.0,
            n_iter_no_change=10**6, random_state=seed,
        ).fit(X, y)  # fmt: skip


def by_joblib(X: Any, y: Any, args: argparse.Namespace) -> Callable[[], object]:
    from joblib import Parallel, delayed

    pool = Parallel(n_jobs=args.threads)  # its processes stay from call to call
    fits = [delayed(_sklearn_fit)(k, X, y, args.batch, args.epochs) for k in range(args.nets)]
    return partial(pool, fits)


def _torch_net(torch: Any, seed: int) -> Any:
    torch.manual_seed(seed)
    a, b, c, d = SIZES
    linear, relu = torch.nn.Linear, torch.nn.ReLU
    return torch.nn.Sequential(linear(a, b), relu(), linear(b, c), relu(), linear(c, d))


def _batches(torch: Any, X: Any, y: Any, size: int) -> list[tuple[Any, Any]]:
    """Cut beforehand: no shuffling, no gathering."""
    inputs, targets = torch.from_numpy(X), torch.from_numpy(y)
    return list(zip(inputs.split(size), targets.split(size), strict=True))


def by_loop(X: Any, y: Any, args: argparse.Namespace) -> Callable[[], object]:
    torch = peers.module("torch")
    batches, loss = _batches(torch, X, y, args.batch), torch.nn.CrossEntropyLoss()
    nets = [_torch_net(torch, k) for k in range(args.nets)]
    optimizers = [torch.optim.Adam(net.parameters(), lr=LR, fused=True) for net in nets]

    def run() -> None:
        for net, optimizer in zip(nets, optimizers, strict=True):
            for _ in range(args.epochs):
                for inputs, targets in batches:
                    optimizer.zero_grad()
                    loss(net(inputs), targets).backward()
                    optimizer.step()

    return run


def by_vmap(X: Any, y: Any, args: argparse.Namespace) -> Callable[[], object]:
    torch = peers.module("torch")
    func = torch.func
    batches = _batches(torch, X, y, args.batch)
    nets = [_torch_net(torch, k) for k in range(args.nets)]
    parameters, _ = func.stack_module_state(nets)
    parameters = {name: p.detach() for name, p in parameters.items()}
    zeros = partial(torch.zeros_like)
    m, v = ({name: zeros(p) for name, p in parameters.items()} for _ in range(2))
    skeleton = nets[0]

    def loss(own: Any, inputs: Any, targets: Any) -> Any:
        outputs = func.functional_call(skeleton, own, (inputs,))
        return torch.nn.functional.cross_entropy(outputs, targets)

    gradient = torch.vmap(func.grad(loss), in_dims=(0, None, None))
    step = 0

    def run() -> None:
        nonlocal step
        for _ in range(args.epochs):
            for inputs, targets in batches:
                step += 1
                found = gradient(parameters, inputs, targets)
                rate = LR * (1 - 0.999**step) ** 0.5 / (1 - 0.9**step)
                for name, g in found.items():
                    m[name].lerp_(g, 0.1)
                    v[name].mul_(0.999).addcmul_(g, g, value=0.001)
                    parameters[name].addcdiv_(m[name], v[name].sqrt().add_(1e-8), value=-rate)

    return run


def _serial_fits(args: argparse.Namespace, start: Any, times: Any) -> None:
    X, y = data(args)
    run = ours(X, y, args)["one after another"]
    run()
    start.wait()
    began = time.perf_counter()
    run()
    times.put(time.perf_counter() - began)


def machine_limit(args: argparse.Namespace) -> float:
    """Return what as many processes as threads do together, over what one does; the best of 5."""

    def seconds(processes: int) -> float:
        context = multiprocessing.get_context("spawn")
        start, times = context.Barrier(processes), context.Queue()
        team = [
            context.Process(target=_serial_fits, args=(args, start, times))
            for _ in range(processes)
        ]
        for process in team:
            process.start()
        worst: float = max(times.get() for _ in team)
        for process in team:
            process.join()
        return worst

    rounds = [(seconds(1), seconds(args.threads)) for _ in range(5)]
    return args.threads * min(one for one, _ in rounds) / min(team for _, team in rounds)


def data(args: argparse.Namespace) -> tuple[Any, Any]:
    rng = np.random.default_rng(0)
    X = rng.standard_normal((args.rows, SIZES[0]), np.float32)
    return X, rng.integers(0, SIZES[-1], args.rows)


OTHERS = {"joblib": by_joblib, "loop": by_loop, "vmap": by_vmap}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    for name, default in (
        ("nets", 64), ("rows", 2000), ("batch", 64), ("epochs", 5),
        ("threads", fm.get_num_threads()),
    ):  # fmt: skip
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--seconds", type=float, default=120.0, help="for all, about")
    parser.add_argument("--against", type=lambda s: s.split(",") if s else [], default=[*OTHERS])
    args = parser.parse_args()
    if unknown := set(args.against) - set(OTHERS):
        parser.error(f"--against: must be of {', '.join(OTHERS)}, got {', '.join(unknown)}")
    facts = machine.facts()
    limit = machine_limit(args)
    X, y = data(args)
    calls = {**ours(X, y, args), **{name: OTHERS[name](X, y, args) for name in args.against}}
    with peers.threads(args.threads, ("torch",) if {"loop", "vmap"} & set(args.against) else ()):
        timings = interleave(
            {name: Call(call, args.nets * args.epochs) for name, call in calls.items()},
            seconds=args.seconds, settle=wait_until_idle,
        )  # fmt: skip
    base, rows = timings["fit_many"].median, []
    print(f"{args.nets} nets {'-'.join(map(str, SIZES))}, {args.rows} rows, batch {args.batch}, "
          f"{args.threads} threads")  # fmt: skip
    print(f"the machine: {args.threads} processes do {limit:.2f} times as much as one")
    for name, timing in timings.items():
        ratio, target = timing.median / base, TARGETS.get(name)
        verdict = "" if target is None else ("met" if ratio >= target else "MISSED")
        wanted = "" if target is None else f">= {target:g}"
        print(f"{name:18} {1e3 * timing.median:9.3f} ms per net and epoch  x{ratio:7.2f} "
              f"{wanted:8} {verdict}")  # fmt: skip
        rows.append({"who": name, **timing._asdict(), "over_fit_many": ratio, "target": target})
    settings = {k: getattr(args, k) for k in ("nets", "rows", "batch", "epochs", "threads")}
    save(
        f"many-{slug(facts['cpu'] + ' ' + facts['backend'])}",
        {"machine": facts, "settings": settings, "processes_over_one": limit, "rows": rows},
    )


if __name__ == "__main__":
    main()
