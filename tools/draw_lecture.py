"""Draws the pictures of docs/lecture.md (docs/images/lecture_*.png); needs matplotlib.

python tools/draw_lecture.py [NAME ...]    all, or xor, logistic, chain_rule, valley, new_data
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib import pyplot

import fusedmlp as fm
from fusedmlp import functional as F

IMAGES = Path(__file__).resolve().parents[1] / "docs" / "images"


class WithProduct:
    """A model that reads x1, x2 and their product."""

    in_features = 2

    def __init__(self, model: fm.Sequential) -> None:
        self.model = model

    @staticmethod
    def columns(X: Any) -> np.ndarray:
        """Return the rows with the product as a third column."""
        X = np.asarray(X)
        return np.column_stack([X, X[:, 0] * X[:, 1]])

    def predict(self, X: Any) -> np.ndarray:
        """Return the model's output for rows of two numbers."""
        return self.model.predict(self.columns(X))


def xor() -> Any:
    """One layer, one layer with a feature made by hand, two layers."""
    X = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], np.float32)
    y = np.array([0, 1, 1, 0])
    settings = {"loss": "cross_entropy", "epochs": 400, "progress": False}
    one, by_hand, two = (fm.MLP(sizes, "tanh", seed=0) for sizes in ([2, 2], [3, 2], [2, 8, 2]))
    for model, rows in ((one, X), (by_hand, WithProduct.columns(X)), (two, X)):
        model.fit(rows, y, optimizer=fm.optim.Adam(lr=0.05), **settings)
    figure, axes = pyplot.subplots(1, 3, figsize=(10, 3.3), layout="constrained")
    titles = ("one layer", "one layer, and $x_1 x_2$ by hand", "two layers")
    for ax, model, title in zip(axes, (one, WithProduct(by_hand), two), titles, strict=True):
        fm.plotting.decision_boundary(model, X, y, ax=ax)
        ax.set_title(title)
    return figure


def logistic() -> Any:
    """The probability, and the loss of either class, against the logit."""
    z = np.linspace(-6, 6, 400)
    figure, (left, right) = pyplot.subplots(1, 2, figsize=(8.4, 3.2), layout="constrained")
    left.plot(z, F.sigmoid(z))
    left.set(title="P(y = 1)", xlabel="logit")
    for target in (0.0, 1.0):
        loss = F.binary_cross_entropy(z, np.full_like(z, target), reduction="none")
        right.plot(z, loss, label=f"y = {target:.0f}")
    right.set(title="loss", xlabel="logit")
    right.legend()
    for ax in (left, right):
        ax.grid(alpha=0.3)
    return figure


def chain_rule() -> Any:
    """The graph of 1 / (1 + exp(-(x0 w0 + x1 w1 + w2))): values forward, derivatives back."""
    w, x = (2.0, -3.0, -3.0), (-1.0, -2.0)
    products = (w[0] * x[0], w[1] * x[1])
    total = np.array([products[0] + products[1] + w[2]])
    value = F.sigmoid(total)
    slope = float(F.sigmoid_backward(np.ones(1), total, value)[0])
    # Place, words, value, derivative of L by it.
    nodes = {
        "w0": (0, 4, "$w_0$", w[0], slope * x[0]), "x0": (0, 3, "$x_0$", x[0], slope * w[0]),
        "w1": (0, 2, "$w_1$", w[1], slope * x[1]), "x1": (0, 1, "$x_1$", x[1], slope * w[1]),
        "w2": (0, 0, "$w_2$", w[2], slope), "p0": (1.4, 3.5, r"$\times$", products[0], slope),
        "p1": (1.4, 1.7, r"$\times$", products[1], slope), "s": (2.8, 2, "+", total[0], slope),
        "L": (4.2, 2, r"$\sigma$", float(value[0]), 1.0),
    }  # fmt: skip
    edges = "w0 p0, x0 p0, w1 p1, x1 p1, p0 s, p1 s, w2 s, s L"
    figure, ax = pyplot.subplots(figsize=(8.4, 4.2), layout="constrained")
    for edge in edges.split(", "):
        (x0, y0, *_), (x1, y1, *_) = (nodes[name] for name in edge.split())
        ax.annotate("", (x1 - 0.16, y1), (x0 + 0.16, y0), arrowprops={"arrowstyle": "->"})
    for left, height, words, forward, back in nodes.values():
        ax.text(left, height, words, ha="center", va="center", fontsize=14,
                bbox={"boxstyle": "circle,pad=0.3", "facecolor": "#eef3fb"})  # fmt: skip
        # Beside an input, above and below a result: no arrow runs there.
        aside, up = (-0.22, 0.06) if left == 0 else (0.0, 0.34)
        place = {"ha": "right" if left == 0 else "center"}
        ax.text(left + aside, height + up, f"{forward:.2f}", color="#1a7f37", va="bottom", **place)
        ax.text(left + aside, height - up, f"{back:.2f}", color="#c0392b", va="top", **place)
    ax.text(4.5, 2, "= L", va="center", fontsize=14)
    ax.set(xlim=(-0.8, 5), ylim=(-0.7, 4.7), title="values (green) and derivatives of L (red)")
    ax.axis("off")
    return figure


def valley() -> Any:
    """Plain SGD, momentum and Nesterov down a long valley."""
    curvature = np.array([1.0, 50.0])

    def path(momentum: float, nesterov: bool) -> np.ndarray:
        p, velocity, points = np.array([10.0, 1.0]), np.zeros(2), [(10.0, 1.0)]
        for t in range(40):
            state = (velocity,) if momentum else ()
            F.sgd_step(p, curvature * p, *state, lr=0.02, momentum=momentum, nesterov=nesterov,
                       first=t == 0)  # fmt: skip
            points.append(tuple(p))
        return np.array(points)

    figure, axes = pyplot.subplots(1, 3, figsize=(10, 2.9), sharey=True, layout="constrained")
    across, up = np.meshgrid(np.linspace(-6, 11, 200), np.linspace(-1.4, 1.4, 200))
    height = (curvature[0] * across**2 + curvature[1] * up**2) / 2
    for ax, (title, *settings) in zip(
        axes, [("SGD", 0.0, False), ("momentum 0.8", 0.8, False), ("Nesterov 0.8", 0.8, True)],
        strict=True,
    ):  # fmt: skip
        ax.contour(across, up, height, levels=np.geomspace(0.5, 60, 9), colors="0.8")
        points = path(*settings)
        ax.plot(*points.T, marker=".", markersize=4)
        end = float(np.abs(points[-1]).max())
        ax.set(title=f"{title}: {end:.1g} from the bottom", xlabel="40 steps")
    return figure


def new_data() -> Any:
    """Training and validation loss, of few rows and of more."""
    X, y = fm.datasets.load_digits()
    X = X / 16
    figure, axes = pyplot.subplots(1, 2, figsize=(8.4, 3.2), sharey=True, layout="constrained")
    for ax, rows in zip(axes, (200, 1300), strict=True):
        model = fm.MLP([64, 128, 128, 10], seed=0)
        history = model.fit(
            X[:rows], y[:rows], loss="cross_entropy", epochs=100, progress=False,
            validation_data=(X[1300:], y[1300:]),
        ).history  # fmt: skip
        best = int(np.argmin(history["val_loss"]))
        ax.semilogy(history["loss"], label="rows trained on")
        ax.semilogy(history["val_loss"], label="new rows")
        ax.plot(best, history["val_loss"][best], "o", color="black", label="best epoch")
        ax.set(title=f"{rows} rows: {history['val_loss'][best]:.2f} at best", xlabel="epoch")
        ax.grid(alpha=0.3)
    axes[0].set_ylabel("loss")
    axes[0].legend()
    return figure


PICTURES: dict[str, Callable[[], Any]] = {
    f.__name__: f for f in (xor, logistic, chain_rule, valley, new_data)
}


def main() -> None:
    """Draw the pictures named, or all."""
    for name in sys.argv[1:] or PICTURES:
        figure = PICTURES[name]()
        figure.savefig(IMAGES / f"lecture_{name}.png", dpi=80)
        pyplot.close(figure)


if __name__ == "__main__":
    pyplot.switch_backend("agg")
    main()
