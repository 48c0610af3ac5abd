"""From a model to its ``Graph``."""

from __future__ import annotations

import numpy as np

from ..model.passes import Passes
from .graph import Graph
from .lower import lowered
from .ops import Mean, Softmax, Steps, folded, width_of
from .pipeline import pipeline_of
from .source import Source
from .table import encoding
from .taken import OUTPUTS


def graph_of(source: Source, function: str, *, fold: bool) -> Graph:
    """Return a model as a graph, with the columns of its table in front where it carries one.

    Parameters
    ----------
    source : the model
    function : for messages
    fold : bool
        Whether batch norms become part of their neighbours.

    Raises
    ------
    ValueError
        If a model is not built, holds NaN or infinity, or a layer cannot be exported.
    """
    several = len(source.models) > 1
    members = [
        network(model, function, f"models[{k}]: " if several else "")
        for k, model in enumerate(source.models)
    ]
    width = source.models[0].in_features or 0
    pipeline = pipeline_of(source, function)
    answers = {model.metadata.get(OUTPUTS) for model in source.models}
    answer = "probabilities" if answers == {"softmax"} else ""
    if pipeline is not None:
        members = [(*ops, *pipeline.each) for ops in members]
        answer = pipeline.answer
    ops: Steps = (Mean(tuple(members)),) if several else members[0]
    dtype = str(np.result_type(*(model.dtype for model in source.models)))
    if pipeline is None:
        ops = folded(ops) if fold else ops
        return Graph(width, width_of(ops, width), ops, dtype, answer)
    inputs, encode = encoding(pipeline.encoder)
    ops = (encode, *ops, *pipeline.behind)
    return Graph(
        len(inputs), width_of(ops, len(inputs)), folded(ops) if fold else ops, dtype, answer,
        inputs, pipeline.classes, pipeline.target, pipeline.encoder,
    )  # fmt: skip


def network(model: Passes, function: str, name: str) -> Steps:
    """Return a network as operations; `name` stands before that of a layer in messages."""
    model._require_built(function)
    found = {**model.parameters(), **model.statistics()}
    arrays = {key: array.astype(np.float64) for key, array in found.items()}
    for key, array in arrays.items():
        if not np.isfinite(array).all():
            raise ValueError(f"{function}: {name}{key} holds NaN or infinity")

    def name_of(k: int) -> str:
        placed = next(p for p in model._built.layers if p.begin <= k < p.end)
        return f"{name}layers[{placed.name}] {placed.layer.label()}"

    ops = lowered(model.ops, arrays, model.in_features or 0, name_of, function)
    after = model.metadata.get(OUTPUTS)
    if after in ("softmax", "log_softmax"):
        ops = (*ops, Softmax(log=after == "log_softmax"))
    return ops
