"""One optimizer step on arrays: ``p`` and the state arrays are updated in place.

Common to all: ``p`` (any shape), ``g`` and the state arrays have one shape; ``p`` and the state
share one dtype, float32 or float64, and are C-contiguous and writeable; ``g`` may be anything that
converts. State starts zero-filled unless a line says otherwise. ``weight_decay`` applies to all
of ``p``: hand over the arrays that should decay. TypeError for wrong kinds, ValueError for wrong
shapes and values, before anything is changed. Formulas and defaults are those of ``torch.optim``.
"""

from __future__ import annotations

from ...core.catalogue import OPTIMIZERS as _TABLE
from .adam import adam_step, adamw_step
from .adam_variants import adamax_step, nadam_step, radam_step
from .adaptive import adadelta_step, adagrad_step, rmsprop_step
from .clipping import clip_grad_norm_, clip_grad_value_
from .sgd import sgd_step
from .signs import lion_step, rprop_step

OPTIMIZERS = tuple(_TABLE)

__all__ = [
    "OPTIMIZERS",
    "adadelta_step",
    "adagrad_step",
    "adam_step",
    "adamax_step",
    "adamw_step",
    "clip_grad_norm_",
    "clip_grad_value_",
    "lion_step",
    "nadam_step",
    "radam_step",
    "rmsprop_step",
    "rprop_step",
    "sgd_step",
]
