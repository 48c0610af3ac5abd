"""What the outputs of a net mean: targets in, probabilities or values out."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..table import TableError
from .classes import ClassHead
from .values import LOSSES, ValueHead

Head = ClassHead | ValueHead
_NUMBERS = ("center", "scale", "low", "high", "deviation")


def head_from_dict(stored: Any) -> Head:
    """Return the head that `to_dict` wrote; anything else is a ValueError, KeyError, TypeError."""
    if stored["kind"] == ClassHead.kind:
        count, temperature = int(stored["count"]), float(stored["temperature"])
        if count < 2 or not 0 < temperature < np.inf:
            raise ValueError(f"count {count} or temperature {temperature}")
        return ClassHead(count, temperature)
    if stored["kind"] != ValueHead.kind or stored["loss"] not in LOSSES:
        raise ValueError(f"a head of kind {stored['kind']!r}")
    head = ValueHead(stored["loss"], stored["quantiles"])
    for name in _NUMBERS:
        setattr(head, name, float(stored[name]))
    head.residuals = [float(value) for value in stored["residuals"]]
    if not all(np.isfinite([*(getattr(head, name) for name in _NUMBERS), *head.residuals])):
        raise TableError("a head with numbers that are not finite")
    return head
