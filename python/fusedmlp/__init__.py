"""Fast multi-layer perceptrons on CPUs."""

import importlib as _importlib
from typing import TYPE_CHECKING as _TYPE_CHECKING
from typing import Any as _Any

from . import callbacks, datasets, functional, initializers, metrics, optim, plotting, schedules
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

if _TYPE_CHECKING:
    from . import distributed, table

# Rooms that many programs never enter are imported when they are first named.
_LATE = ("distributed", "table")


def __getattr__(name: str) -> _Any:
    if name in _LATE:
        return _importlib.import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


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
