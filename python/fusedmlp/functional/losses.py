"""Loss functions on arrays, each with its value and with value and gradient in one pass.

The names come from ``fusedmlp.core.catalogue``; ``losses.pyi`` lists them for editors.
"""

from __future__ import annotations

from ..core.catalogue import LOSSES as _ROWS
from ._loss_functions import make as _make

LOSSES = tuple(_ROWS)

for _name in LOSSES:
    globals()[_name], globals()[f"{_name}_value_and_grad"] = _make(_name, __name__)

__all__ = ["LOSSES", *LOSSES, *(f"{name}_value_and_grad" for name in LOSSES)]
