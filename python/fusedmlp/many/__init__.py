"""Many nets at once: trained side by side, averaged, compared."""

from .fit import fit_many

__all__ = ["fit_many"]
