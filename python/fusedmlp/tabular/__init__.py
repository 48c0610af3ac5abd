"""The best default on tables: encoder, nets and calibration, fitted as one model."""

from .classes import ClassHead
from .fitting import Fitted, Scoring, fit_table
from .heads import Head
from .importance import Sample
from .model import TableModel, is_table, load_table
from .settings import PRESETS, Settings
from .values import LOSSES, QUANTILES, ValueHead

__all__ = [
    "LOSSES",
    "PRESETS",
    "QUANTILES",
    "ClassHead",
    "Fitted",
    "Head",
    "Sample",
    "Scoring",
    "Settings",
    "TableModel",
    "ValueHead",
    "fit_table",
    "is_table",
    "load_table",
]
