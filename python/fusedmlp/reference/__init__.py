"""The NumPy twin: every function of the native modules, by name, in readable vectorised NumPy.

It is the oracle (in float64), the speed baseline, and the fallback where no native module loads.
It imports NumPy alone and trusts its input, as the kernels do.
"""

from .activations import activation_backward, activation_forward
from .dense import dense_backward, dense_forward
from .losses import loss_forward_backward
from .network import Network, network
from .optimizers import clip_values, gradient_norm, optimizer_step
from .philox import permutation
from .runtime import build_info, get_num_threads, set_num_threads
from .softmax import softmax_backward, softmax_forward

level = "numpy"

__all__ = [
    "Network",
    "activation_backward",
    "activation_forward",
    "build_info",
    "clip_values",
    "dense_backward",
    "dense_forward",
    "get_num_threads",
    "gradient_norm",
    "level",
    "loss_forward_backward",
    "network",
    "optimizer_step",
    "permutation",
    "set_num_threads",
    "softmax_backward",
    "softmax_forward",
]
