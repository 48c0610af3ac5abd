"""Callbacks, under their public path; they live in :mod:`fusedmlp.training.callbacks`."""

from .training.callbacks import *  # noqa: F403
from .training.callbacks import __all__ as __all__
