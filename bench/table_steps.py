"""Training steps of the recipe's networks beside the same networks in PyTorch and JAX.

    python bench/table_steps.py [--seconds 60] [--peers torch,jax] [--features 20]

One thread: members of an ensemble have a core each. A step is forward, backward and AdamW with the
recipe's factors of the learning rate. PyTorch runs eagerly with fused AdamW; JAX compiles an epoch
into one call (`lax.scan`), with optax. All begin with our values, and their outputs are compared
before they are timed, in turns. Writes
bench/results/table-steps-<cpu>-<backend>.json.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
from common import save, slug
from numpy.typing import NDArray

import fusedmlp as fm
from fusedmlp.benchmarks import machine, peers
from fusedmlp.benchmarks.jax_epoch import compiled_epoch
from fusedmlp.benchmarks.timing import Call, interleave, wait_until_idle
from fusedmlp.optim import AdamW
from fusedmlp.table import Encoder
from fusedmlp.tabular.network import make_network
from fusedmlp.tabular.settings import Settings, resolve

TARGET = 4.0  # PyTorch's time over ours
BATCHES, CLASSES = 32, 4
# Embedding, classes or values, width, rows of a batch: large, middle and small tables.
NETWORKS = (
    ("periodic", True, 256, 256),
    ("piecewise", False, 256, 256),
    ("piecewise", True, 256, 128),
    ("piecewise", True, 128, 64),
    ("periodic", False, 128, 32),
)
LR, DECAY, BETAS = 0.04, 0.02, (0.9, 0.95)
Values = dict[str, Any]


class Case:
    """One network of the recipe, with data of the right shape."""

    def __init__(
        self, embedding: str, classes: bool, width: int, batch: int, features: int
    ) -> None:
        rng = np.random.default_rng(0)
        self.classes, self.batch = classes, batch
        self.X = rng.standard_normal((batch * BATCHES, features), np.float32)
        self.y: NDArray[Any] = (
            rng.integers(0, CLASSES, len(self.X))
            if classes
            else rng.standard_normal((len(self.X), 1), np.float32)
        )
        given = {"embedding": embedding, "hidden_layer_sizes": (width,) * 3}
        self.settings: Settings = resolve(
            "default", given, rows=1 << 16, columns=features, classes=classes, learning_rate=LR
        )
        self.name = (
            f"{embedding}, {features} numbers, 3 x {width} {self.settings.activation}, "
            f"{CLASSES if classes else 1} outputs, batches of {batch}"
        )
        encoder = Encoder().fit(self.X)
        self.model = make_network(encoder, self.settings, CLASSES if classes else 1, 0)
        fm.initializers.fit_to_data(self.model, self.X)

    def ours(self) -> Call:
        model = self.model.copy()
        optimizer = AdamW(LR, BETAS, weight_decay=DECAY)
        loss = "cross_entropy" if self.classes else "mse"

        def run() -> None:
            model.fit(
                self.X, self.y, loss=loss, optimizer=optimizer, epochs=1, progress=False,
                batch_size=self.batch, doctor=False, num_threads=1,
            )  # fmt: skip

        return Call(run, BATCHES)

    def values(self) -> Values:
        """Return copies of our parameters and of what belongs to them, by name."""
        found = {name: np.array(p) for name, p in self.model.parameters().items()}
        return {**found, **{name: np.array(p) for name, p in self.model.statistics().items()}}

    def factors(self) -> dict[str, tuple[float, float]]:
        """Return the factors of learning rate and weight decay, by parameter."""
        return {t.name: (t.lr_scale, t.decay_scale) for op in self.model.ops for t in op.parameters}


def forward(case: Case, f: Any, p: Values, x: Any, drop: Callable[[Any], Any]) -> Any:
    """Return outputs as PyTorch and JAX are written; `f` holds the library's functions."""
    for op in case.model.ops:
        names = [t.name for t in op.parameters]
        if op.kind == "periodic":
            frequency, phase, weight, bias = (p[name] for name in names)
            waves = f.cos(2 * np.pi * frequency * x[:, :, None] + phase)
            x = _beside(f, x, f.einsum("bnf,nfd->bnd", waves, weight) + bias)
        elif op.kind == "piecewise":
            edges = p[op.buffers[0].name]
            low, size = edges[:, :-1], edges[:, 1:] - edges[:, :-1]
            code = f.clip((x[:, :, None] - low) / size, 0.0, 1.0)
            x = _beside(f, x, f.einsum("bnf,nfd->bnd", code, p[names[0]]) + p[names[1]])
        elif op.kind == "scale":
            x = x * p[names[0]]
        elif op.kind == "dropout":
            x = drop(x)
        else:
            x = x @ (p[names[0]] * op.settings["scale"]) + p[names[1]]
            if op.settings["blended"]:
                x = x + p[names[2]] * (f.activation(x) - x)
    return x


def _beside(f: Any, x: Any, embedded: Any) -> Any:
    return f.concatenate([x[:, :, None], embedded], 2).reshape(len(x), -1)


def by_torch(case: Case) -> tuple[Call, NDArray[Any]]:
    torch = peers.module("torch")
    F = torch.nn.functional
    f = SimpleNamespace(
        cos=torch.cos, einsum=torch.einsum, clip=torch.clip, concatenate=torch.cat,
        activation=getattr(F, case.settings.activation),
    )  # fmt: skip
    p = {name: torch.from_numpy(value) for name, value in case.values().items()}
    groups = []
    for name, (lr, decay) in case.factors().items():
        p[name].requires_grad_(True)
        # AdamW multiplies the decay by its learning rate once; ours has the factor twice.
        groups.append({"params": [p[name]], "lr": LR * lr, "weight_decay": DECAY * decay * lr})
    optimizer = torch.optim.AdamW(groups, betas=BETAS, fused=True)
    loss = torch.nn.CrossEntropyLoss() if case.classes else torch.nn.MSELoss()
    X, y = torch.from_numpy(case.X), torch.from_numpy(case.y)
    batches = list(zip(X.split(case.batch), y.split(case.batch), strict=True))

    def drop(x: Any) -> Any:
        return F.dropout(x, case.settings.dropout)

    def epoch() -> None:
        for inputs, targets in batches:
            optimizer.zero_grad()
            loss(forward(case, f, p, inputs, drop), targets).backward()
            optimizer.step()

    with torch.no_grad():
        outputs = forward(case, f, p, X, lambda x: x).numpy()
    return Call(epoch, BATCHES), outputs


def by_jax(case: Case) -> tuple[Call, NDArray[Any]]:
    jax, optax = peers.module("jax"), peers.module("optax")
    np_ = jax.numpy
    f = SimpleNamespace(cos=np_.cos, einsum=np_.einsum, clip=np_.clip,
                        concatenate=np_.concatenate,
                        activation=getattr(jax.nn, case.settings.activation))  # fmt: skip
    values = {name: np_.asarray(value) for name, value in case.values().items()}
    factors = case.factors()
    p = {name: values[name] for name in factors}
    fixed = {name: value for name, value in values.items() if name not in factors}

    def scaled(tree: Values, which: int) -> Values:
        return {name: value * factors[name][which] for name, value in tree.items()}

    adam = optax.scale_by_adam(*BETAS)
    keep = 1.0 - case.settings.dropout
    batches = (
        np_.asarray(case.X.reshape(BATCHES, case.batch, -1)),
        np_.asarray(case.y.reshape(BATCHES, case.batch, *case.y.shape[1:])),
    )

    def loss(p: Values, x: Any, target: Any, key: Any) -> Any:
        keys = iter(jax.random.split(key, 8))

        def drop(h: Any) -> Any:
            return h * jax.random.bernoulli(next(keys), keep, h.shape) / keep

        out = forward(case, f, {**p, **fixed}, x, drop)
        if not case.classes:
            return ((out - target) ** 2).mean()
        return optax.softmax_cross_entropy_with_integer_labels(out, target).mean()

    def step(carry: Any, batch: Any) -> Any:
        p, state, key = carry
        key, now = jax.random.split(key)
        value, gradient = jax.value_and_grad(loss)(p, *batch, now)
        updates, state = adam.update(gradient, state, p)
        decay = scaled(scaled(p, 1), 0)
        moved = {name: LR * (updates[name] + DECAY * decay[name]) for name in p}
        moved = scaled(moved, 0)
        return ({name: p[name] - moved[name] for name in p}, state, key), value

    outputs = np.asarray(forward(case, f, values, np_.asarray(case.X), lambda x: x))
    carry = (p, adam.init(p), jax.random.key(0))
    return compiled_epoch(step, carry, batches), outputs


PEERS = {"torch": by_torch, "jax": by_jax}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=60.0, help="for all rows, about")
    parser.add_argument("--peers", default="torch,jax", help="empty: ours alone")
    parser.add_argument("--features", type=int, default=20)
    args = parser.parse_args()
    names = peers.require(tuple(args.peers.split(",")) if args.peers else ())
    facts, rows = machine.facts(), []
    print("| microseconds a step | ours | " + " | ".join(names) + " |")
    print("|---|---|" + "---|" * len(names))
    with peers.threads(1, names):
        for network in NETWORKS:
            case = Case(*network, args.features)
            calls = {"ours": case.ours()}
            for name in names:
                calls[name], outputs = PEERS[name](case)
                np.testing.assert_allclose(outputs, case.model.predict(case.X), atol=5e-3)
            timings = interleave(
                calls, seconds=args.seconds / len(NETWORKS), settle=wait_until_idle
            )
            times = {name: 1e6 * timing.median for name, timing in timings.items()}
            rest = [f"{times[n]:.0f} ({times[n] / times['ours']:.1f} x)" for n in names]
            print(f"| {case.name} | {times['ours']:.0f} | " + " | ".join(rest) + " |", flush=True)
            rows.append({"network": case.name, "microseconds": times})
    if "torch" in names:
        times = [row["microseconds"]["torch"] / row["microseconds"]["ours"] for row in rows]
        print(f"PyTorch over ours at least {min(times):.1f}: target {TARGET:g} "
              f"{'met' if min(times) >= TARGET else 'MISSED'}")  # fmt: skip
    save(f"table-steps-{slug(facts['cpu'] + ' ' + facts['backend'])}",
         {"machine": facts, "rows": rows})  # fmt: skip


if __name__ == "__main__":
    main()
