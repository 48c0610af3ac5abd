"""``fusedmlp bench``: how fast it is here, and how fast the others are."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any

from .options import file_path, number_in, whole_number
from .shared import check_files, empty_figure, save_figure

_NAMES = ("activations", "dense", "optimizers", "train", "predict")
_DESCRIPTION = """\
Measure speed on this machine, next to the NumPy twin, PyTorch and scikit-learn where they are
installed. All take turns, round after round; printed are medians, ± half the distance of the
quartiles, and the ratio of every peer's time to ours."""
_EXAMPLES = """\
examples:
  fusedmlp bench all
  fusedmlp bench train --threads 1 --against torch --json train.json
  fusedmlp bench activations --plot activations.png
  fusedmlp bench dense --size small --seconds 5       a quick look
"""


def add_command(commands: Any) -> None:
    parser = commands.add_parser(
        "bench",
        help="measure speed on this machine, next to NumPy, PyTorch, scikit-learn",
        description=_DESCRIPTION,
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("what", metavar="|".join((*_NAMES, "all")), choices=(*_NAMES, "all"), help="the table")
    add(
        "--threads",
        metavar="N,N",
        type=_list_of(whole_number(1)),
        help="numbers of threads, one table for each (default: 1 and all)",
    )
    add(
        "--dtype",
        choices=("float32", "float64"),
        default="float32",
        help="type of all numbers (default: float32)",
    )
    add(
        "--against",
        metavar="PEERS",
        type=_list_of(str),
        help='peers, of numpy,torch,sklearn,jax, or "none" (default: those installed; jax only '
        "with a single number of threads)",
    )
    add(
        "--seconds",
        metavar="S",
        type=number_in(0.0, open_low=True),
        default=36.0,
        help="time for each table with all its threads, about; every case is measured three "
        "times at least (default: 36)",
    )
    add(
        "--size",
        choices=("small", "usual", "all"),
        default="usual",
        help="small: a few seconds; all: also what needs much time and memory, up to 6 GB "
        "(default: usual)",
    )
    add("--json", metavar="FILE", type=file_path, help="write all figures and the machine's facts")
    add("--plot", metavar="FILE", type=file_path, help="draw the ratios into this image file")
    parser.set_defaults(run=run)


def _list_of(convert: Callable[[str], Any]) -> Callable[[str], tuple[Any, ...]]:
    """Return the type of comma-separated lists, each entry once."""

    def parts(text: str) -> tuple[Any, ...]:
        return tuple(dict.fromkeys(convert(part.strip()) for part in text.split(",")))

    return parts


def run(args: argparse.Namespace) -> None:
    import fusedmlp as fm

    from .. import benchmarks as bench
    from ..benchmarks import peers

    threads = args.threads or tuple(sorted({1, fm.get_num_threads()}))
    if args.against is None:
        against = peers.fit_for(peers.importable(), threads)
    else:
        against = () if args.against == ("none",) else peers.require(args.against)
        peers.check_threads(against, threads)
    check_files({"--json": args.json, "--plot": args.plot})
    figure = empty_figure(args.plot) if args.plot is not None else None
    names = _NAMES if args.what == "all" else (args.what,)
    if figure is not None and not against and "activations" not in names:
        raise ValueError("--plot draws ratios to others: name at least one with --against")
    settings = bench.Settings(
        threads=threads,
        dtype=args.dtype,
        against=against,
        seconds=args.seconds,
        size=args.size,
    )
    result = bench.measure(names, settings, lambda line: print(line, flush=True))
    if args.json is not None:
        bench.write_json(args.json, result)
        print(f"\nfigures written to {args.json}")
    if figure is not None:
        from ..benchmarks.picture import draw

        draw(figure, result)
        save_figure(figure, args.plot, dpi=150)
        print(f"picture written to {args.plot}")
