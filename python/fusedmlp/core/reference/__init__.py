"""The NumPy twin: every function of the native modules, by name, in readable vectorised NumPy.

It is the oracle (in float64), the speed baseline, and the fallback where no native module loads.
It imports NumPy alone and trusts its input, as the kernels do.
"""

from .activations import (
    activation_backward,
    activation_backward_exact,
    activation_forward,
    activation_forward_exact,
)
from .data import data
from .dense import (
    dense_backward,
    dense_backward_exact,
    dense_forward,
    dense_forward_exact,
)
from .dropout import dropout_backward, dropout_forward
from .examine import column_spread, moved, unit_ranges
from .job import job
from .losses import loss_forward_backward, loss_mean_exact
from .network import network
from .norm import batch_norm_backward, batch_norm_forward, layer_norm_backward, layer_norm_forward
from .objective import objective
from .optimizers import clip_values, gradient_norm, optimizer_step
from .philox import permutation
from .runtime import build_info, get_num_threads, set_num_threads
from .segments import optimizer
from .softmax import softmax_backward, softmax_forward

level = "numpy"

__all__ = [
    "activation_backward",
    "activation_backward_exact",
    "activation_forward",
    "activation_forward_exact",
    "batch_norm_backward",
    "batch_norm_forward",
    "build_info",
    "clip_values",
    "column_spread",
    "data",
    "dense_backward",
    "dense_backward_exact",
    "dense_forward",
    "dense_forward_exact",
    "dropout_backward",
    "dropout_forward",
    "get_num_threads",
    "gradient_norm",
    "job",
    "layer_norm_backward",
    "layer_norm_forward",
    "level",
    "loss_forward_backward",
    "loss_mean_exact",
    "moved",
    "network",
    "objective",
    "optimizer",
    "optimizer_step",
    "permutation",
    "set_num_threads",
    "softmax_backward",
    "softmax_forward",
    "unit_ranges",
]
