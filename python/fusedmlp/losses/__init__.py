"""Losses as objects, and how one is found by its name."""

from .loss import Loss, LossFunction, get

__all__ = ["Loss", "LossFunction", "get"]
