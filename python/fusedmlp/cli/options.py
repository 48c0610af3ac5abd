"""Types of options: each turns the text of an argument into a value, or says what it must be."""

from __future__ import annotations

import argparse
import math
import os
from collections.abc import Callable

_MOST = 2**31 - 1


def whole_number(low: int, high: int = _MOST) -> Callable[[str], int]:
    """Return the type of whole numbers from `low` to `high`."""

    def convert(text: str) -> int:
        if not text.isascii() or not text.isdigit() or not low <= int(text) <= high:
            raise argparse.ArgumentTypeError(
                f"must be a whole number from {low} to {high}, got {text!r}"
            )
        return int(text)

    return convert


def number_in(
    low: float, high: float = math.inf, *, open_low: bool = False
) -> Callable[[str], float]:
    """Return the type of finite numbers in [low, high), or (low, high)."""

    def convert(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not (low < value or (value == low and not open_low)) or not value < high:
            interval = f"{'(' if open_low else '['}{low:g}, {high:g})"
            raise argparse.ArgumentTypeError(f"must be a number in {interval}, got {text!r}")
        return value

    return convert


def hidden_sizes(text: str) -> list[int]:
    """Convert "64,64" to [64, 64], and "none" to []."""
    if text.strip().lower() in ("", "none"):
        return []
    return [whole_number(1)(part.strip()) for part in text.split(",")]


def name_in(table: str) -> Callable[[str], str]:
    """Return the type of the names in a table, "ACTIVATIONS" or "OPTIMIZERS"."""

    def convert(text: str) -> str:
        from ..checks.numbers import choice
        from ..core import catalogue

        try:
            return choice(text, table, "name", tuple(getattr(catalogue, table)))
        except ValueError as error:
            raise argparse.ArgumentTypeError(str(error).split(": name ", 1)[1]) from error

    return convert


def file_path(text: str) -> str:
    """Return a path with ``~`` replaced; shells leave it in --out=~/model."""
    if not text:
        raise argparse.ArgumentTypeError("must name a file, got an empty string")
    return os.path.expanduser(text)
