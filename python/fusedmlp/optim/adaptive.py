"""Adagrad, Adadelta and RMSprop."""

from __future__ import annotations

from .base import LearningRate, Optimizer, WeightDecay

__all__ = ["Adadelta", "Adagrad", "RMSprop"]


class Adagrad(Optimizer):
    """Adagrad: ``sum += g^2; p -= lr / (1 + (t - 1) lr_decay) g / (sqrt(sum) + eps)``.

    Parameters
    ----------
    lr : float or schedule, default 1e-2
    lr_decay : float, default 0.0
    weight_decay : float or schedule, default 0.0
        Adds ``weight_decay p`` to the gradient.
    initial_accumulator_value : float, default 0.0
        What sum starts with.
    eps : float, default 1e-10
        Outside the root.
    decay_all : bool, default False
        Decay biases and norm parameters too.

    Notes
    -----
    As ``torch.optim.Adagrad``. Duchi, Hazan & Singer 2011.

    Examples
    --------
    >>> from fusedmlp.optim import Adagrad
    >>> Adagrad(lr=0.1).lr_at(0)
    0.1
    """

    name = "adagrad"

    def __init__(
        self,
        lr: LearningRate = 1e-2,
        lr_decay: float = 0.0,
        weight_decay: WeightDecay = 0.0,
        initial_accumulator_value: float = 0.0,
        eps: float = 1e-10,
        *,
        decay_all: bool = False,
    ):
        self.lr_decay = lr_decay
        self.initial_accumulator_value = initial_accumulator_value
        self.eps = eps
        super().__init__(lr, weight_decay, decay_all)


class Adadelta(Optimizer):
    """Adadelta: ``delta = sqrt(acc_delta + eps) / sqrt(square_avg + eps) g; p -= lr delta``.

    ``square_avg`` and ``acc_delta`` are moving averages of g^2 and delta^2.

    Parameters
    ----------
    lr : float or schedule, default 1.0
    rho : float, default 0.9
        Rate of both averages, in [0, 1].
    eps : float, default 1e-6
        Inside both roots; sets the size of the first steps.
    weight_decay : float or schedule, default 0.0
        Adds ``weight_decay p`` to the gradient.
    decay_all : bool, default False
        Decay biases and norm parameters too.

    Notes
    -----
    As ``torch.optim.Adadelta``. Zeiler 2012.

    Examples
    --------
    >>> from fusedmlp.optim import Adadelta
    >>> Adadelta()
    Adadelta(lr=1.0, rho=0.9, eps=1e-06, weight_decay=0.0, decay_all=False)
    """

    name = "adadelta"

    def __init__(
        self,
        lr: LearningRate = 1.0,
        rho: float = 0.9,
        eps: float = 1e-6,
        weight_decay: WeightDecay = 0.0,
        *,
        decay_all: bool = False,
    ):
        self.rho = rho
        self.eps = eps
        super().__init__(lr, weight_decay, decay_all)


class RMSprop(Optimizer):
    """RMSprop: ``s = alpha s + (1 - alpha) g^2; p -= lr g / (sqrt(s) + eps)``.

    Parameters
    ----------
    lr : float or schedule, default 1e-2
    alpha : float, default 0.99
        Rate of the averages, in [0, 1].
    eps : float, default 1e-8
        Outside the root.
    weight_decay : float or schedule, default 0.0
        Adds ``weight_decay p`` to the gradient.
    momentum : float, default 0.0
        Step by ``v = momentum v + g / (sqrt(s) + eps)``.
    centered : bool, default False
        Subtract the squared average gradient from s under the root.
    decay_all : bool, default False
        Decay biases and norm parameters too.

    Notes
    -----
    As ``torch.optim.RMSprop``, except that a centered s which rounding leaves below zero counts as
    zero (there its root is NaN). Hinton 2012; Graves 2013.

    Examples
    --------
    >>> from fusedmlp.optim import RMSprop
    >>> RMSprop(lr=0.001).alpha
    0.99
    """

    name = "rmsprop"

    def __init__(
        self,
        lr: LearningRate = 1e-2,
        alpha: float = 0.99,
        eps: float = 1e-8,
        weight_decay: WeightDecay = 0.0,
        momentum: float = 0.0,
        centered: bool = False,
        *,
        decay_all: bool = False,
    ):
        self.alpha = alpha
        self.eps = eps
        self.momentum = momentum
        self.centered = centered
        super().__init__(lr, weight_decay, decay_all)
