"""How functions that are made from the catalogue show themselves: name, signature, docstring."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

KEYWORD = inspect.Parameter.KEYWORD_ONLY


def paragraph(text: str, indent: int = 4) -> str:
    """Return a text of the catalogue for a place in a docstring that is indented by `indent`."""
    lines = inspect.cleandoc(text).splitlines()
    return "\n".join([line and " " * indent + line for line in lines]).strip()


def present_as(function: Any, title: str, module: str, params: Mapping[str, Any]) -> None:
    """Give a function a name, a place, and its keyword arguments instead of ``**params``."""
    fixed = list(inspect.signature(function).parameters.values())[:-1]
    extra = [inspect.Parameter(key, KEYWORD, default=value) for key, value in params.items()]
    function.__signature__ = inspect.Signature([*fixed, *extra])
    function.__name__ = function.__qualname__ = title
    function.__module__ = module
