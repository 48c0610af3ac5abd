"""``fusedmlp import``: an ONNX file as a model file."""

from __future__ import annotations

import argparse
from typing import Any

from .options import file_path
from .shared import check_files


def add_command(commands: Any) -> None:
    parser = commands.add_parser(
        "import",
        help="turn an ONNX file into a model file",
        description="Take the network of an ONNX file over, layer by layer (fusedmlp.from_onnx).",
    )
    add = parser.add_argument
    add("model", metavar="MODEL.onnx", type=file_path, help="the ONNX file")
    add(
        "--out",
        metavar="FILE",
        type=file_path,
        default="model.safetensors",
        help="the model file to write (%(default)s)",
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> None:
    import fusedmlp as fm

    check_files({"--out": args.out}, [args.model])
    try:
        model = fm.from_onnx(args.model)
    except ImportError as error:
        raise ValueError(str(error)) from error
    model.save(args.out)
    print(model.summary())
    print(f"saved {args.out}")
