"""``fusedmlp train --preset plain``: one net with the options of the user."""

from __future__ import annotations

import argparse
from typing import Any

# Each step shrinks the weights by lr * 0.3: against plain Adam a gain on the data sets of
# bench/cli_defaults.py, on small or noisy ones most. Larger values hurt narrow networks.
ADAMW_DECAY = 0.3
EPOCHS = 50
STEPS = 600  # with fewer, tables of 100 rows are far from learned after 50 epochs
_BATCH = 32


def train_plain(args: argparse.Namespace) -> tuple[Any, Any]:
    """Train on the rows that the options name; return the model and its history."""
    import fusedmlp as fm

    from .rows import encoded, prepare

    rows = encoded(prepare(args), args)
    table, X, y, train, test = rows.table, rows.X, rows.y, rows.train, rows.test
    task = table.task
    hidden = [64, 64] if args.hidden is None else args.hidden
    activation, batch = args.activation or "relu", args.batch_size or _BATCH
    model = fm.MLP([table.n_inputs, *hidden, table.n_outputs], activation, seed=args.seed)
    sizes = "-".join(map(str, [table.n_inputs, *hidden, table.n_outputs]))
    epochs = args.epochs or max(EPOCHS, -(-STEPS // -(-len(train) // batch)))
    print(f"network {sizes}, {activation}, {model.num_parameters} parameters")
    print(f"training {epochs} epochs, {args.optimizer or 'adamw'}", flush=True)
    metrics = ("accuracy",) if task == "classify" else ()
    loss = "cross_entropy" if task == "classify" else "mse"
    history = model.fit(
        X[train],
        y[train],
        loss=loss,
        optimizer=_optimizer(args),
        epochs=epochs,
        batch_size=batch,
        max_seconds=args.max_seconds,
        validation_data=(X[test], y[test]) if len(test) else None,
        metrics=metrics,
        seed=args.seed,
    )
    for part, places in (("train", train), ("test", test)):
        if len(places):
            _print_scores(part, model, table, X[places], y[places], loss, metrics)
    model.metadata["table"] = table.to_dict()
    return model, history


def _print_scores(
    part: str, model: Any, table: Any, X: Any, y: Any, loss: str, metrics: tuple[str, ...]
) -> None:
    scores = model.evaluate(X, y, loss=loss, metrics=metrics)
    print(f"{part} loss {scores['loss']:.4f}")
    if table.task == "classify":
        print(f"{part} accuracy {scores['accuracy']:.3f}")
        return
    wanted = table.values(y)
    squares = (table.values(model.predict(X)) - wanted) ** 2
    spread = float(((wanted - wanted.mean()) ** 2).mean())
    print(f"{part} RMSE {float(squares.mean()) ** 0.5:.6g}")
    # Without spread there is nothing to explain: R2 is not defined.
    print(
        f"{part} R2 {1 - float(squares.mean()) / spread:.4f}" if spread else f"{part} R2 undefined"
    )


def _optimizer(args: argparse.Namespace) -> Any:
    from inspect import signature

    from .. import optim

    name = args.optimizer or "adamw"
    kind = type(optim.get(name))
    options = {"lr": args.learning_rate, "weight_decay": args.weight_decay}
    if name == "adamw" and args.weight_decay is None:
        options["weight_decay"] = ADAMW_DECAY
    options = {key: value for key, value in options.items() if value is not None}
    unknown = [key for key in options if key not in signature(kind).parameters]
    if unknown:
        raise ValueError(f"--{unknown[0].replace('_', '-')}: {name} has none")
    return kind(**options)
