"""One sample's way through a net and back: the numbers of the chain rule."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import functional as F
from ..checks.arrays import Array
from ..layers import Activation, BatchNorm, Dense, LayerNorm, Placed
from ..sequential import Sequential
from .blocks import Block, blocks_of
from .probe import Probe


def trace(model: Sequential, x: Array, target: Array, loss: str) -> dict[str, Any]:
    """Return the forward and the backward pass of one row, in inference.

    Parameters
    ----------
    model : a stack of dense layers
    x, target : arrays of one row
    loss : its name

    Returns
    -------
    dict
        "input", "output", "target", "loss", "d_output", and "layers": for each its "z" (what the
        activation gets), "a" (what it gives), the slope "f'" between them, and the gradients "d_a",
        "d_z", "d_weight", "d_bias", "d_input".

    Raises
    ------
    ValueError
        If the model is more than a stack of dense layers.

    Examples
    --------
    >>> import numpy as np, fusedmlp as fm
    >>> from fusedmlp.playground.chain_rule import trace
    >>> model = fm.MLP([1, 1, 1], "tanh", seed=0)
    >>> model.theta = [0.5, 0.0, 2.0, 1.0]
    >>> row = trace(model, np.zeros((1, 1), np.float32), np.zeros((1, 1), np.float32), "mse")
    >>> row["output"], row["loss"], row["layers"][1]["d_weight"], row["layers"][0]["d_z"]
    ([1.0], 1.0, [[0.0]], [4.0])
    """
    blocks = blocks_of(model)
    if blocks is None:
        raise ValueError("the chain rule is shown for stacks of dense layers only")
    parameters = model.parameters() | model.statistics()
    value, passes = x, []
    for block in blocks:
        passes.append(_Pass(block, value, parameters))
        value = passes[-1].values[-1]
    loss_value, slope = getattr(F, f"{loss}_value_and_grad")(value, target)
    found: dict[str, Any] = {
        "input": x[0].tolist(), "output": value[0].tolist(), "target": target[0].tolist(),
        "loss": float(loss_value), "d_output": slope[0].tolist(), "layers": [],
    }  # fmt: skip
    for through in reversed(passes):
        numbers, slope = through.back(slope, parameters)
        found["layers"].insert(0, numbers)
    return found


def follow(probe: Probe, point: tuple[float, float]) -> dict[str, Any]:
    """Return the trace of the row that is drawn nearest to a point, and which row that is."""
    trainer, problem = probe.trainer, probe.trainer.problem
    row = int(((problem.points - np.array(point)) ** 2).sum(axis=1).argmin())
    training = bool(np.isin(row, problem.train))
    rows = problem.train if training else problem.test
    at = int(np.searchsorted(rows, row))
    X, y = (trainer.X, trainer.y) if training else (trainer.X_test, trainer.y_test)
    probe.refresh()
    found = trace(probe.model, X[at : at + 1], y[at : at + 1], trainer.loss)
    return {**found, "row": row, "training": training, "loss_name": trainer.loss,
            "point": problem.points[row].tolist()}  # fmt: skip


class _Pass:
    """A block's forward pass: its steps, and the value before each and after the last."""

    def __init__(self, block: Block, x: Array, parameters: dict[str, Array]) -> None:
        self.block, self.x = block, x
        dense = block.dense.layer
        assert isinstance(dense, Dense)
        self.steps: list[tuple[str, Placed]] = []
        W, b = parameters[block.weight], parameters.get(block.bias)
        self.values = [F.dense(x, W, b)]
        if dense.activation is not None:
            self._step("activation", block.dense, parameters)
        for placed in block.others:
            kinds = {Activation: "activation", BatchNorm: "batch_norm", LayerNorm: "layer_norm"}
            kind = kinds.get(type(placed.layer))
            if kind is not None:  # dropout drops nothing in inference
                self._step(kind, placed, parameters)

    def _step(self, kind: str, placed: Placed, parameters: dict[str, Array]) -> None:
        x = self.values[-1]
        if kind == "activation":
            name, options = _activation(placed)
            y = getattr(F, name)(x, **options)
        else:
            y = getattr(F, kind)(x, *_norm(kind, placed, parameters), eps=_eps(placed))
        self.steps.append((kind, placed))
        self.values.append(y)

    def back(self, d_a: Array, parameters: dict[str, Array]) -> tuple[dict[str, Any], Array]:
        """Return the numbers of this block, and dL/dx."""
        slope, z, d_z, local = d_a, self.values[-1], d_a, np.ones_like(d_a)
        for (kind, placed), x in zip(reversed(self.steps), self.values[-2::-1], strict=True):
            if kind == "activation":
                name, options = _activation(placed)
                backward = getattr(F, f"{name}_backward")
                z, local = x, backward(np.ones_like(x), x, **options)
                slope = d_z = backward(slope, x, **options)
            else:
                arrays = _norm(kind, placed, parameters)
                arrays = arrays[:1] if kind == "layer_norm" else [arrays[0], *arrays[2:]]
                slope = getattr(F, f"{kind}_backward")(slope, x, *arrays, eps=_eps(placed))[0]
        d_x, d_w, d_b = F.dense_backward(slope, self.x, parameters[self.block.weight])
        assert d_x is not None
        n = self.block.shown
        numbers = {
            "activation": self.block.activation,
            "norm": any(kind != "activation" for kind, _ in self.steps),
            "z": z[0, :n].tolist(), "a": self.values[-1][0, :n].tolist(),
            "f'": local[0, :n].tolist(), "d_a": d_a[0, :n].tolist(), "d_z": d_z[0, :n].tolist(),
            "d_weight": d_w[:, :n].tolist(), "d_bias": d_b[:n].tolist(),
            "d_input": d_x[0].tolist(),
        }  # fmt: skip
        return numbers, d_x


def _activation(placed: Placed) -> tuple[str, dict[str, float]]:
    layer = placed.layer
    if isinstance(layer, Activation):
        return layer.name, layer.params
    assert isinstance(layer, Dense) and layer.activation is not None
    return layer.activation, {}


def _norm(kind: str, placed: Placed, parameters: dict[str, Array]) -> list[Array]:
    names = ["weight", "bias"]
    names += ["running_mean", "running_var"] if kind == "batch_norm" else []
    return [parameters[f"{placed.name}.{name}"] for name in names]


def _eps(placed: Placed) -> float:
    assert isinstance(placed.layer, BatchNorm | LayerNorm)
    return placed.layer.eps


def explore(name: str, low: float = -6.0, high: float = 6.0, count: int = 241) -> dict[str, Any]:
    """Return an activation as a curve: "x", "y", its slopes "dy" and where it is flat, "flat".

    Flat is where the slope is below 0.05 of its largest value.

    Examples
    --------
    >>> from fusedmlp.playground.chain_rule import explore
    >>> curve = explore("sigmoid")
    >>> max(curve["dy"]), curve["flat"][0], curve["flat"][120]
    (0.25, True, False)
    """
    x = np.linspace(low, high, count)
    slopes = getattr(F, f"{name}_backward")(np.ones_like(x), x)
    flat = np.abs(slopes) < 0.05 * np.abs(slopes).max()
    values = getattr(F, name)(x)
    return {"name": name, "x": x.round(6).tolist(), "y": values.tolist(), "dy": slopes.tolist(),
            "flat": flat.tolist()}  # fmt: skip
