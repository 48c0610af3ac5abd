"""Element-wise activations and their derivatives: two functions for each row of the catalogue.

The names come from ``fusedmlp.core.catalogue``; ``activations.pyi`` lists them for editors.
"""

from __future__ import annotations

from ..core.catalogue import ACTIVATIONS as _ROWS
from ._activation_functions import make as _make

ACTIVATIONS = tuple(_ROWS)

for _name in ACTIVATIONS:
    globals()[_name], globals()[f"{_name}_backward"] = _make(_name, __name__)

__all__ = ["ACTIVATIONS", *ACTIVATIONS, *(f"{name}_backward" for name in ACTIVATIONS)]
