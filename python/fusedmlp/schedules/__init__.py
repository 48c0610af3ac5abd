"""Schedules: small objects that map a step, counted from 0, to a learning rate or weight decay.

``s(step)`` returns a float, ``s(array)`` an array of float64 of the same shape. Every schedule is a
frozen dataclass: it compares, copies and pickles by its numbers. `steps` counts optimizer steps
(batches), not epochs: multiply by ``ceil(rows / batch_size)`` for epochs. The first number, `lr`,
is a learning rate in ``fm.optim.Adam(lr=s)``, a weight decay in ``fm.optim.AdamW(weight_decay=s)``
and a factor of every dropout probability in ``fit(dropout_scale=s)``.

Examples
--------
>>> from fusedmlp import schedules
>>> s = schedules.cosine(1e-3, steps=1000)
>>> s(0), s(500), s(1000)
(0.001, 0.0005, 0.0)
>>> s([0, 1000])
array([0.001, 0.   ])
>>> schedules.warmup(s, steps=100)(50)
0.0005
"""

from __future__ import annotations

from .base import Schedule
from .combined import join, warmup
from .cosines import cosine, cosine_restarts, coslog, flat_cosine, one_cycle
from .decays import constant, exponential, inverse_time, multistep, polynomial, step

__all__ = [
    "Schedule",
    "constant",
    "cosine",
    "cosine_restarts",
    "coslog",
    "exponential",
    "flat_cosine",
    "inverse_time",
    "join",
    "multistep",
    "one_cycle",
    "polynomial",
    "step",
    "warmup",
]
