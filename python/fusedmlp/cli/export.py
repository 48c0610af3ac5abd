"""``fusedmlp export``: a trained model as ONNX, C, NumPy, JavaScript or for PyTorch."""

from __future__ import annotations

import argparse
import io
from typing import Any

from .options import file_path
from .shared import add_reading_options, check_files, reading_options

_DESCRIPTION = """\
Write a model for places where this program is not installed.

A model of `fusedmlp train` takes raw rows of its table there: scaling, categories, missing values
and class names come along, and the mean over its networks. Every export but torch carries a
self-test; --data makes it of real rows."""
_EXAMPLES = """\
examples:
  fusedmlp export model.safetensors --to c model.h --data houses.csv
  fusedmlp export model.safetensors --to onnx model.onnx
  fusedmlp export model.safetensors --to js model.mjs && node model.mjs
"""
TARGETS = ("onnx", "c", "numpy", "js", "torch")


def add_command(commands: Any) -> None:
    parser = commands.add_parser(
        "export",
        help="write a model as ONNX, C, NumPy, JavaScript or for PyTorch",
        description=_DESCRIPTION,
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("model", metavar="MODEL", type=file_path, help="model file of fusedmlp train or save")
    add("out", metavar="OUT", type=file_path, help="the file to write")
    add("--to", required=True, choices=TARGETS, help="what to write; torch is a state dict")
    add("--data", metavar="FILE", type=file_path, help="table whose rows the self-test is made of")
    add("--name", default="model", help="c: begins the names of all functions (%(default)s)")
    add("--double", action="store_true", help="c: double instead of float")
    add("--int8", action="store_true", help="c: weights in 8 bits")
    add("--probabilities", action="store_true", help="onnx: a softmax behind the last layer")
    add_reading_options(parser.add_argument_group("reading, where the guess is wrong").add_argument)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> None:
    import fusedmlp as fm

    for option, target in (
        ("double", "c"), ("int8", "c"), ("probabilities", "onnx"),
    ):  # fmt: skip
        if getattr(args, option) and args.to != target:
            raise ValueError(f"--{option} goes with --to {target}, got --to {args.to}")
    if args.data is not None and args.to == "torch":
        raise ValueError("--data makes a self-test, which --to torch does not write")
    check_files({"OUT": args.out}, [args.model, args.data])
    model = fm.load(args.model)
    rows = None if args.data is None else _rows(args, model)
    try:
        if args.to == "onnx":
            model.to_onnx(args.out, probabilities=args.probabilities, rows=rows)
        elif args.to == "c":
            dtype = "float64" if args.double else "float32"
            model.to_c(args.out, args.name, dtype, args.int8, rows=rows)
        elif args.to == "numpy":
            model.to_numpy(args.out, rows=rows)
        elif args.to == "js":
            model.to_js(args.out, rows=rows)
        else:
            _save_torch(model, args.out)
    except ImportError as error:
        raise ValueError(str(error)) from error
    print(f"{args.out}: {args.to}")


def _rows(args: argparse.Namespace, model: Any) -> Any:
    """Return the table of --data: as it is for a model of a table, else as numbers."""
    from ..table.reading import open_table
    from ..table.task import Table
    from ..tabular import TableModel, is_table

    options = reading_options(args)
    if model.metadata.get("table") is not None:
        table = Table.from_dict(model.metadata["table"])
        opened = open_table(args.data, header=table.has_header, **options)
        names = table.file_names(opened.names)
        text = {opened.names[names.index(c)] for c in table.text_columns if c in names}
        frame, _ = opened.load(text)
        return frame.set_axis(names, axis=1) if not table.has_header else frame
    opened = open_table(args.data, **options)
    if is_table(model):  # saved by an estimator
        frame, _ = opened.load(TableModel.from_nets(model, args.model).encoder.text_columns)
        return frame
    frame, _ = opened.load([])
    return frame.to_numpy()


def _save_torch(model: Any, path: str) -> None:
    """Write the state dict: a pickled module would need the classes of this package."""
    from ..saving.files import write_atomically

    module = model.to_torch()
    import torch

    content = io.BytesIO()
    torch.save(module.state_dict(), content)
    write_atomically(path, content.getvalue())
