"""One trained factor per input."""

from __future__ import annotations

from typing import ClassVar

from .base import Built, Layer, Op, constant, factor


class Scale(Layer):
    """Multiply each feature by a trained factor of its own: ``y = x * weight``.

    In front of a network it lets training weigh the inputs; with a large `lr_scale` it becomes a
    soft selection of features.

    Parameters
    ----------
    lr_scale, decay_scale : float, default 1 and 0
        Factors of the optimizer's learning rate and weight decay.

    Raises
    ------
    TypeError, ValueError
        If a factor is no number, or negative.

    Notes
    -----
    Parameter "weight", (features,), first 1.

    Source: Holzmueller, Grinsztajn, Steinwart, "Better by default: strong pre-tuned MLPs and
    boosted trees on tabular data", NeurIPS 2024 (there with 6 times the learning rate).

    Examples
    --------
    >>> import fusedmlp as fm
    >>> model = fm.Sequential([fm.Scale(lr_scale=6.0)], in_features=2, seed=0)
    >>> model.theta = [2.0, -1.0]
    >>> model.forward([[1.0, 3.0]]).tolist()
    [[2.0, -3.0]]
    """

    fields: ClassVar[tuple[str, ...]] = ("lr_scale", "decay_scale")

    def __init__(self, *, lr_scale: float = 1.0, decay_scale: float = 0.0) -> None:
        self.lr_scale: float = factor(lr_scale, "Scale", "lr_scale")
        self.decay_scale: float = factor(decay_scale, "Scale", "decay_scale")

    def build(self, in_features: int) -> Built:
        """Return what this layer needs for inputs of width `in_features`."""
        weight = constant("weight", in_features, 1.0, self.lr_scale, self.decay_scale)
        return Built(in_features, [Op("scale", {}, [weight])])

    def label(self) -> str:
        """Return a short name for tables."""
        return "Scale"
