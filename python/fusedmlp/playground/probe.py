"""What a frame shows of a net: scores, pictures, gradients, silent units, advice.

Everything is measured on a copy, so that looking never changes the training.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .. import functional as F
from ..checks.arrays import Array
from ..sequential import Sequential
from ..training.doctor import Doctor
from .blocks import blocks_of
from .curve import Curve
from .limits import BOUNDARY, NEURON, UNITS
from .problem import square
from .trainer import Trainer

Bytes = NDArray[np.uint8]
_ROWS = 2000  # measured, at most
_RISE = 0.2


class Probe:
    """Looks at a trainer's net.

    Parameters
    ----------
    trainer : Trainer
    """

    def __init__(self, trainer: Trainer) -> None:
        self.trainer = trainer
        self.model: Sequential = trainer.model.copy()
        self.blocks = blocks_of(self.model)
        self.curve = Curve()
        self.train = _some(trainer.X, trainer.y)
        self.test = _some(trainer.X_test, trainer.y_test)
        self._doctor = Doctor(self.train[0][: Doctor.rows_wanted(trainer.X.shape[1])])
        self._before, self._steps = trainer.model.theta.copy(), trainer.model.steps_trained

    def refresh(self) -> None:
        """Take the net as it is now, and record its scores."""
        self.model.theta = self.trainer.model.theta
        self.model.buffers[...] = self.trainer.model.buffers
        losses = [self._loss(part) for part in (self.train, self.test)]
        self.curve.add(self.trainer.epoch, *losses)

    def _loss(self, part: tuple[Array, Array]) -> float:
        output = self.model.predict(part[0])
        return float(getattr(F, self.trainer.loss)(output, part[1]))

    # Scores.

    def scores(self) -> dict[str, Any]:
        """Return losses, accuracy or R2, and the confusion matrix of the test rows."""
        epoch, loss, test_loss = self.curve.last
        found: dict[str, Any] = {"epoch": epoch, "loss": loss, "test_loss": test_loss}
        outputs = [self.model.predict(part[0]) for part in (self.train, self.test)]
        for name, output, part in zip(("score", "test_score"), outputs, (self.train, self.test),
                                      strict=True):  # fmt: skip
            found[name] = self._score(output, part[1])
        classes = len(self.trainer.problem.classes)
        if classes:
            truth, guess = _classes(self.test[1]), _decided(outputs[1])
            counts = np.bincount(truth * classes + guess, minlength=classes * classes)
            found["confusion"] = counts.reshape(classes, classes).tolist()
        return found

    def _score(self, output: Array, target: Array) -> float | None:
        if self.trainer.problem.classes:
            return float((_decided(output) == _classes(target)).mean())
        spread = float(((target - target.mean()) ** 2).mean())
        return 1 - float(((output - target) ** 2).mean()) / spread if spread else None

    # Pictures.

    def boundary(self, side: int = BOUNDARY) -> dict[str, Bytes]:
        """Return pictures of the output: of two classes the probability, of more the class and how
        sure it is, of a regression the value within the range of the targets."""
        problem = self.trainer.problem
        output = self.model.predict(problem.from_plane(square(side)))
        shape = (side, side)
        if not problem.classes:
            low, high = float(problem.y.min()), float(problem.y.max())
            return {"output": _levels((output - low) / max(high - low, 1e-9)).reshape(shape)}
        if len(problem.classes) == 2:
            z = output[:, -1] - (output[:, 0] if output.shape[1] == 2 else 0)
            return {"output": _levels(F.sigmoid(np.ascontiguousarray(z))).reshape(shape)}
        chances = F.softmax(output)
        return {"class": output.argmax(axis=1).astype(np.uint8).reshape(shape),
                "sure": _levels(chances.max(axis=1)).reshape(shape)}  # fmt: skip

    def neurons(self) -> dict[str, Bytes]:
        """Return pictures of all inputs and neurons: 128 is 0, 1 and 255 the largest size."""
        found: dict[str, Bytes] = {}
        if not self.blocks:
            return found
        x = self.trainer.problem.from_plane(square(NEURON))
        found["inputs"] = _signed(x[:, :UNITS])
        # A single output is the large picture.
        drawn = self.blocks if self.blocks[-1].units > 1 else self.blocks[:-1]
        for k, block in enumerate(drawn):
            values = self.model.values_before(block.end, x)
            found[f"neurons{k}"] = _signed(values[:, : block.shown])
        return found

    def weights(self) -> dict[str, NDArray[np.float32]]:
        """Return the weights and biases that are drawn."""
        found: dict[str, NDArray[np.float32]] = {}
        parameters = self.model.parameters()
        for k, block in enumerate(self.blocks or []):
            W = parameters[block.weight][:UNITS, : block.shown]
            b = parameters.get(block.bias, np.zeros(block.units))[: block.shown]
            found[f"weight{k}"] = np.ascontiguousarray(W, dtype=np.float32)
            found[f"bias{k}"] = np.ascontiguousarray(b, dtype=np.float32)
        return found

    # Health.

    def gradient_norms(self) -> dict[str, float]:
        """Return the norm of each weight's gradient, on the training rows."""
        output = self.model.forward(self.train[0])
        _, slope = getattr(F, f"{self.trainer.loss}_value_and_grad")(output, self.train[1])
        self.model.backward(slope, need_dx=False)
        gradients = self.model.gradients()
        return {name: float(np.linalg.norm(g)) for name, g in gradients.items() if g.ndim == 2}

    def health(self) -> dict[str, Any]:
        """Return the share of silent units in each layer, and the doctor's advice."""
        steps = self.trainer.model.steps_trained - self._steps
        epoch, doctor = max(self.trainer.epoch, 1), self._doctor
        doctor.examine(self.model, self._before, epoch, max(steps, 1))
        if not steps:
            doctor.moves = []
        self._before, self._steps = self.model.theta.copy(), self.trainer.model.steps_trained
        advice = doctor.advice({"loss": self.curve.losses})
        return {
            "silent": [[name, int(silent), units] for name, silent, units in doctor.dead],
            "advice": advice + self._overfits(),
        }

    def _overfits(self) -> list[str]:
        curve = self.curve
        if len(curve.losses) < 5:
            return []
        best = int(np.argmin(curve.test_losses))
        low, last = curve.test_losses[best], curve.test_losses[-1]
        if not last - low > max(_RISE * low, 1e-3) or curve.losses[-1] >= last:
            return []
        return [
            f"The test loss was lowest ({low:.3g}) after {curve.epochs[best]} epochs and has risen "
            f"to {last:.3g}: the net overfits. Weight decay, dropout, a smaller net or more data "
            "help."
        ]


def _some(x: Array, y: Array) -> tuple[Array, Array]:
    """Return at most so many rows, evenly spaced."""
    at = np.linspace(0, len(x) - 1, min(_ROWS, len(x))).astype(np.int64)
    return np.ascontiguousarray(x[at]), np.ascontiguousarray(y[at])


def _classes(target: Array) -> NDArray[np.int64]:
    return target.ravel().astype(np.int64)


def _decided(output: Array) -> NDArray[np.int64]:
    if output.shape[1] == 1:
        return (output[:, 0] > 0).astype(np.int64)
    decided: NDArray[np.int64] = output.argmax(axis=1)
    return decided


def _levels(values: Array) -> Bytes:
    levels: Bytes = (np.clip(np.nan_to_num(values), 0, 1) * 255 + 0.5).astype(np.uint8)
    return levels


def _signed(values: Array) -> Bytes:
    """Return a picture for each column, scaled by its largest size."""
    values = np.nan_to_num(values)
    size = np.maximum(np.abs(values).max(axis=0), 1e-6)
    levels = np.clip(values / size * 127 + 128.5, 0, 255).astype(np.uint8)
    return np.ascontiguousarray(levels.T).reshape(-1, NEURON, NEURON)
