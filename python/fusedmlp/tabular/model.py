"""``TableModel``: an encoder, nets, and what their outputs mean, as one object."""

from __future__ import annotations

from collections.abc import Mapping
from os import PathLike
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..checks.arrays import Array
from ..core.exceptions import CheckpointError
from ..exchange.pipeline import TABULAR
from ..many import Ensemble, load
from ..table import Encoder, TableError
from .classes import ClassHead
from .heads import Head, head_from_dict
from .importance import Sample, importances
from .outputs import member_outputs
from .values import ValueHead

KEY = TABULAR  # of an ensemble's metadata: all that is not nets
FORMAT = 1


class TableModel:
    """A fitted table: frames in, probabilities or values out.

    Attributes
    ----------
    encoder : fm.table.Encoder
    head : ClassHead or ValueHead
    nets : fm.Ensemble
    clip : whether values are kept inside the range of the training targets
    best_epochs : the epoch of each member's weights, from 0
    importances : by column of the table, or None where they were not asked for yet
    extra : what else is stored in the file (JSON)
    """

    def __init__(
        self,
        encoder: Encoder,
        head: Head,
        nets: Ensemble,
        *,
        clip: bool = True,
        best_epochs: list[int] | None = None,
    ) -> None:
        self.encoder, self.head, self.nets, self.clip = encoder, head, nets, clip
        self.best_epochs = best_epochs or []
        self.importances: dict[str, float] | None = None
        self.extra: dict[str, Any] = {}

    def outputs(self, frame: Any) -> NDArray[np.float32]:
        """Return the outputs of every member for every row, (members, rows, outputs)."""
        return member_outputs(self.nets.models, self.encoder.transform(frame))

    def probabilities(self, frame: Any) -> Array:
        """Return the calibrated probabilities (rows, classes) of a table."""
        return self.probabilities_of(self.encoder.transform(frame))

    def values(self, frame: Any) -> Array:
        """Return one value for each row of a table."""
        return self.values_of(self.encoder.transform(frame))

    def probabilities_of(self, X: Array) -> Array:
        """Return the calibrated probabilities of rows that are encoded already."""
        assert isinstance(self.head, ClassHead)
        return self.head.probabilities(member_outputs(self.nets.models, X))

    def values_of(self, X: Array) -> Array:
        """Return one value for each of the rows that are encoded already."""
        assert isinstance(self.head, ValueHead)
        return self.head.values(member_outputs(self.nets.models, X), self.clip)

    def column_importances(self, sample: Sample | None) -> dict[str, float]:
        """Return by column how much worse predictions are when it is shuffled; kept for later.

        Parameters
        ----------
        sample : Sample or None
            Held-out rows of the fit; None for a model that knows the answer from its file.
        """
        if self.importances is None:
            assert sample is not None
            self.importances = importances(self.encoder, self.head, self.nets.models, sample)
        return self.importances

    def save(self, path: str | PathLike[str]) -> None:
        """Write everything to one safetensors file."""
        self.nets.metadata = {**self.nets.metadata, KEY: self.to_dict()}
        self.nets.save(path)

    def to_dict(self) -> dict[str, Any]:
        """Return all but the nets as JSON can hold it."""
        return {
            "format": FORMAT,
            "encoder": self.encoder.to_dict(),
            "head": self.head.to_dict(),
            "clip": self.clip,
            "best_epochs": self.best_epochs,
            "importances": self.importances,
            "extra": self.extra,
        }

    @classmethod
    def from_nets(cls, nets: Any, where: str) -> TableModel:
        """Return the model of which `nets` were read from a file; CheckpointError if it is none."""
        stored = getattr(nets, "metadata", {}).get(KEY)
        if not isinstance(nets, Ensemble) or not isinstance(stored, Mapping):
            raise CheckpointError(f"{where} holds no model of a table")
        try:
            if stored["format"] != FORMAT:
                raise CheckpointError(
                    f"{where} has format {stored['format']!r}, this version reads {FORMAT}"
                )
            encoder, head = Encoder.from_dict(stored["encoder"]), head_from_dict(stored["head"])
            model = cls(
                encoder, head, nets, clip=bool(stored["clip"]),
                best_epochs=[int(epoch) for epoch in stored["best_epochs"]],
            )  # fmt: skip
            given = stored["importances"]
            if given is not None:
                model.importances = {str(name): float(value) for name, value in given.items()}
            model.extra = dict(stored["extra"])
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
            if isinstance(error, CheckpointError) and not isinstance(error, TableError):
                raise
            raise CheckpointError(f"{where} describes no valid model: {error}") from error
        found = nets.in_features, nets.out_features
        wanted = len(encoder.feature_names_out_), head.outputs
        if found != wanted:
            raise CheckpointError(
                f"{where}: its nets have {found[0]} inputs and {found[1]} outputs, but its table "
                f"gives {wanted[0]} and needs {wanted[1]}"
            )
        return model


def load_table(path: str | PathLike[str]) -> TableModel:
    """Return the model in a file of :meth:`TableModel.save`."""
    return TableModel.from_nets(load(path), f"load: {path}")


def is_table(model: Any) -> bool:
    """Return whether what ``fm.load`` gave is a model of a table."""
    return isinstance(model, Ensemble) and KEY in model.metadata
