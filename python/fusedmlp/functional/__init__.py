"""Stateless kernels on NumPy arrays: activations, layers, losses, optimizer steps.

float64 arrays are computed in float64, everything else in float32; results are C-contiguous.
Array arguments may have any layout and any real dtype; ``out=`` receives a result.
"""

from . import activations as _activations
from . import losses as _losses
from . import optimizers as _optimizers
from .activations import *  # noqa: F403
from .clipping import clip_grad_norm_, clip_grad_value_
from .dense import dense, dense_backward
from .dropout import dropout, dropout_backward
from .losses import *  # noqa: F403
from .norm import batch_norm, batch_norm_backward, layer_norm, layer_norm_backward
from .optimizers import *  # noqa: F403
from .softmax import log_softmax, log_softmax_backward, softmax, softmax_backward

__all__ = [
    *_activations.__all__,
    *_losses.__all__,
    *_optimizers.__all__,
    "batch_norm",
    "batch_norm_backward",
    "clip_grad_norm_",
    "clip_grad_value_",
    "dense",
    "dense_backward",
    "dropout",
    "dropout_backward",
    "layer_norm",
    "layer_norm_backward",
    "log_softmax",
    "log_softmax_backward",
    "softmax",
    "softmax_backward",
]
