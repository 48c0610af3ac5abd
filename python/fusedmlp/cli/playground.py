"""``fusedmlp playground``: the page where nets are built, trained and looked at."""

from __future__ import annotations

import argparse
from contextlib import suppress
from typing import Any

from .options import file_path, whole_number

_DESCRIPTION = """\
Open a page in the browser where nets are built, trained and looked at, on made data, on points you
draw, or on a CSV file. The page is served to this machine alone, and nothing leaves it."""


def add_command(commands: Any) -> None:
    parser = commands.add_parser(
        "playground",
        help="build, train and look at nets in the browser",
        description=_DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("data", metavar="DATA.csv", nargs="?", type=file_path, help="a table to learn")
    add("--target", metavar="COL", help="its column to learn, as for train")
    add("--port", metavar="N", type=whole_number(0, 65535), default=0,
        help="default: a free one")  # fmt: skip
    add("--host", metavar="ADDRESS", default="127.0.0.1",
        help="address to listen on; any but the default lets other machines in that know the "
        "page's whole address (default: 127.0.0.1)")  # fmt: skip
    add("--no-browser", action="store_true", help="print the address, open nothing")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> None:
    from ..playground.start import start_on_file

    try:
        running = start_on_file(args.data, args.target, args.host, args.port, not args.no_browser)
    except ImportError as error:
        raise ValueError(str(error)) from error
    # Ctrl-C is how it ends, and no mistake.
    with running, suppress(KeyboardInterrupt):
        print(f"the playground is at {running.url}\nCtrl-C stops it", flush=True)
        running.wait()
    print("\nthe playground has stopped")
