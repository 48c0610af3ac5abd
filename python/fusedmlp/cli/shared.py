"""What more than one subcommand needs."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
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


def print_gaps(table: Any, gaps: dict[str, int], file: TextIO | None = None) -> None:
    """Say which cells were filled in, and with what."""
    for column in table.columns:
        count = gaps.get(column.name)
        if count and hasattr(column, "categories"):
            print(f"note: {column.name}: {count} unknown or empty, taken as no category", file=file)
        elif count:
            print(f"note: {column.name}: {count} missing, taken as {column.mean:g}", file=file)


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
