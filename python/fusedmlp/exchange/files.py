"""Exports of one file or several, each written whole."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePath

from ..saving.files import check_writable, write_atomically


def write_files(texts: Mapping[PurePath, str], function: str) -> None:
    """Write each text to its path; if one of them cannot be written, none is.

    Raises
    ------
    OSError
        If a file cannot be created.
    """
    for path in texts:
        check_writable(path, function)
    for path, text in texts.items():
        write_atomically(path, text.encode("utf-8"), function)
