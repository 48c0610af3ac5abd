"""What more than one subcommand needs."""

from __future__ import annotations

from pathlib import Path
from typing import Any, TextIO


def check_writable(option: str, path: str) -> None:
    """Refuse a path that cannot become a file before any work is done."""
    folder = Path(path).parent
    if not folder.is_dir():
        raise ValueError(f"{option}: the folder {str(folder)!r} does not exist")
    if Path(path).is_dir():
        raise ValueError(f"{option}: {path!r} is a folder, it must be a file")


def print_gaps(table: Any, gaps: dict[str, int], file: TextIO | None = None) -> None:
    """Say which cells were filled in, and with what."""
    for column in table.columns:
        count = gaps.get(column.name)
        if count and hasattr(column, "categories"):
            print(f"note: {column.name}: {count} unknown or empty, taken as no category", file=file)
        elif count:
            print(f"note: {column.name}: {count} missing, taken as {column.mean:g}", file=file)


def empty_figure(path: str) -> Any:
    """Return an empty figure; no matplotlib, or an unknown format, shows before the work."""
    check_writable("--plot", path)
    try:
        from matplotlib.figure import Figure
    except ImportError:
        raise ValueError(
            '--plot needs matplotlib, which is not installed: pip install "fusedmlp[plot]"'
        ) from None
    figure = Figure(layout="constrained")
    formats = sorted(figure.canvas.get_supported_filetypes())
    if path.rpartition(".")[2].lower() not in formats:
        raise ValueError(f"--plot: {path!r} must end in one of {', '.join(formats)}")
    return figure
