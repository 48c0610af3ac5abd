"""``fusedmlp train``: from a CSV file to a model file in one command."""

from __future__ import annotations

import argparse
from contextlib import nullcontext
from typing import Any

from .options import file_path, hidden_sizes, name_in, number_in, whole_number
from .plain import ADAMW_DECAY, EPOCHS, STEPS, train_plain
from .shared import add_reading_options, check_files, empty_figure, save_figure

_DESCRIPTION = """\
Train a multi-layer perceptron on a CSV file and save it with all that `fusedmlp predict` needs.

A quarter of the rows is held out to test the model (the same rows for the same seed; classes in
equal shares). Several networks are trained side by side as TabularClassifier and TabularRegressor
do it, with the accuracy of tuned boosted trees; --preset plain trains one small net by the options
below. Without a file, train on 1797 handwritten digits."""
_EXAMPLES = """\
examples:
  fusedmlp train
  fusedmlp train iris.csv
  fusedmlp train houses.csv --target price --drop id --epochs 100 --plot curve.png
  fusedmlp train houses.csv --preset best --max-seconds 600
  fusedmlp train wine.csv --preset plain --hidden 128,64 --optimizer sgd --learning-rate 3e-2
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
        "--preset",
        choices=("default", "fast", "best", "plain"),
        help="how much is trained; plain: one net with the options below (default: default, or "
        "plain where --optimizer is given)",
    )
    add(
        "--max-seconds",
        metavar="S",
        type=number_in(0.0, open_low=True),
        help="time for the training; the best weights so far are saved",
    )
    add(
        "--hidden",
        metavar="SIZES",
        type=hidden_sizes,
        help='sizes of the hidden layers, or "none" (default: the preset\'s; plain: 64,64)',
    )
    add(
        "--activation",
        metavar="NAME",
        type=name_in("ACTIVATIONS"),
        help="of the hidden layers (default: the preset's; plain: relu)",
    )
    add(
        "--optimizer",
        metavar="NAME",
        type=name_in("OPTIMIZERS"),
        help="such as adamw, adam or sgd; of plain alone (default: adamw)",
    )
    add(
        "--learning-rate",
        metavar="LR",
        type=number_in(0.0, open_low=True),
        help="the largest of the schedule (default: the preset's; plain: the optimizer's own)",
    )
    add(
        "--weight-decay",
        metavar="W",
        type=number_in(0.0),
        help=f"default: the preset's; plain: {ADAMW_DECAY:g} for adamw, 0 for the others",
    )
    add(
        "--epochs",
        metavar="N",
        type=whole_number(1),
        help=f"passes over the rows (default: the preset's; plain: {EPOCHS}; more for small "
        f"tables, until they make {STEPS} steps)",
    )
    add(
        "--batch-size",
        metavar="N",
        type=whole_number(1),
        help="rows of a step (default: at most 256, fewer for small tables; plain: 32)",
    )
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
    if args.preset is None:
        args.preset = "plain" if args.optimizer is not None else "default"
    with fm.num_threads(args.threads) if args.threads else nullcontext():
        model, history = _train(args)
    model.save(args.out)
    print(f"model saved to {args.out}")
    if figure is not None:
        history.plot(ax=figure.subplots())
        save_figure(figure, args.plot)
        print(f"curves saved to {args.plot}")


def _train(args: argparse.Namespace) -> tuple[Any, Any]:
    if args.preset == "plain":
        return train_plain(args)
    from .tabular import train_preset

    return train_preset(args)
