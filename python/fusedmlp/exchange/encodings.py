"""The encoding of a table as text of a language, one expression for each output."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from .table import Encode

# The functions that an expression calls.
_NEEDS = {"scaled": ("gap", "scaled"), "missing": ("gap",), "index": ("index",)}


def encoded(op: Encode, forms: Mapping[str, str], need: Callable[..., None]) -> list[str]:
    """Return the value of each output of a table's encoding.

    Parameters
    ----------
    op : the encoding
    forms : for each kind of output a format of its expression, with the names of the fields of
        :class:`Output`
    need : called with the names of functions that must be in the file
    """
    values = []
    for output in op.outputs:
        need(*_NEEDS.get(output.kind, ()))
        values.append(forms[output.kind].format(**vars(output)))
    return values
