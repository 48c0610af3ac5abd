"""Options of the optimizers, checked against their rows of the catalogue."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..core.catalogue import OPTIMIZERS
from .parameters import check_values, kernel_numbers

Hyper = tuple[float, ...]


def hyper_of(name: str, options: Mapping[str, Any], function: str) -> Hyper:
    """Return the options of optimizer `name` as the kernels' numbers, after checking them.

    `options` holds every option that the kernels receive; others in it are ignored.
    """
    row = OPTIMIZERS[name]
    checked = check_values(row.kernel_options, options, function, row.conflict)
    return kernel_numbers(row.kernel_options, checked)


def unused_state(name: str, hyper: Hyper) -> set[str]:
    """Return the state arrays that these options leave out."""
    return {key for key, at in OPTIMIZERS[name].optional_state.items() if hyper[at] == 0}
