"""``fusedmlp train`` with the presets of the estimators of tables."""

from __future__ import annotations

import argparse
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..tabular import ClassHead, Fitted, TableModel, ValueHead, fit_table
from .rows import Prepared, categorical, describe, fit_encoder, left_out, prepare, say_why

_TOP = 8  # columns whose importance is printed
_DRAWS = 500  # of the test rows with replacement, for the interval of a score
# Options that are the same in the estimators, by their names there.
_GIVEN = {
    "hidden": "hidden_layer_sizes",
    "activation": "activation",
    "learning_rate": "learning_rate_init",
    "weight_decay": "weight_decay",
    "epochs": "epochs",
    "batch_size": "batch_size",
}


def train_preset(args: argparse.Namespace) -> tuple[TableModel, Any]:
    """Train on the rows that the options name; return the model and a member's history."""
    if args.optimizer is not None:
        raise ValueError(f"--optimizer: --preset {args.preset} has its own; use --preset plain")
    prepared = prepare(args)
    describe(prepared, prepared.table(fit_encoder(prepared, args)), args)
    rows = prepared.train
    head: Any
    y: NDArray[Any]
    if prepared.classes is not None:
        y, head = prepared.classes[rows], ClassHead(len(prepared.names))
    else:
        assert prepared.values is not None
        y, head = prepared.values[rows], ValueHead("squared_error")
    given = {own: getattr(args, name) for name, own in _GIVEN.items()}
    if given["hidden_layer_sizes"] is not None:
        given["hidden_layer_sizes"] = tuple(given["hidden_layer_sizes"])
    print(f"training, preset {args.preset}", flush=True)
    found = fit_table(
        prepared.rows(rows),
        y,
        head,
        given={name: value for name, value in given.items() if value is not None},
        preset=args.preset,
        categorical=categorical(prepared, args),
        drop=left_out(prepared),
        max_seconds=args.max_seconds,
        seed=args.seed,
        progress="auto",
    )
    model, settings = found.model, found.settings
    say_why(prepared, model.encoder)
    sizes = "-".join(map(str, settings.hidden_layer_sizes))
    print(
        f"{settings.n_members} networks, hidden {sizes}, {settings.activation}, "
        f"{settings.epochs} epochs, batches of {settings.batch_size}, {found.seconds:.1f} s"
    )
    for part, places in (("train", rows), ("test", prepared.test)):
        if len(places):
            _print_scores(part, model, prepared, places)
    _print_findings(found)
    model.extra = {"classes": prepared.names}
    model.nets.metadata["table"] = prepared.table(model.encoder).to_dict()
    return model, found.histories[0]


def _print_scores(
    part: str, model: TableModel, prepared: Prepared, places: NDArray[np.int64]
) -> None:
    frame = prepared.rows(places)
    if prepared.classes is not None:
        y, probabilities = prepared.classes[places], model.probabilities(frame)
        loss = -np.log(np.maximum(probabilities[np.arange(len(y)), y], 1e-300))
        right = probabilities.argmax(axis=1) == y
        print(f"{part} loss {loss.mean():.4f}")
        print(f"{part} accuracy {right.mean():.3f}")
        if part == "test":
            low, high = _wilson(float(right.mean()), len(right))
            print(f"between {low:.3f} and {high:.3f}, with 95 % confidence")
        return
    assert prepared.values is not None
    values = prepared.values[places]
    squares, around = (values - model.values(frame)) ** 2, (values - values.mean()) ** 2
    print(f"{part} RMSE {float(squares.mean()) ** 0.5:.6g}")
    # Without spread there is nothing to explain: R2 is not defined.
    if not around.any():
        print(f"{part} R2 undefined")
        return
    print(f"{part} R2 {1 - squares.mean() / around.mean():.4f}")
    if part == "test":
        low, high = _bootstrap(squares, around)
        print(f"between {low:.4f} and {high:.4f}, with 95 % confidence")


def _wilson(share: float, n: int) -> tuple[float, float]:
    """Return Wilson's score interval: also of use where nothing was wrong."""
    z2 = 1.96**2
    middle = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = (z2 * (share * (1 - share) / n + z2 / (4 * n * n))) ** 0.5 / (1 + z2 / n)
    return middle - half, min(1.0, middle + half)


def _bootstrap(squares: NDArray[np.float64], around: NDArray[np.float64]) -> tuple[float, float]:
    """Return where R2 lies when the test rows are drawn anew."""
    rng, found = np.random.default_rng(0), []
    for _ in range(_DRAWS):
        draw = rng.integers(0, len(squares), len(squares))
        spread = float(around[draw].mean())
        if spread:
            found.append(1 - float(squares[draw].mean()) / spread)
    low, high = np.quantile(found, [0.025, 0.975])
    return float(low), float(high)


def _print_findings(found: Fitted) -> None:
    worth = found.model.column_importances(found.sample)
    best = sorted((name for name in worth if worth[name] > 0), key=lambda name: -worth[name])
    if best:
        print("top columns, by the rise of the loss when they are shuffled:")
    for name in best[:_TOP]:
        print(f"  {name}: {worth[name]:.4g}")
    advice = dict.fromkeys(line for history in found.histories for line in history.advice)
    for line in advice:
        print(f"advice: {line}")
