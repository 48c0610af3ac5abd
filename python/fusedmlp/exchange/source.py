"""``Source``: what an export is made of, below the classes that have its methods."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..model.passes import Passes


@dataclass(frozen=True)
class Source:
    """Networks whose answers are averaged, and what is stored with them.

    Attributes
    ----------
    models : one or several, built, with equal numbers of inputs and of outputs
    metadata : what says how a table becomes inputs, and outputs answers
    """

    models: tuple[Passes, ...]
    metadata: Mapping[str, Any]
