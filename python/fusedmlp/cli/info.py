"""``fusedmlp info``: what is installed and what it runs on."""

from __future__ import annotations

import argparse
from typing import Any


def add_command(commands: Any) -> None:
    parser = commands.add_parser(
        "info",
        help="print version, kernels in use, compiler, threads",
        description="Print what is installed and what it runs on, one line each (fusedmlp.info()).",
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> None:
    import fusedmlp as fm

    facts = fm.info()
    width = max(len(key) for key in facts)
    for key, value in facts.items():
        shown = ", ".join(map(str, value)) if isinstance(value, (list, tuple)) else value
        print(f"{key:<{width}}  {shown}")
