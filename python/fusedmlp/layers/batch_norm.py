"""Batch norm."""

from __future__ import annotations

from typing import ClassVar

from ..checks.numbers import MIN_EPS, number
from .base import Built, Layer, Op, constant, factor


class BatchNorm(Layer):
    """Normalise each feature: ``y = weight * (x - mean) / sqrt(var + eps) + bias``.

    In training mean and variance are the batch's; in inference they are running averages.

    Parameters
    ----------
    momentum : float, default 0.1
        Share of the new batch: ``running = (1 - momentum) * running + momentum * batch``.
    eps : float, default 1e-5
        Added to the variance, inside the root.

    lr_scale, decay_scale : float, default 1 and 0
        Factors of the optimizer's learning rate and weight decay for both parameters.

    Raises
    ------
    TypeError, ValueError
        If `momentum` is outside [0, 1], `eps` is below 1e-30, or a factor is negative.

    Notes
    -----
    Parameters "weight" (gamma, first 1) and "bias" (beta, first 0), both (features,) and never
    decayed unless the optimizer has ``decay_all=True``; statistics "running_mean" (first 0) and
    "running_var" (first 1), see ``model.statistics()``.

    As ``torch.nn.BatchNorm1d``: the biased variance normalises, the unbiased one enters the running
    average. Keras counts momentum the other way (its 0.99 is 0.01 here), uses eps = 1e-3 and the
    biased variance for both.

    The variance of a single row is 0. As in PyTorch ``train_batch`` and ``forward(training=True)``
    refuse it, and ``fit`` refuses batches of one row. A lone last row of an epoch joins the batch
    before it.

    A bias of the Dense before it has no effect: ``fm.Dense(n, bias=False)``.

    Source: Ioffe, Szegedy, "Batch normalization: accelerating deep network training by reducing
    internal covariate shift", ICML 2015.

    Examples
    --------
    >>> import numpy as np, fusedmlp as fm
    >>> model = fm.Sequential([fm.BatchNorm()], in_features=1, seed=0)
    >>> model.forward([[1.0], [3.0]], training=True).round(3).tolist()
    [[-1.0], [1.0]]
    >>> model.statistics()["0.running_mean"], model.statistics()["0.running_var"]
    (array([0.2], dtype=float32), array([1.1], dtype=float32))
    """

    fields: ClassVar[tuple[str, ...]] = ("momentum", "eps", "lr_scale", "decay_scale")
    least_rows = 2

    def __init__(
        self,
        momentum: float = 0.1,
        eps: float = 1e-5,
        *,
        lr_scale: float = 1.0,
        decay_scale: float = 0.0,
    ) -> None:
        self.momentum: float = number(momentum, "BatchNorm", "momentum", low=0.0, high=1.0)
        self.eps: float = number(eps, "BatchNorm", "eps", low=MIN_EPS)
        self.lr_scale: float = factor(lr_scale, "BatchNorm", "lr_scale")
        self.decay_scale: float = factor(decay_scale, "BatchNorm", "decay_scale")

    def build(self, in_features: int) -> Built:
        """Return what this layer needs for inputs of width `in_features`."""
        scales = self.lr_scale, self.decay_scale
        op = Op(
            "batch_norm",
            {"momentum": self.momentum, "eps": self.eps},
            [
                constant("weight", in_features, 1.0, *scales),
                constant("bias", in_features, 0.0, *scales),
            ],
            [constant("running_mean", in_features, 0.0), constant("running_var", in_features, 1.0)],
        )
        return Built(in_features, [op])

    def label(self) -> str:
        """Return a short name for tables."""
        return "BatchNorm"
