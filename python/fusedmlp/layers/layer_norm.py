"""Layer norm."""

from __future__ import annotations

from ..checks.numbers import MIN_EPS, number
from .base import Built, Layer, Op, constant


class LayerNorm(Layer):
    """Normalise each row: ``y = weight * (x - mean) / sqrt(var + eps) + bias``.

    Mean and variance (the biased one) are those of the row's features, in training and in
    inference alike.

    Parameters
    ----------
    eps : float, default 1e-5
        Added to the variance, inside the root. Keras has 1e-3.

    Raises
    ------
    TypeError, ValueError
        If `eps` is no number, or below 1e-30.

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

    fields = ("eps",)

    def __init__(self, eps: float = 1e-5) -> None:
        self.eps = number(eps, "LayerNorm", "eps", low=MIN_EPS)

    def build(self, in_features: int) -> Built:
        """Return what this layer needs for inputs of width `in_features`."""
        parameters = [constant("weight", in_features, 1.0), constant("bias", in_features, 0.0)]
        return Built(in_features, [Op("layer_norm", {"eps": self.eps}, parameters)])

    def label(self) -> str:
        """Return a short name for tables."""
        return "LayerNorm"
