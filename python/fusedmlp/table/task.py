"""``Table``: how the rows of a file become inputs and targets, stored in the model file."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..core.exceptions import CheckpointError
from .columns import Gaps
from .encoder import Encoder
from .errors import TableError
from .frames import Columns, columns_of

FORMAT = 2


@dataclass(frozen=True)
class Table:
    """An encoder with the target that belongs to it.

    Attributes
    ----------
    task : "classify" or "regress"
    target : name of the target column
    encoder : makes the inputs
    classes : class names in the order of the network outputs (classification)
    target_mean, target_scale : the network learns (target - mean) / scale (regression)
    has_header : whether columns are found by name, or by position
    n_columns : number of columns of the training file, the target included
    target_index : position of the target in that file
    decimal : the decimal sign of that file, for new files that leave it open
    """

    task: str
    target: str
    encoder: Encoder
    classes: tuple[str, ...] = ()
    target_mean: float = 0.0
    target_scale: float = 1.0
    has_header: bool = True
    n_columns: int = 0
    target_index: int = 0
    decimal: str = "."

    @property
    def n_inputs(self) -> int:
        return len(self.encoder.feature_names_out_)

    @property
    def n_outputs(self) -> int:
        return len(self.classes) if self.task == "classify" else 1

    @property
    def text_columns(self) -> list[str]:
        """Names of the columns whose cells count as they are written."""
        return self.encoder.text_columns

    def inputs(self, frame: Any) -> tuple[NDArray[np.float32], dict[str, Gaps]]:
        """Return the inputs of a table, and what had no value that is known, by column.

        Columns are found by name in any order; in a file without a header by position, where the
        target may be left out.
        """
        columns = columns_of(frame)
        return self.encoder.encode(columns if self.has_header else self._placed(columns))

    def file_names(self, names: list[str]) -> list[str]:
        """Return names by position so that they are those of the training file."""
        if self.has_header or len(names) == self.n_columns:
            return names
        if len(names) == self.n_columns - 1:
            return [str(j + (j >= self.target_index)) for j in range(len(names))]
        raise TableError(
            f"{len(names)} columns, but the model was trained on a file without a header that had "
            f"{self.n_columns} (column {self.target_index} was the target and may be left out)"
        )

    def _placed(self, columns: Columns) -> Columns:
        names = self.file_names(columns.names)
        return Columns(names, columns.n_rows, lambda j: columns.cells(columns.names[j]))

    def scaled(self, values: NDArray[np.float64]) -> NDArray[np.float32]:
        """Return values of the target of a regression as the network learns them, (rows, 1)."""
        scaled = (values - self.target_mean) / self.target_scale
        return scaled.astype(np.float32).reshape(-1, 1)

    def values(self, outputs: NDArray[Any]) -> NDArray[np.float64]:
        """Return network outputs (rows, 1) of a regression in the target's own units, (rows,)."""
        own = outputs.astype(np.float64).reshape(-1) * self.target_scale + self.target_mean
        return np.asarray(own, dtype=np.float64)

    def to_dict(self) -> dict[str, Any]:
        """Return the table as plain lists, strings and numbers (JSON)."""
        return {
            "format": FORMAT,
            "task": self.task,
            "target": self.target,
            "encoder": self.encoder.to_dict(),
            "classes": list(self.classes),
            "target_mean": self.target_mean,
            "target_scale": self.target_scale,
            "has_header": self.has_header,
            "n_columns": self.n_columns,
            "target_index": self.target_index,
            "decimal": self.decimal,
        }

    @classmethod
    def from_dict(cls, stored: Any) -> Table:
        """Return the table that `to_dict` wrote.

        Raises
        ------
        CheckpointError
            If it is of another version.
        TableError
            If it is anything else.
        """
        if isinstance(stored, dict) and "columns" in stored and "format" not in stored:
            raise CheckpointError(
                "the model was trained by an earlier version, which encoded tables in another "
                "way; train it again"
            )
        if isinstance(stored, dict) and stored.get("format", FORMAT) != FORMAT:
            raise CheckpointError(
                f"its table has format {stored['format']!r}, this version reads {FORMAT}"
            )
        try:
            table = cls(
                task=stored["task"],
                target=str(stored["target"]),
                encoder=Encoder.from_dict(stored["encoder"]),
                classes=tuple(str(name) for name in stored["classes"]),
                target_mean=float(stored["target_mean"]),
                target_scale=float(stored["target_scale"]),
                has_header=bool(stored["has_header"]),
                n_columns=int(stored["n_columns"]),
                target_index=int(stored["target_index"]),
                decimal=str(stored["decimal"]),
            )
            if table.task not in ("classify", "regress"):
                raise ValueError("task")
            if table.decimal not in (".", ","):
                raise ValueError("decimal")
            if not math.isfinite(table.target_mean) or not math.isfinite(table.target_scale):
                raise ValueError("not finite")
            if not 0 <= table.target_index < table.n_columns:
                raise ValueError("target outside the file")
        except (KeyError, TypeError, ValueError, OverflowError) as error:
            raise TableError(
                "the model file does not say how to read a table; `fusedmlp train` writes model "
                "files that do"
            ) from error
        return table
