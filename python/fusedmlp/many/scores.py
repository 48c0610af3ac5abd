"""``Scores``: a table of what models were measured to be."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..sequential import Sequential
from ..training.history import History


@dataclass
class Scores:
    """What :func:`fm.cross_validate` and :func:`fm.sweep` measured, row by row.

    Attributes
    ----------
    rows : list of dict
        Of a cross-validation one for each fold, of a sweep one for each point of the grid; on
        held-out rows, but "train_loss".
    models : list
        The trained models of each row: one, or in a sweep a list with one for each fold.
    histories : list
        Their records, likewise.
    best : int or None
        Of a sweep: the number of the best row.
    best_model : Sequential or None
        Of a sweep with ``refit=True``: trained on all rows with the options of the best row.

    Examples
    --------
    >>> import fusedmlp as fm
    >>> scores = fm.Scores([{"fold": 0, "loss": 0.5}, {"fold": 1, "loss": 0.7}])
    >>> scores.mean["loss"], round(scores.std["loss"], 3)
    (0.6, 0.1)
    """

    rows: list[dict[str, Any]]
    models: list[Any] = field(default_factory=list)
    histories: list[Any] = field(default_factory=list)
    best: int | None = None
    best_model: Sequential | None = None

    @property
    def mean(self) -> dict[str, float]:
        """The mean over the rows of every number that was measured."""
        return self._over_rows(np.mean)

    @property
    def std(self) -> dict[str, float]:
        """The standard deviation over the rows of every number that was measured."""
        return self._over_rows(np.std)

    def to_pandas(self) -> Any:
        """Return the rows as a ``pandas.DataFrame``.

        Raises
        ------
        ImportError
            Without pandas.
        """
        try:
            import pandas as pd
        except ImportError as error:
            raise ImportError(f"Scores.to_pandas needs pandas ({error}): pip install pandas") from (
                error
            )
        return pd.DataFrame(self.rows)

    def _over_rows(self, f: Callable[[list[float]], Any]) -> dict[str, float]:
        names = [
            name
            for name in (self.rows[0] if self.rows else ())
            if name not in ("fold", "stopped_by")
            and all(_is_number(row.get(name)) for row in self.rows)
        ]
        return {name: float(f([row[name] for row in self.rows])) for name in names}

    def __repr__(self) -> str:
        count = f"{len(self.rows)} row{'s' * (len(self.rows) != 1)}"
        if self.best is not None:
            return f"<Scores: {count}, the best is {self.rows[self.best]}>"
        mean, std = self.mean, self.std
        text = ", ".join(f"{name} {mean[name]:.4g} ± {std[name]:.2g}" for name in mean)
        return f"<Scores: {count}, {text}>"


def row_of(number: int, found: dict[str, float], history: History) -> dict[str, Any]:
    """Return the row of one fold."""
    losses = history.history.get("loss")
    return {
        "fold": number,
        **found,
        "train_loss": losses[-1] if losses else math.nan,
        "epochs": len(history.epochs),
        "seconds": history.seconds,
        "stopped_by": history.stopped_by,
    }


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)
