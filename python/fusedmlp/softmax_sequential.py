"""``SoftmaxSequential``: a network that answers with probabilities."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from . import functional
from .checks.arrays import Array
from .exchange.taken import OUTPUTS
from .layers import Layer
from .sequential import Sequential


class SoftmaxSequential(Sequential):
    """A :class:`Sequential` with a softmax behind its last layer, in ``predict`` alone.

    :func:`from_torch`, :func:`from_keras`, :func:`from_onnx` and :func:`accelerate` return one for
    a network that ends in a softmax or log-softmax; ``metadata["outputs"]`` says which.

    Notes
    -----
    ``predict`` and ``predict_one`` give what the network gave where it comes from. ``forward``,
    ``fit``, ``evaluate`` and ``input_gradient`` work on the values before the softmax, because
    losses take logits.

    Examples
    --------
    >>> import fusedmlp as fm
    >>> model = fm.SoftmaxSequential([fm.Dense(2)], in_features=1, seed=0)
    >>> model.theta = [0.0, 0.0, 0.0, 0.0]
    >>> model.predict([[1.0]])
    array([[0.5, 0.5]], dtype=float32)
    """

    def __init__(
        self,
        layers: Sequence[Layer],
        *,
        in_features: int | None = None,
        dtype: str = "float32",
        seed: int | np.random.Generator | None = None,
    ) -> None:
        super().__init__(layers, in_features=in_features, dtype=dtype, seed=seed)
        self.metadata[OUTPUTS] = "softmax"

    def predict(
        self, X: ArrayLike, *, batch_size: int | None = None, out: Array | None = None
    ) -> Array:
        """Return the probabilities (or their logarithms) for every row of `X`."""
        return self._probabilities(super().predict(X, batch_size=batch_size, out=out))

    def predict_one(self, x: ArrayLike, out: Array | None = None) -> Array:
        """Return the probabilities (or their logarithms) for one row."""
        return self._probabilities(super().predict_one(x, out))

    def _probabilities(self, y: Array) -> Array:
        log = self.metadata.get(OUTPUTS) == "log_softmax"
        return (functional.log_softmax if log else functional.softmax)(y, out=y)


def model_class(description: Mapping[str, Any]) -> type[Sequential]:
    """Return the class of a described model."""
    metadata = description.get("metadata")
    ends = isinstance(metadata, Mapping) and metadata.get(OUTPUTS) in ("softmax", "log_softmax")
    return SoftmaxSequential if ends else Sequential
