"""``fusedmlp predict``: a trained model on the rows of a CSV file."""

from __future__ import annotations

import argparse
import csv
import sys
from collections.abc import Iterable, Iterator
from typing import Any, TextIO

from .shared import check_writable, print_gaps

_DESCRIPTION = """\
Predict the rows of a CSV file with a model of `fusedmlp train`.

The columns are found by name, in any order; the target and other columns may be there or not. If
the model was trained on a file without a header, columns count by position.

Output is CSV, one line per row: the class and one probability per class, or the value."""
_EXAMPLES = """\
examples:
  fusedmlp predict model.safetensors new.csv
  fusedmlp predict model.safetensors new.csv --out predictions.csv
"""


def add_command(commands: Any) -> None:
    parser = commands.add_parser(
        "predict",
        help="predict the rows of a CSV file with a trained model",
        description=_DESCRIPTION,
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("model", metavar="MODEL", help="model file written by fusedmlp train")
    parser.add_argument("data", metavar="DATA.csv", help="the rows to predict")
    parser.add_argument("--out", metavar="FILE", help="write here instead of to the screen")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> None:
    import fusedmlp as fm

    from ..table import Table, TableError, read_csv

    if args.out is not None:
        check_writable("--out", args.out)
    model = fm.load(args.model)
    try:
        table = Table.from_dict(model.metadata.get("table"))
    except TableError as error:
        raise TableError(f"{args.model}: {error}") from error
    if (model.in_features, model.out_features) != (table.n_inputs, table.n_outputs):
        raise TableError(
            f"{args.model}: the network has {model.in_features} inputs and {model.out_features} "
            f"outputs, but its table describes {table.n_inputs} and {table.n_outputs}"
        )
    data = read_csv(args.data, header=table.has_header)
    X, gaps = table.inputs(data)
    print_gaps(table, gaps, file=sys.stderr)
    lines = _lines(table, model.predict(X))
    if args.out is None:
        _write(sys.stdout, lines)
    else:
        with open(args.out, "w", encoding="utf-8", newline="") as file:
            _write(file, lines)


def _lines(table: Any, outputs: Any) -> Iterator[list[str]]:
    """Give the header, then one line per row, as text."""
    import fusedmlp as fm

    if table.task == "regress":
        yield ["prediction"]
        for value in table.values(outputs).tolist():
            yield [f"{value:.9g}"]
        return
    yield ["prediction", *(f"probability_{name}" for name in table.classes)]
    # In float64 the probabilities of a row sum to 1 to all the digits printed.
    probabilities = fm.functional.softmax(outputs.astype("float64"))
    best = probabilities.argmax(axis=1).tolist()
    for k, row in zip(best, probabilities.tolist(), strict=True):
        yield [table.classes[k], *(f"{p:.9g}" for p in row)]


def _write(file: TextIO, lines: Iterable[list[str]]) -> None:
    csv.writer(file, lineterminator="\n").writerows(lines)
