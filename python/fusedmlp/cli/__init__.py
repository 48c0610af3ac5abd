"""The command ``fusedmlp``: one file per subcommand, and here what they share."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from typing import Any, NoReturn

from . import bench, export, import_onnx, info, playground, predict, train

_DESCRIPTION = "Train multi-layer perceptrons on CSV files, predict with them, export them."
_EXAMPLES = """\
examples:
  fusedmlp train                            train on the built-in handwritten digits
  fusedmlp train iris.csv                   the last column is the class
  fusedmlp train houses.csv --target price --hidden 128,128 --plot curve.png
  fusedmlp predict model.safetensors new_houses.csv --out predictions.csv
  fusedmlp export model.safetensors --to c model.h
  fusedmlp playground                       build and train nets in the browser
  fusedmlp bench all                        speed here, next to NumPy, PyTorch, scikit-learn
  fusedmlp info                             version, kernels in use, threads
"""


class _UsageError(ValueError):
    """Options that make no sense; the message is one line."""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise _UsageError(f"{message} (see {self.prog} --help)")


class _Version(argparse.Action):
    """Looks the version up only when it is asked for."""

    def __call__(self, parser: argparse.ArgumentParser, *args: Any) -> None:
        from .. import __version__

        print(f"fusedmlp {__version__}")
        parser.exit()


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="fusedmlp",
        description=_DESCRIPTION,
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action=_Version, nargs=0, help="print the version and stop")
    commands = parser.add_subparsers(metavar="COMMAND", dest="command", required=True)
    for command in (info, train, predict, playground, export, import_onnx, bench):
        command.add_command(commands)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code.

    Parameters
    ----------
    argv : sequence of str, optional
        The arguments; None takes those of the process.

    Returns
    -------
    int
        0 for success; 2 for a mistake in options or data, after one line on stderr; 130 after
        Ctrl-C.
    """
    try:
        args = _parser().parse_args(argv)
        args.run(args)
        # Here, where a reader that has gone away (`| head`) can still be handled.
        sys.stdout.flush()
    except SystemExit as leave:  # --help and --version
        return int(leave.code or 0)
    except KeyboardInterrupt:
        print("\nfusedmlp: interrupted", file=sys.stderr)
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except OSError as error:
        return _failed(f"{error.filename}: {error.strerror}" if error.filename else str(error))
    except MemoryError as error:
        return _failed(f"out of memory: {error}")
    except ValueError as error:  # also of options, tables, model files and diverged training
        return _failed(str(error))
    return 0


def _failed(message: str) -> int:
    print(f"fusedmlp: {' '.join(message.split())}", file=sys.stderr)
    return 2
