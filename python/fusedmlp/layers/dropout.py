"""Dropout."""

from __future__ import annotations

from typing import ClassVar

from ..checks.numbers import number
from .base import Built, Layer, Op


class Dropout(Layer):
    """Drop elements at random in training: ``y = x * mask / (1 - p)``; nothing in inference.

    Parameters
    ----------
    p : float, default 0.5
        Probability that an element is dropped, in [0, 1].

    Raises
    ------
    TypeError, ValueError
        If `p` is no number, or outside [0, 1].

    Notes
    -----
    A mask depends on the model's seed, the training step, the layer's place and the element alone:
    it is the same for any number of threads, after a resumed run, and in every backend.

    Source: Srivastava et al., "Dropout: a simple way to prevent neural networks from overfitting",
    JMLR 15, 2014. The factor is applied in training ("inverted"), as in PyTorch and Keras.

    Examples
    --------
    >>> import numpy as np, fusedmlp as fm
    >>> model = fm.Sequential([fm.Dropout(0.5)], in_features=6, seed=0)
    >>> model.forward(np.ones((1, 6)))
    array([[1., 1., 1., 1., 1., 1.]], dtype=float32)
    >>> np.unique(model.forward(np.ones((1, 6)), training=True))
    array([0., 2.], dtype=float32)
    """

    fields: ClassVar[tuple[str, ...]] = ("p",)

    def __init__(self, p: float = 0.5) -> None:
        self.p: float = number(p, "Dropout", "p", low=0.0, high=1.0)

    def build(self, in_features: int) -> Built:
        """Return what this layer needs for inputs of width `in_features`."""
        return Built(in_features, [Op("dropout", {"p": self.p})])

    def label(self) -> str:
        """Return a short name for tables."""
        return f"Dropout({self.p:g})"
