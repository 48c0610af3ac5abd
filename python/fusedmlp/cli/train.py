"""``fusedmlp train``: from a CSV file to a model file in one command."""

from __future__ import annotations

import argparse
from contextlib import nullcontext
from typing import Any

from .options import file_path, hidden_sizes, name_in, number_in, whole_number
from .shared import add_reading_options, check_files, empty_figure, save_figure

_DESCRIPTION = """\
Train a multi-layer perceptron on a CSV file and save it with all that `fusedmlp predict` needs.

A quarter of the rows is held out to test the model (the same rows for the same seed; classes in
equal shares). Columns of numbers are standardised, columns of text become one input per category;
missing numbers become the column's mean. Without a file, train on 1797 handwritten digits."""
# Each step shrinks the weights by lr * 0.3: against plain Adam a gain on the data sets of
# bench/cli_defaults.py, on small or noisy ones most. Larger values hurt narrow networks.
_ADAMW_DECAY = 0.3
_EPOCHS = 50
_STEPS = 600  # with fewer, tables of 100 rows are far from learned after 50 epochs
_EXAMPLES = """\
examples:
  fusedmlp train
  fusedmlp train iris.csv
  fusedmlp train houses.csv --target price --drop id --epochs 100 --plot curve.png
  fusedmlp train wine.csv --task regress --hidden 128,64 --learning-rate 3e-4 --out wine.safetensors
"""


def add_command(commands: Any) -> None:
    parser = commands.add_parser(
        "train",
        help="train on a CSV file (or the built-in digits) and save the model",
        description=_DESCRIPTION,
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument_group("data").add_argument
    add(
        "data",
        metavar="DATA.csv",
        nargs="?",
        type=file_path,
        help="table with one row per sample: CSV with any delimiter, .gz, .zip, Excel, Parquet, "
        "JSON lines (default: the built-in digits)",
    )
    add(
        "--target",
        metavar="COL",
        help="column to learn, by name or position from 0 (default: a column named target, "
        "label, class or y, else the last)",
    )
    add(
        "--task",
        choices=("auto", "classify", "regress"),
        default="auto",
        help="auto classifies text and whole numbers with at most 20 different values that come "
        "twice on average, and regresses other numbers (default: auto)",
    )
    add(
        "--drop",
        metavar="COL",
        action="append",
        default=[],
        help="leave a column out, by name or position (may be repeated)",
    )
    add(
        "--header",
        choices=("auto", "yes", "no"),
        default="auto",
        help="whether the first line holds the column names (default: auto)",
    )
    add(
        "--test-fraction",
        metavar="F",
        type=number_in(0.0, 1.0),
        default=0.25,
        help="share of the rows held out for the test, 0 for none (default: 0.25)",
    )
    add("--no-header", dest="header", action="store_const", const="no", help="the same as no")
    add(
        "--categorical",
        metavar="COL",
        action="append",
        default=[],
        help="take a column of numbers for one of categories (may be repeated)",
    )
    add_reading_options(add)
    add = parser.add_argument_group("network and training").add_argument
    add(
        "--hidden",
        metavar="SIZES",
        type=hidden_sizes,
        default="64,64",
        help='sizes of the hidden layers, or "none" (default: 64,64)',
    )
    add(
        "--activation",
        metavar="NAME",
        type=name_in("ACTIVATIONS"),
        default="relu",
        help="of the hidden layers (default: relu)",
    )
    add(
        "--optimizer",
        metavar="NAME",
        type=name_in("OPTIMIZERS"),
        default="adamw",
        help="such as adamw, adam or sgd (default: adamw)",
    )
    add(
        "--learning-rate",
        metavar="LR",
        type=number_in(0.0, open_low=True),
        help="default: the optimizer's own",
    )
    add(
        "--weight-decay",
        metavar="W",
        type=number_in(0.0),
        help=f"default: {_ADAMW_DECAY:g} for adamw, 0 for the others",
    )
    add(
        "--epochs",
        metavar="N",
        type=whole_number(1),
        help=f"passes over the rows (default: {_EPOCHS}; more for small tables, until they make "
        f"{_STEPS} steps)",
    )
    add("--batch-size", metavar="N", type=whole_number(1), default=32, help="default: 32")
    add("--seed", metavar="N", type=whole_number(0), default=0, help="default: 0")
    add(
        "--threads",
        metavar="N",
        type=whole_number(1),
        help="most threads to use; the result does not depend on it (default: all)",
    )
    add = parser.add_argument_group("output").add_argument
    add(
        "--out",
        metavar="FILE",
        type=file_path,
        default="model.safetensors",
        help="the model file (default: model.safetensors)",
    )
    add(
        "--plot",
        metavar="FILE",
        type=file_path,
        help="draw the training curves into this image file",
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> None:
    import fusedmlp as fm

    check_files({"--out": args.out, "--plot": args.plot}, [args.data])
    figure = empty_figure(args.plot) if args.plot is not None else None
    with fm.num_threads(args.threads) if args.threads else nullcontext():
        model, history = _train(args)
    model.save(args.out)
    print(f"model saved to {args.out}")
    if figure is not None:
        history.plot(ax=figure.subplots())
        save_figure(figure, args.plot)
        print(f"curves saved to {args.plot}")


def _train(args: argparse.Namespace) -> tuple[Any, Any]:
    import fusedmlp as fm

    from .rows import prepare

    rows = prepare(args)
    table, X, y, train, test = rows.table, rows.X, rows.y, rows.train, rows.test
    task = table.task
    model = fm.MLP([table.n_inputs, *args.hidden, table.n_outputs], args.activation, seed=args.seed)
    sizes = "-".join(map(str, [table.n_inputs, *args.hidden, table.n_outputs]))
    epochs = args.epochs or max(_EPOCHS, -(-_STEPS // -(-len(train) // args.batch_size)))
    print(f"network {sizes}, {args.activation}, {model.num_parameters} parameters")
    print(f"training {epochs} epochs, {args.optimizer}", flush=True)
    metrics = ("accuracy",) if task == "classify" else ()
    loss = "cross_entropy" if task == "classify" else "mse"
    history = model.fit(
        X[train],
        y[train],
        loss=loss,
        optimizer=_optimizer(args),
        epochs=epochs,
        batch_size=args.batch_size,
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

    kind = type(optim.get(args.optimizer))
    options = {"lr": args.learning_rate, "weight_decay": args.weight_decay}
    if args.optimizer == "adamw" and args.weight_decay is None:
        options["weight_decay"] = _ADAMW_DECAY
    options = {name: value for name, value in options.items() if value is not None}
    unknown = [name for name in options if name not in signature(kind).parameters]
    if unknown:
        raise ValueError(f"--{unknown[0].replace('_', '-')}: {args.optimizer} has none")
    return kind(**options)
