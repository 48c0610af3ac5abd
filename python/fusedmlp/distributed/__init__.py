"""One model trained by many processes, each on its own rows; needs the extra ``mpi``."""

from .fit import fit

__all__ = ["fit"]
