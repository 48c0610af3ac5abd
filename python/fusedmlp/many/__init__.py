"""Many nets at once: trained side by side, averaged, compared."""

from .cross_validation import cross_validate
from .ensemble import Ensemble
from .fit import fit_many
from .load import load
from .scores import Scores
from .sweep import sweep

__all__ = ["Ensemble", "Scores", "cross_validate", "fit_many", "load", "sweep"]
