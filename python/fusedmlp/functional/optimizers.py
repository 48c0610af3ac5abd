"""One optimizer step on arrays: ``p`` and the state arrays are updated in place.

Common to all: ``p`` (any shape), ``g`` and the state arrays have one shape; ``p`` and the state
share one dtype, float32 or float64, and are C-contiguous and writeable; ``g`` may be anything that
converts. State starts zero-filled unless a line says otherwise. ``weight_decay`` applies to all
of ``p``: hand over the arrays that should decay. TypeError for wrong kinds, ValueError for wrong
shapes and values, before anything is changed. Formulas and defaults are those of ``torch.optim``.

The names come from ``fusedmlp.core.catalogue``; ``optimizers.pyi`` lists them for editors.
"""

from __future__ import annotations

from ..core.catalogue import OPTIMIZERS as _ROWS
from ._step_functions import make as _make

OPTIMIZERS = tuple(_ROWS)

for _name in OPTIMIZERS:
    globals()[f"{_name}_step"] = _make(_name, __name__)

__all__ = ["OPTIMIZERS", *(f"{name}_step" for name in OPTIMIZERS)]
