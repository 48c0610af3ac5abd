"""``fusedmlp predict``: a trained model on the rows of a CSV file."""

from __future__ import annotations

import argparse
import csv
import os
import sys
from collections.abc import Iterable, Iterator
from typing import Any, TextIO

from .options import file_path
from .shared import add_reading_options, check_files, print_gaps, reading_options

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
    add = parser.add_argument
    add("model", metavar="MODEL", type=file_path, help="model file written by fusedmlp train")
    add("data", metavar="DATA.csv", type=file_path, help="the rows to predict")
    add(
        "--out",
        metavar="FILE",
        type=file_path,
        help="write here instead of to the screen; compressed if the name ends in .gz",
    )
    add_reading_options(parser.add_argument_group("reading, where the guess is wrong").add_argument)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> None:
    import fusedmlp as fm

    from ..core.exceptions import CheckpointError
    from ..saving.files import replacing_text
    from ..table import TableError
    from ..table.reading import open_table
    from ..table.task import Table
    from ..tabular import TableModel, is_table

    check_files({"--out": args.out}, [args.model, args.data])
    _check_order(args.model, args.data)
    model = fm.load(args.model)
    try:
        table = Table.from_dict(model.metadata.get("table"))
        if is_table(model):
            model = TableModel.from_nets(model, args.model)
    except (TableError, CheckpointError) as error:
        raise type(error)(f"{args.model}: {error}") from error
    net = model.nets if isinstance(model, TableModel) else model
    if (net.in_features, net.out_features) != (table.n_inputs, table.n_outputs):
        raise TableError(
            f"{args.model}: the network has {net.in_features} inputs and {net.out_features} "
            f"outputs, but its table describes {table.n_inputs} and {table.n_outputs}"
        )
    options = reading_options(args)
    opened = open_table(args.data, header=table.has_header, **options)
    if opened.layout is not None and not opened.layout.decided and opened.layout.delimiter != ",":
        # 1.200 alone may be two numbers: it is the one that it was in training.
        options["decimal"] = table.decimal
        opened = open_table(args.data, header=table.has_header, **options)
    try:
        names = table.file_names(opened.names)
        text = {opened.names[names.index(c)] for c in table.text_columns if c in names}
        frame, reading = opened.load(text)
        X, gaps = table.inputs(frame)
    except TableError as error:
        message = str(error)
        raise TableError(
            message if message.startswith(str(args.data)) else f"{args.data}: {message}"
        ) from error
    for line in reading.lines():
        print(f"note: {line}", file=sys.stderr)
    print_gaps(table, gaps, reading.where, file=sys.stderr)
    lines = _lines(table, model, X)
    if args.out is None:
        _write(sys.stdout, lines)
    else:
        with replacing_text(args.out) as file:
            _write(file, lines)


def _check_order(model: str, data: str) -> None:
    """Say so if the data were given first and the model second."""
    from shlex import quote

    from ..checks.contents import MODEL, file_kind

    kind = file_kind(model)
    if os.path.isfile(model) and kind != MODEL and file_kind(data) == MODEL:
        raise ValueError(
            f"{model} is {kind or 'no model'} and {data} is {MODEL}; the model comes first: "
            f"fusedmlp predict {quote(data)} {quote(model)}"
        )


def _lines(table: Any, model: Any, X: Any) -> Iterator[list[str]]:
    """Give the header, then one line per row, as text."""
    if table.task == "regress":
        yield ["prediction"]
        for value in _values(table, model, X).tolist():
            yield [f"{value:.9g}"]
        return
    yield ["prediction", *(f"probability_{name}" for name in table.classes)]
    probabilities = _probabilities(model, X)
    best = probabilities.argmax(axis=1).tolist()
    for k, row in zip(best, probabilities.tolist(), strict=True):
        yield [table.classes[k], *(f"{p:.9g}" for p in row)]


def _values(table: Any, model: Any, X: Any) -> Any:
    from ..tabular import TableModel

    if isinstance(model, TableModel):
        return model.values_of(X)
    return table.values(model.predict(X))


def _probabilities(model: Any, X: Any) -> Any:
    """Return probabilities in float64: those of a row sum to 1 to all the digits printed."""
    from ..functional import softmax
    from ..tabular import TableModel

    if isinstance(model, TableModel):
        return model.probabilities_of(X)
    return softmax(model.predict(X).astype("float64"))


def _write(file: TextIO, lines: Iterable[list[str]]) -> None:
    csv.writer(file, lineterminator="\n").writerows(lines)
