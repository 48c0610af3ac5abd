"""Callbacks: what happens at the beginnings and ends of a fit and of its epochs."""

from .base import Callback, LambdaCallback
from .checkpoint import Checkpoint
from .early_stopping import EarlyStopping
from .ema import EMA
from .plateau import ReduceLROnPlateau
from .progress import ProgressBar

__all__ = [
    "EMA",
    "Callback",
    "Checkpoint",
    "EarlyStopping",
    "LambdaCallback",
    "ProgressBar",
    "ReduceLROnPlateau",
]
