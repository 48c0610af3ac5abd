"""Models: their numbers (state), passes, training, and ``Sequential`` on top."""

from .sequential import Sequential

__all__ = ["Sequential"]
