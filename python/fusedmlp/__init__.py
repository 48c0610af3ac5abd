"""Fast multi-layer perceptrons on CPUs."""

import importlib as _importlib
from typing import TYPE_CHECKING as _TYPE_CHECKING
from typing import Any as _Any

from . import callbacks, functional, initializers, metrics, optim, plotting, schedules
from .core.exceptions import BusyError, CheckpointError, DivergedError
from .core.info import info
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
from .mlp import MLP
from .playground.start import playground
from .sequential import Sequential
from .softmax_sequential import SoftmaxSequential
from .threads import get_num_threads, num_threads, set_num_threads
from .training.history import History

if _TYPE_CHECKING:
    from . import datasets, distributed, table
    from .core.info import __version__
    from .gradient_check import gradcheck
    from .many import Ensemble, Scores, cross_validate, fit_many, load, sweep
    from .taking import accelerate, from_keras, from_onnx, from_torch

# What many programs never use is imported when it is first named: modules, and what is in them.
_LATE_MODULES = ("datasets", "distributed", "table")
_LATE = {
    "__version__": "core.info",
    "gradcheck": "gradient_check",
    **dict.fromkeys(("Ensemble", "Scores", "cross_validate", "fit_many", "load", "sweep"), "many"),
    **dict.fromkeys(("accelerate", "from_keras", "from_onnx", "from_torch"), "taking"),
}


def __getattr__(name: str) -> _Any:
    if name in _LATE_MODULES:
        return _importlib.import_module(f"{__name__}.{name}")
    if name not in _LATE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = getattr(_importlib.import_module(f"{__name__}.{_LATE[name]}"), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


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
