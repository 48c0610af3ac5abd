"""Training batch by batch: passes and step, one after the other, with ``fit``'s own bits."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from .. import functional as F
from ..checks.arrays import Array
from ..checks.numbers import choice, integer
from ..core import backend
from ..optim import Optimizer
from ..sequential import Sequential


def steps_of(model: Sequential, rows: int, batch_size: int) -> int:
    """Return the number of batches of an epoch over so many rows."""
    whole, rest = divmod(rows, batch_size)
    lone = rest == 1 and whole > 0 and any(layer.least_rows > 1 for layer in model.layers)
    return whole + (rest > 0 and not lone)


def step(
    model: Sequential,
    X: Array,
    y: Array,
    k: int,
    *,
    loss: str,
    optimizer: Optimizer,
    batch_size: int,
    on_gradient: Callable[[Array], object] | None = None,
) -> float:
    """Train on batch `k` of the model's epoch, as ``fit`` would make it, and return its loss.

    The last batch ends the epoch.

    Examples
    --------
    >>> import numpy as np, fusedmlp as fm
    >>> from fusedmlp.playground.steps import step
    >>> X = np.linspace(-1, 1, 8, dtype=np.float32)[:, None]
    >>> a, b = fm.MLP([1, 3, 1], seed=0), fm.MLP([1, 3, 1], seed=0)
    >>> adam = fm.optim.Adam(lr=0.1)
    >>> for k in range(2):
    ...     loss = step(a, X, X**2, k, loss="mse", optimizer=adam, batch_size=4)
    >>> history = b.fit(X, X**2, loss="mse", optimizer=fm.optim.Adam(lr=0.1), epochs=1,
    ...                 batch_size=4)
    >>> (a.theta == b.theta).all()
    np.True_
    """
    batch_size = integer(batch_size, "step", "batch_size", low=1)
    loss = choice(loss, "step", "loss", ("mse", "binary_cross_entropy", "cross_entropy"))
    last_batch = steps_of(model, len(X), batch_size) - 1
    k = integer(k, "step", "k", high=last_batch)
    order = backend.core.permutation(model.seed, model.epochs_trained, len(X))
    rows = order[k * batch_size : None if k == last_batch else (k + 1) * batch_size]
    output = model.forward(X[rows], training=True)
    value, slope = getattr(F, f"{loss}_value_and_grad")(output, y[rows])
    if np.isfinite(value):
        model.backward(slope, need_dx=False)
        if on_gradient is not None:
            on_gradient(model.grad)
        optimizer.step(model)
    if k == last_batch:
        model.epochs_trained += 1
    return float(value)
