"""Lion and Rprop: only the sign of the gradient counts."""

from __future__ import annotations

from .base import LearningRate, Optimizer, WeightDecay

__all__ = ["Lion", "Rprop"]


class Lion(Optimizer):
    """Lion: ``p -= lr sign(beta1 m + (1 - beta1) g); m = beta2 m + (1 - beta2) g``.

    Parameters
    ----------
    lr : float or schedule, default 1e-4
        Every step moves every parameter by lr: 3 to 10 times smaller than Adam's.
    betas : (float, float), default (0.9, 0.99)
    weight_decay : float or schedule, default 0.0
        Decoupled: first ``p *= 1 - lr weight_decay``.
    decay_all : bool, default False
        Decay biases and norm parameters too.

    Notes
    -----
    Chen et al. 2023, "Symbolic Discovery of Optimization Algorithms"; not in torch.optim.

    Examples
    --------
    >>> from fusedmlp.optim import Lion
    >>> Lion()
    Lion(lr=0.0001, betas=(0.9, 0.99), weight_decay=0.0, decay_all=False)
    """

    name = "lion"

    def __init__(
        self,
        lr: LearningRate = 1e-4,
        betas: tuple[float, float] = (0.9, 0.99),
        weight_decay: WeightDecay = 0.0,
        *,
        decay_all: bool = False,
    ):
        self.betas = betas
        super().__init__(lr, weight_decay, decay_all)


class Rprop(Optimizer):
    """Rprop: ``p -= sign(g) s`` with a step size s of its own for every parameter.

    s grows by ``etas[1]`` while the sign of g holds and shrinks by ``etas[0]`` after a change,
    where g counts as 0 for one step. For full batches: noise in the sign makes all steps shrink.

    Parameters
    ----------
    lr : float or schedule, default 1e-2
        What s starts with (a schedule's value at step 0).
    etas : (float, float), default (0.5, 1.2)
    step_sizes : (float, float), default (1e-6, 50.0)
        Least and largest s.

    Notes
    -----
    As ``torch.optim.Rprop``, but signs are compared, not multiplied gradients, which could
    underflow. Riedmiller & Braun 1993.

    Examples
    --------
    >>> from fusedmlp.optim import Rprop
    >>> Rprop()
    Rprop(lr=0.01, etas=(0.5, 1.2), step_sizes=(1e-06, 50.0))
    """

    name = "rprop"

    def __init__(
        self,
        lr: LearningRate = 1e-2,
        etas: tuple[float, float] = (0.5, 1.2),
        step_sizes: tuple[float, float] = (1e-6, 50.0),
    ):
        self.etas = etas
        self.step_sizes = step_sizes
        super().__init__(lr)
