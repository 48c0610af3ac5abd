"""The last activation of a model, and targets that it cannot reach."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from ..checks.outputs import output_range
from ..layers import Chain


class LastActivation(NamedTuple):
    """What is applied last, and where: ``params`` are its numbers in the kernels' order."""

    name: str
    params: tuple[float, ...]
    layer: str


def last_activation(plan: Chain) -> LastActivation | None:
    """Return the activation whose outputs are the model's; None after a norm or a bypass.

    Dropout leaves outputs as they are when the model predicts.
    """
    found = None
    for placed in plan.layers:
        for op in plan.ops[placed.begin : placed.end]:
            if "activation" in op.settings and not op.settings.get("blended"):
                where = f"layers[{placed.name}] {placed.layer.label()}"
                settings = op.settings
                found = LastActivation(settings["activation"], tuple(settings["params"]), where)
            elif op.kind != "dropout":
                found = None
    return found


def unreachable(
    activation: str, params: Sequence[float], target_min: float, target_max: float
) -> str | None:
    """Return a sentence if the outputs of a last activation stay away from some targets.

    Parameters
    ----------
    activation : str
        Of the last layer; see :func:`last_activation`.
    params : sequence of float
        Its numbers in the kernels' order.
    target_min, target_max : float
        The smallest and the largest target.

    Examples
    --------
    >>> from fusedmlp.training.outputs import unreachable
    >>> unreachable("relu", (), -3.5, 2.0)
    'The output cannot reach the targets: relu gives nothing below 0, and the targets go down to
    -3.5. Leave the output activation out, or scale y.'
    >>> unreachable("sigmoid", (), 0.0, 1.0)
    """
    low, high = output_range(activation, params)
    misses = []
    if target_min < low:
        misses.append((f"nothing below {low:.3g}", f"go down to {target_min:.4g}"))
    if target_max > high:
        misses.append((f"nothing above {high:.3g}", f"go up to {target_max:.4g}"))
    if not misses:
        return None
    gives, targets = (" and ".join(part) for part in zip(*misses, strict=True))
    return (
        f"The output cannot reach the targets: {activation} gives {gives}, and the targets "
        f"{targets}. Leave the output activation out, or scale y."
    )
