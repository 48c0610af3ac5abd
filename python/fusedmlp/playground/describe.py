"""What the page is told once about a net, its data and the choices there are."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..core.catalogue import ACTIVATIONS, OPTIMIZERS
from ..initializers import INITIALIZERS
from . import limits
from .blocks import Block
from .datasets import DATASETS, FEATURES
from .problem import Problem
from .settings import NORMS, SCHEDULES, Settings, takes
from .sheet import Sheet
from .trainer import Trainer


def choices() -> dict[str, Any]:
    """Return all names and limits."""
    return {
        "datasets": [[name, d.title, d.classes] for name, d in DATASETS.items()],
        "features": list(FEATURES), "activations": list(ACTIVATIONS),
        "optimizers": [
            {"name": name, "lr": row.lr, "momentum": takes(name, "momentum"),
             "weight_decay": takes(name, "weight_decay")}
            for name, row in OPTIMIZERS.items()
        ],
        "schedules": list(SCHEDULES), "norms": list(NORMS), "inits": list(INITIALIZERS),
        "defaults": Settings().to_dict(),
        "limits": {"layers": limits.LAYERS, "units": limits.UNITS, "points": limits.POINTS,
                   "racers": limits.RACERS, "upload": limits.UPLOAD, "classes": limits.CLASSES,
                   "half_width": limits.HALF_WIDTH},
    }  # fmt: skip


def net(trainer: Trainer, blocks: list[Block] | None) -> dict[str, Any]:
    """Return the layers as they are drawn; none if the model is more than a stack."""
    model = trainer.model
    columns = [
        {"units": b.units, "shown": b.shown, "activation": b.activation} for b in blocks or []
    ]
    return {
        "columns": columns, "layers": [layer.label() for layer in model.layers],
        "parameters": model.num_parameters, "steps": trainer.steps, "loss": trainer.loss,
        "outputs": model.out_features,
    }  # fmt: skip


def problem(problem: Problem, sheet: Sheet | None) -> dict[str, Any]:
    """Return the points of the picture, and names; some of the points if there are many."""
    rows = len(problem.points)
    # By chance: classes may take turns in the rows, and every other row would be of one class.
    at = np.sort(np.random.default_rng(0).permutation(rows)[: limits.SHOWN])
    tests = np.zeros(rows, dtype=bool)
    tests[problem.test] = True
    values = problem.y.ravel().astype(float)
    table = np.column_stack([problem.points, values, tests])[at]
    found: dict[str, Any] = {
        "points": table.round(4).tolist(), "rows": [len(problem.train), len(problem.test)],
        "classes": list(problem.classes), "inputs": list(problem.inputs),
        "axes": list(problem.axes), "range": [float(values.min()), float(values.max())],
        "table": None,
    }  # fmt: skip
    if sheet is not None:
        found["table"] = {"source": sheet.source, "names": list(sheet.names)[:1000],
                          "target": sheet.target_name, "notes": list(sheet.notes)[:20],
                          "columns": list(sheet.columns)}  # fmt: skip
    return found
