"""Pictures, with matplotlib (``pip install fusedmlp[plot]``); it is imported by the first one."""

from .activations import activations
from .boundary import decision_boundary
from .curves import compare, history_curves
from .figures import new_axes
from .weights import weights

__all__ = [
    "activations",
    "compare",
    "decision_boundary",
    "history_curves",
    "new_axes",
    "weights",
]
