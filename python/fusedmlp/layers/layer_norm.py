"""Layer norm."""

from __future__ import annotations

from typing import ClassVar

from ..checks.numbers import MIN_EPS, number
from .base import Built, Layer, Op, constant, factor


class LayerNorm(Layer):
    """Normalise each row: ``y = weight * (x - mean) / sqrt(var + eps) + bias``.

    Mean and variance (the biased one) are those of the row's features, in training and in
    inference alike.

    Parameters
    ----------
    eps : float, default 1e-5
        Added to the variance, inside the root. Keras has 1e-3.

    lr_scale, decay_scale : float, default 1 and 0
        Factors of the optimizer's learning rate and weight decay for both parameters.

    Raises
    ------
    TypeError, ValueError
        If `eps` is no number, or below 1e-30, or a factor is negative.

    Notes
    -----
    Parameters "weight" (gamma, first 1) and "bias" (beta, first 0), both (features,) and never
    decayed unless the optimizer has ``decay_all=True``. As ``torch.nn.LayerNorm``.

    Source: Ba, Kiros, Hinton, "Layer normalization", 2016.

    Examples
    --------
    >>> import fusedmlp as fm
    >>> model = fm.Sequential([fm.LayerNorm()], in_features=2, seed=0)
    >>> model.forward([[1.0, 3.0], [40.0, 20.0]]).round(3).tolist()
    [[-1.0, 1.0], [1.0, -1.0]]
    """

    fields: ClassVar[tuple[str, ...]] = ("eps", "lr_scale", "decay_scale")

    def __init__(
        self, eps: float = 1e-5, *, lr_scale: float = 1.0, decay_scale: float = 0.0
    ) -> None:
        self.eps: float = number(eps, "LayerNorm", "eps", low=MIN_EPS)
        self.lr_scale: float = factor(lr_scale, "LayerNorm", "lr_scale")
        self.decay_scale: float = factor(decay_scale, "LayerNorm", "decay_scale")

    def build(self, in_features: int) -> Built:
        """Return what this layer needs for inputs of width `in_features`."""
        scales = self.lr_scale, self.decay_scale
        parameters = [
            constant("weight", in_features, 1.0, *scales),
            constant("bias", in_features, 0.0, *scales),
        ]
        return Built(in_features, [Op("layer_norm", {"eps": self.eps}, parameters)])

    def label(self) -> str:
        """Return a short name for tables."""
        return "LayerNorm"
