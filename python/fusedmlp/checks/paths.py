"""Paths as users write them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any


def user_path(path: Any, function: str, name: str = "path") -> Path:
    """Return `path` as a Path, with ``~`` replaced by the home folder.

    Parameters
    ----------
    path : str or path-like
    function, name : str
        The calling function and its argument, for messages.

    Raises
    ------
    TypeError
        If it is no path.
    ValueError
        If it is an empty string, which would mean the current folder.
    """
    try:
        text = os.fsdecode(path)
    except TypeError:
        raise TypeError(f"{function}: {name} must be a str or path-like, got {path!r}") from None
    if not text:
        raise ValueError(f"{function}: {name} must name a file, got an empty string")
    return Path(os.path.expanduser(text))
