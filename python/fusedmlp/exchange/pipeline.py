"""``Pipeline``: what stands in front of a table's networks and behind them, read from metadata."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..core.exceptions import CheckpointError
from ..table.encoder import Encoder
from ..table.task import Table
from .ops import Activate, Affine, Operation, Rescale, Softmax, Sort, Steps
from .source import Source

# Keys of metadata: "table" is the command line's, TABULAR that of the estimators of tables.
TABLE, TABULAR = "table", "tabular"


@dataclass(frozen=True)
class Pipeline:
    """Around the networks of a table.

    Attributes
    ----------
    encoder : makes their inputs
    each : operations behind each network, before the mean over them
    behind : operations behind the mean
    inputs, outputs : the widths that networks must have
    answer, classes, target : as in `Graph`
    """

    encoder: Encoder
    each: Steps
    behind: Steps
    inputs: int
    outputs: int
    answer: str
    classes: tuple[str, ...]
    target: str


def pipeline_of(source: Source, function: str) -> Pipeline | None:
    """Return what the metadata of a model say, or None for one without a table.

    Raises
    ------
    CheckpointError
        If they are damaged.
    ValueError
        If they do not fit the widths of the networks.
    """
    stored = source.metadata.get(TABLE)
    table = None if stored is None else Table.from_dict(stored)
    model = source.metadata.get(TABULAR)
    if model is not None:
        try:
            found = _of_estimator(model, table)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise CheckpointError(f"{function}: the table is described wrongly: {error}") from error
    elif table is not None:
        found = _of_table(table)
    else:
        return None
    widths = source.models[0].in_features, source.models[0].out_features
    if widths != (found.inputs, found.outputs):
        raise ValueError(
            f"{function}: the network has {widths[0]} inputs and {widths[1]} outputs, but its "
            f"table describes {found.inputs} and {found.outputs}"
        )
    return found


def _of_table(table: Table) -> Pipeline:
    """One network of the command line: logits, or a value in the target's own units."""
    regress = table.task == "regress"
    own = Rescale(np.zeros(1), np.array([table.target_scale]), np.array([table.target_mean]))
    return Pipeline(
        table.encoder, (), (own,) if regress else (), table.n_inputs, table.n_outputs,
        "values" if regress else "logits", table.classes, table.target,
    )  # fmt: skip


def _of_estimator(stored: Mapping[str, Any], table: Table | None) -> Pipeline:
    """The members of ``TabularClassifier`` or ``TabularRegressor``: what their ``predict`` does."""
    encoder, head = Encoder.from_dict(stored["encoder"]), stored["head"]
    target = "" if table is None else table.target
    inputs = len(encoder.feature_names_out_)
    if head["kind"] == "classes":
        count, temperature = int(head["count"]), float(head["temperature"])
        if not 0 < temperature < np.inf:
            raise ValueError(f"temperature {temperature}")
        cooled = Rescale(np.zeros(count), np.full(count, 1 / temperature), np.zeros(count))
        classes = _classes(stored["extra"], table, count)
        each = (cooled, Softmax())
        return Pipeline(encoder, each, (), inputs, count, "probabilities", classes, target)
    outputs, behind = _values(head, bool(stored["clip"]))
    return Pipeline(encoder, (), behind, inputs, outputs, "values", (), target)


def _classes(extra: Mapping[str, Any], table: Table | None, count: int) -> tuple[str, ...]:
    if table is not None:
        return table.classes
    given = extra["classes"] if "classes" in extra else extra["estimator"]["classes"]["values"]
    if len(given) != count:
        raise ValueError(f"{len(given)} classes for {count} outputs")
    return tuple(map(str, given))


def _values(head: Mapping[str, Any], clip: bool) -> tuple[int, Steps]:
    """Return the number of outputs, and what makes one value of their mean."""
    quantiles = np.array(head["quantiles"], float)
    outputs, chosen, first = 1, 0, []
    if head["loss"] == "quantile":
        # Each output alone may cross another where there are few rows.
        outputs, chosen = len(quantiles), int(np.argmin(np.abs(quantiles - 0.5)))
        first = [Sort()] if outputs > 1 else []
    elif head["loss"] == "gaussian":
        outputs = 2  # the mean, and the logarithm of the variance
    scale, center, low, high = (float(head[name]) for name in ("scale", "center", "low", "high"))
    if not np.isfinite([scale, center, low, high]).all():
        raise ValueError("its numbers are not finite")
    weight = np.zeros((outputs, 1))
    if clip and low == high:
        return outputs, (Affine(weight, np.array([low])),)
    weight[chosen] = scale
    behind: list[Operation] = [*first, Affine(weight, np.array([center]))]
    if clip:
        behind.append(Activate("hardtanh", (low, high)))
    return outputs, tuple(behind)
