"""The error of tables, and lists of names: those given, and those in messages."""

from __future__ import annotations

from collections.abc import Iterable


class TableError(ValueError):
    """A table, or what was asked of it, makes no sense; the message is meant for its author."""


def checked_names(names: Iterable[str], function: str, argument: str) -> frozenset[str]:
    """Return names of columns as a set; a single text is no list of names."""
    if isinstance(names, (str, bytes)) or not isinstance(names, Iterable):
        raise TypeError(f"{function}: {argument} must be a list of names of columns, got {names!r}")
    return frozenset(names)


def listed(names: Iterable[object], most: int = 12) -> str:
    """Return names for a message, cut off where they would fill the screen."""
    all_names = list(names)
    shown = ", ".join(_short(repr(name)) for name in all_names[:most])
    return shown + (f" and {len(all_names) - most} more" if len(all_names) > most else "")


def _short(text: str, most: int = 60) -> str:
    return text if len(text) <= most else f"{text[: most - 4]}...{text[-1]}"
