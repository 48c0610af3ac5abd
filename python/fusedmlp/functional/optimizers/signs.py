"""Lion and Rprop: only the sign of the gradient counts."""

from __future__ import annotations

from numpy.typing import ArrayLike

from ...checks.optimizers import lion_hyper, rprop_hyper
from ._run import Array, run_step


def lion_step(
    p: Array,
    g: ArrayLike,
    m: Array,
    *,
    step: int = 1,
    lr: float = 1e-4,
    betas: tuple[float, float] = (0.9, 0.99),
    weight_decay: float = 0.0,
) -> None:
    """Lion: ``p -= lr sign(beta1 m + (1 - beta1) g); m = beta2 m + (1 - beta2) g``.

    Weight decay is decoupled: first ``p *= 1 - lr weight_decay``. ``step`` is not used.
    Chen et al. 2023; not in torch.optim.

    Examples
    --------
    >>> import numpy as np
    >>> import fusedmlp.functional as F
    >>> p, m = np.array([1.0, 1.0]), np.zeros(2)
    >>> F.lion_step(p, [0.001, -7.0], m, lr=0.25)
    >>> p
    array([0.75, 1.25])
    """
    hyper = lion_hyper("lion_step", betas)
    run_step("lion", p, g, (m,), hyper, lr=lr, step=step, weight_decay=weight_decay)


def rprop_step(
    p: Array,
    g: ArrayLike,
    previous_grad: Array,
    step_size: Array,
    *,
    step: int = 1,
    lr: float = 1e-2,
    etas: tuple[float, float] = (0.5, 1.2),
    step_sizes: tuple[float, float] = (1e-6, 50.0),
) -> None:
    """Rprop: ``p -= sign(g) step_size``, a step size for every parameter; for full batches.

    The size grows by ``etas[1]`` while the sign of g holds and shrinks by ``etas[0]`` after a
    change, where g counts as 0 for this step; it stays within ``step_sizes``. It starts at lr:
    fill ``step_size`` with lr; ``lr`` and ``step`` themselves are not used. Signs are compared, not
    multiplied gradients: tiny ones do not underflow as in torch. Riedmiller & Braun 1993.

    Examples
    --------
    >>> import numpy as np
    >>> import fusedmlp.functional as F
    >>> p, previous, size = np.array([1.0]), np.ones(1), np.full(1, 0.5)
    >>> F.rprop_step(p, [3.0], previous, size)
    >>> p, size
    (array([0.4]), array([0.6]))
    """
    hyper = rprop_hyper("rprop_step", etas, step_sizes)
    run_step("rprop", p, g, (previous_grad, step_size), hyper, lr=lr, step=step)
