"""What all loss functions share: check everything, then call the kernel."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from ..checks.arrays import Array, exact, raw_array, working_dtype
from ..checks.losses import LossSettings
from ..checks.numbers import choice
from ..checks.targets import prepare_target
from ..checks.weights import Doubles, class_factors, row_weights
from ..core import backend

REDUCTIONS = ("mean", "sum", "none")


def evaluate(
    loss: LossSettings,
    pred: ArrayLike,
    target: ArrayLike,
    sample_weight: ArrayLike | None,
    reduction: str,
    function: str,
    gradient: bool,
) -> tuple[float | Array, Array | None]:
    """Return the loss and, if wanted, its derivative by `pred` (with "none": that of the sum)."""
    reduction = choice(reduction, function, "reduction", REDUCTIONS)
    raw = raw_array(pred, function, "pred")
    if raw.ndim not in (1, 2) or (raw.ndim == 1 and loss.row.classes):
        wanted = "(batch, classes)" if loss.row.classes else "(batch, outputs)"
        raise ValueError(f"{function}: pred must have shape {wanted}, got {raw.shape}")
    rows, outputs = len(raw), raw.shape[1] if raw.ndim == 2 else 1
    if outputs == 0 or (rows == 0 and reduction == "mean"):
        raise ValueError(f"{function}: pred must not be empty, got shape {raw.shape}")
    dtype = working_dtype(pred, raw)
    x = exact(raw, dtype).reshape(rows, outputs)
    t = prepare_target(loss, target, outputs, dtype, function, rows=rows)
    params = loss.kernel_params(outputs, function)

    weights = row_weights(sample_weight, rows, function)
    factors = class_factors(loss, t, outputs, function)
    if factors is not None:
        weights = factors if weights is None else weights * factors
    w = np.ones(rows) if weights is None else weights
    total = in_order_sum(w)
    if rows and not total > 0:
        raise ValueError(f"{function}: sample_weight times class_weight is zero for every row")

    row_loss = np.empty(rows)
    dpred: Array | None = np.empty_like(x) if gradient else None
    # As in the training loop, to the last bit.
    scale = w * (1.0 / total) if reduction == "mean" else w
    backend.core.loss_forward_backward(loss.name, params, x, t, scale, row_loss, dpred)
    if dpred is not None:
        dpred = dpred.reshape(raw.shape)
    with np.errstate(all="ignore"):
        weighted = w * row_loss
        if reduction == "none":
            return exact(weighted, dtype), dpred
        value = in_order_sum(weighted)
    return (value / total if reduction == "mean" else value), dpred


def in_order_sum(values: Doubles) -> float:
    """Return the sum taken row after row, as the training loop takes it."""
    return float(np.add.accumulate(values)[-1]) if len(values) else 0.0
