"""What more than one subcommand needs."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TextIO

from ..saving.files import check_writable, replacing, special_kind


def check_files(outputs: Mapping[str, str | None], inputs: Iterable[str | None] = ()) -> None:
    """Refuse outputs that cannot be written or would replace an input, before any work is done.

    Parameters
    ----------
    outputs : dict
        Path of each output option, None where it was not given.
    inputs : paths, None where one was not given
    """
    taken = {path: "the input" for path in inputs if path is not None}
    for option, path in outputs.items():
        if path is None:
            continue
        kind = special_kind(path)
        if kind is not None:
            raise ValueError(f"{option}: {path!r} is {kind}, it must be a file")
        for other, role in taken.items():
            if _same_file(path, other):
                raise ValueError(
                    f"{option}: {path!r} would replace {role} {other!r}; choose another name"
                )
        try:
            check_writable(path)
        except OSError as error:
            raise ValueError(f"{option}: {error.strerror}") from error
        taken[path] = f"the output of {option}"


def _same_file(a: str, b: str) -> bool:
    """Return whether two paths lead to one file, through links too, or would if it existed."""
    try:
        return os.path.samefile(a, b)
    except OSError:
        return os.path.realpath(a) == os.path.realpath(b)


def print_gaps(
    table: Any, gaps: Mapping[str, Any], where: Callable[[int], str], file: TextIO | None = None
) -> None:
    """Say which cells were filled in, and with what; `where` names the place of a row."""
    for column in table.encoder.columns_:
        found = gaps.get(column.name)
        if found is None:
            continue
        kind = "unknown or empty" if column.kind == "category" else "missing"
        filled = "no category"
        if column.kind == "number" and column.scale is not None:
            filled = f"{column.scale.center:g}"
        elif column.kind == "time":
            filled = "the middle of its parts"
        odd = ""
        if found.odd and column.kind != "category":
            odd = f" ({_listed(found.odd)} first in {where(found.first)})"
        print(f"note: {column.name}: {found.count} {kind}{odd}, taken as {filled}", file=file)


def _listed(odd: Mapping[str, int]) -> str:
    from ..table.errors import listed

    return listed(odd, 3)


def add_reading_options(add: Callable[..., Any]) -> None:
    """Add the options that say how a file is read, in place of what is found."""
    add("--delimiter", metavar="C", help="what separates columns: a character, tab or space")
    add("--decimal", metavar="C", choices=(".", ","), help="the decimal sign, . or ,")
    add("--encoding", metavar="NAME", help="such as utf-8, utf-16 or latin-1")


def reading_options(args: Any) -> dict[str, Any]:
    """Return the arguments of ``read`` that the options give."""
    return {name: getattr(args, name) for name in ("delimiter", "decimal", "encoding")}


def empty_figure(path: str) -> Any:
    """Return an empty figure; no matplotlib, or an unknown format, is an error before the work."""
    try:
        from matplotlib.figure import Figure
    except ImportError:
        raise ValueError(
            '--plot needs matplotlib, which is not installed: pip install "fusedmlp[plot]"'
        ) from None
    figure = Figure(layout="constrained")
    formats = sorted(figure.canvas.get_supported_filetypes())
    if _format_of(path) not in formats:
        raise ValueError(f"--plot: {path!r} must end in one of {', '.join(formats)}")
    return figure


def save_figure(figure: Any, path: str, **options: Any) -> None:
    """Draw a figure of :func:`empty_figure` into a file; the old one stays until it is whole."""
    with replacing(path) as file:
        figure.savefig(file, format=_format_of(path), **options)


def _format_of(path: str) -> str:
    return path.rpartition(".")[2].lower()
