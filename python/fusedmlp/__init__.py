"""Fast multi-layer perceptrons on CPUs."""

from . import (
    callbacks,
    datasets,
    distributed,
    functional,
    initializers,
    metrics,
    optim,
    plotting,
    schedules,
    table,
)
from .core.exceptions import BusyError, CheckpointError, DivergedError
from .core.info import __version__, info
from .gradient_check import gradcheck
from .layers import (
    Activation,
    BatchNorm,
    CategoryEmbedding,
    Columns,
    Dense,
    Dropout,
    LayerNorm,
    NumericEmbedding,
    OneHot,
    Residual,
    Scale,
)
from .losses.loss import Loss
from .many import Ensemble, Scores, cross_validate, fit_many, load, sweep
from .mlp import MLP
from .playground.start import playground
from .sequential import Sequential
from .softmax_sequential import SoftmaxSequential
from .taking import accelerate, from_keras, from_onnx, from_torch
from .threads import get_num_threads, num_threads, set_num_threads
from .training.history import History

__all__ = [
    "MLP",
    "Activation",
    "BatchNorm",
    "BusyError",
    "CategoryEmbedding",
    "CheckpointError",
    "Columns",
    "Dense",
    "DivergedError",
    "Dropout",
    "Ensemble",
    "History",
    "LayerNorm",
    "Loss",
    "NumericEmbedding",
    "OneHot",
    "Residual",
    "Scale",
    "Scores",
    "Sequential",
    "SoftmaxSequential",
    "__version__",
    "accelerate",
    "callbacks",
    "cross_validate",
    "datasets",
    "distributed",
    "fit_many",
    "from_keras",
    "from_onnx",
    "from_torch",
    "functional",
    "get_num_threads",
    "gradcheck",
    "info",
    "initializers",
    "load",
    "metrics",
    "num_threads",
    "optim",
    "playground",
    "plotting",
    "schedules",
    "set_num_threads",
    "sweep",
    "table",
]
