"""The catalogue: one row for each activation, loss and optimizer, in the kernels' order.

A row holds what is true of a name: its parameters with bounds and defaults, its traits, and its
documentation. Checks, functions, docs tables, stubs and tests read it; nothing is said twice.
"""

from .activation import Activation
from .activations import ACTIVATIONS
from .loss import Loss, TargetDomain
from .losses import LOSSES
from .metrics import METRICS
from .optimizer import Optimizer, State
from .optimizers import OPTIMIZERS
from .parameters import Flag, Number, Pair, Parameter, flat_defaults

__all__ = [
    "ACTIVATIONS",
    "LOSSES",
    "METRICS",
    "OPTIMIZERS",
    "Activation",
    "Flag",
    "Loss",
    "Number",
    "Optimizer",
    "Pair",
    "Parameter",
    "State",
    "TargetDomain",
    "flat_defaults",
]
