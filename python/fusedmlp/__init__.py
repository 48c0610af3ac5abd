"""Fast multi-layer perceptrons on CPUs."""

from . import callbacks, datasets, functional, initializers, metrics, optim, plotting, schedules
from ._info import __version__, info
from ._threads import get_num_threads, num_threads, set_num_threads
from .exceptions import BusyError, CheckpointError, DivergedError
from .gradient_check import gradcheck
from .history import History
from .layers import Activation, BatchNorm, Dense, Dropout, LayerNorm, Residual
from .losses import Loss
from .mlp import MLP
from .model import Sequential
from .serialization import load

__all__ = [
    "MLP",
    "Activation",
    "BatchNorm",
    "BusyError",
    "CheckpointError",
    "Dense",
    "DivergedError",
    "Dropout",
    "History",
    "LayerNorm",
    "Loss",
    "Residual",
    "Sequential",
    "__version__",
    "callbacks",
    "datasets",
    "functional",
    "get_num_threads",
    "gradcheck",
    "info",
    "initializers",
    "load",
    "metrics",
    "num_threads",
    "optim",
    "plotting",
    "schedules",
    "set_num_threads",
]
