"""Gradient descent."""

from __future__ import annotations

from .base import LearningRate, Optimizer, WeightDecay

__all__ = ["SGD"]


class SGD(Optimizer):
    """Stochastic gradient descent with momentum: ``v = mu v + (1 - dampening) g; p -= lr v``.

    Parameters
    ----------
    lr : float or schedule, default 1e-3
    momentum : float, default 0.0
        mu >= 0. The first step sets v = g.
    dampening : float, default 0.0
        At most 1.
    nesterov : bool, default False
        Step by ``g + mu v``; needs momentum and no dampening.
    weight_decay : float or schedule, default 0.0
        Adds ``weight_decay p`` to the gradient.
    lr_in_velocity : bool, default False
        Multiply g by lr before it enters v, and step by v itself: the form of Keras and
        scikit-learn. The same steps while lr is constant; when it changes, older gradients keep
        the lr of their step.
    decay_all : bool, default False
        Decay biases and norm parameters too.

    Raises
    ------
    ValueError
        If a value is out of range.

    Notes
    -----
    The formulas of ``torch.optim.SGD``, whose v does not contain lr. Polyak 1964; Sutskever et
    al. 2013.

    Examples
    --------
    >>> from fusedmlp.optim import SGD
    >>> SGD(lr=0.1, momentum=0.9, nesterov=True)
    SGD(lr=0.1, momentum=0.9, dampening=0.0, nesterov=True, weight_decay=0.0,
    lr_in_velocity=False, decay_all=False)
    """

    name = "sgd"

    def __init__(
        self,
        lr: LearningRate = 1e-3,
        momentum: float = 0.0,
        dampening: float = 0.0,
        nesterov: bool = False,
        weight_decay: WeightDecay = 0.0,
        *,
        lr_in_velocity: bool = False,
        decay_all: bool = False,
    ):
        self.lr_in_velocity = lr_in_velocity
        self.momentum = momentum
        self.dampening = dampening
        self.nesterov = nesterov
        super().__init__(lr, weight_decay, decay_all)
