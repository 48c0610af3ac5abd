"""Adam and its relatives."""

from __future__ import annotations

from .base import LearningRate, Optimizer, WeightDecay

__all__ = ["Adam", "AdamW", "Adamax", "NAdam", "RAdam"]

Betas = tuple[float, float]


class Adam(Optimizer):
    """Adam: moving averages m of g and v of g^2, both corrected for their start at zero.

    ``p -= lr m / (1 - beta1^t) / (sqrt(v / (1 - beta2^t)) + eps)``

    Parameters
    ----------
    lr : float or schedule, default 1e-3
    betas : (float, float), default (0.9, 0.999)
        Rates of m and v, in [0, 1).
    eps : float, default 1e-8
        Added after the correction.
    weight_decay : float or schedule, default 0.0
        Adds ``weight_decay p`` to the gradient; AdamW decays the weights themselves.
    amsgrad : bool, default False
        Divide by the largest v so far.
    epsilon_hat : bool, default False
        Add eps before v is corrected: ``sqrt(v) + eps``, both over ``sqrt(1 - beta2^t)``. Larger
        in the first steps; the form of Keras (eps 1e-7), TensorFlow and scikit-learn.
    decay_all : bool, default False
        Decay biases and norm parameters too.

    Notes
    -----
    As ``torch.optim.Adam``.
    Kingma & Ba 2015; Reddi et al. 2018.

    Examples
    --------
    >>> from fusedmlp.optim import Adam
    >>> Adam(lr=0.01).hyper
    (0.9, 0.999, 1e-08, 0.0, 0.0)
    """

    name = "adam"

    def __init__(
        self,
        lr: LearningRate = 1e-3,
        betas: Betas = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: WeightDecay = 0.0,
        amsgrad: bool = False,
        *,
        epsilon_hat: bool = False,
        decay_all: bool = False,
    ):
        self.betas = betas
        self.eps = eps
        self.amsgrad = amsgrad
        self.epsilon_hat = epsilon_hat
        super().__init__(lr, weight_decay, decay_all)


class AdamW(Adam):
    """Adam with decoupled weight decay: first ``p *= 1 - lr weight_decay``, then Adam's step.

    Parameters as of :class:`Adam`, with weight_decay 1e-2. As ``torch.optim.AdamW``, which also
    decays biases (here with ``decay_all=True``). Loshchilov & Hutter 2019.

    Examples
    --------
    >>> from fusedmlp.optim import AdamW
    >>> AdamW().weight_decay
    0.01
    """

    name = "adamw"

    def __init__(
        self,
        lr: LearningRate = 1e-3,
        betas: Betas = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: WeightDecay = 1e-2,
        amsgrad: bool = False,
        *,
        epsilon_hat: bool = False,
        decay_all: bool = False,
    ):
        super().__init__(
            lr, betas, eps, weight_decay, amsgrad, decay_all=decay_all, epsilon_hat=epsilon_hat
        )


class Adamax(Optimizer):
    """Adamax: ``u = max(beta2 u, |g| + eps); p -= lr / (1 - beta1^t) m / u``.

    Parameters
    ----------
    lr : float or schedule, default 2e-3
    betas : (float, float), default (0.9, 0.999)
    eps : float, default 1e-8
    weight_decay : float or schedule, default 0.0
        Adds ``weight_decay p`` to the gradient.
    decay_all : bool, default False
        Decay biases and norm parameters too.

    Notes
    -----
    As ``torch.optim.Adamax``. Kingma & Ba 2015, section 7.1.

    Examples
    --------
    >>> from fusedmlp.optim import Adamax
    >>> Adamax().lr
    0.002
    """

    name = "adamax"

    def __init__(
        self,
        lr: LearningRate = 2e-3,
        betas: Betas = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: WeightDecay = 0.0,
        *,
        decay_all: bool = False,
    ):
        self.betas = betas
        self.eps = eps
        super().__init__(lr, weight_decay, decay_all)


class NAdam(Optimizer):
    """NAdam: Adam with Nesterov momentum, ``mu_t = beta1 (1 - 0.96^(t momentum_decay) / 2)``.

    Parameters
    ----------
    lr : float or schedule, default 2e-3
    betas : (float, float), default (0.9, 0.999)
    eps : float, default 1e-8
    weight_decay : float or schedule, default 0.0
        Adds ``weight_decay p`` to the gradient.
    momentum_decay : float, default 4e-3
    decoupled_weight_decay : bool, default False
        Decay the weights themselves, as AdamW.
    decay_all : bool, default False
        Decay biases and norm parameters too.

    Notes
    -----
    As ``torch.optim.NAdam``; the formula in full stands at ``F.nadam_step``. Dozat 2016.

    Examples
    --------
    >>> from fusedmlp.optim import NAdam
    >>> NAdam().hyper
    (0.9, 0.999, 1e-08, 0.004, 0.0)
    """

    name = "nadam"

    def __init__(
        self,
        lr: LearningRate = 2e-3,
        betas: Betas = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: WeightDecay = 0.0,
        momentum_decay: float = 4e-3,
        decoupled_weight_decay: bool = False,
        *,
        decay_all: bool = False,
    ):
        self.betas = betas
        self.eps = eps
        self.momentum_decay = momentum_decay
        self.decoupled_weight_decay = decoupled_weight_decay
        super().__init__(lr, weight_decay, decay_all)


class RAdam(Optimizer):
    """RAdam: plain momentum for the first steps, then Adam scaled by a rectification.

    Parameters
    ----------
    lr : float or schedule, default 1e-3
    betas : (float, float), default (0.9, 0.999)
    eps : float, default 1e-8
    weight_decay : float or schedule, default 0.0
        Adds ``weight_decay p`` to the gradient.
    decoupled_weight_decay : bool, default False
        Decay the weights themselves, as AdamW.
    decay_all : bool, default False
        Decay biases and norm parameters too.

    Notes
    -----
    As ``torch.optim.RAdam``; the formula in full stands at ``F.radam_step``. Liu et al. 2020.

    Examples
    --------
    >>> from fusedmlp.optim import RAdam
    >>> RAdam().betas
    (0.9, 0.999)
    """

    name = "radam"

    def __init__(
        self,
        lr: LearningRate = 1e-3,
        betas: Betas = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: WeightDecay = 0.0,
        decoupled_weight_decay: bool = False,
        *,
        decay_all: bool = False,
    ):
        self.betas = betas
        self.eps = eps
        self.decoupled_weight_decay = decoupled_weight_decay
        super().__init__(lr, weight_decay, decay_all)
