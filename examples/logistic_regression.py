"""Logistic regression: a network of one layer with one logit, and its gradient by hand.

python examples/logistic_regression.py [--out picture.png]
"""

from __future__ import annotations

import argparse

import numpy as np

import fusedmlp as fm


def two_clouds(n: int = 300) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    y = rng.integers(0, 2, n)
    X = rng.standard_normal((n, 2)) + np.where(y[:, None] == 1, [1.2, 0.8], [-1.0, -0.6])
    return X, y


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", help="draw the decision boundary into this file")
    args = parser.parse_args()

    X, y = two_clouds()
    model = fm.MLP([2, 1], dtype="float64", seed=0)

    # The gradient of the mean loss is X^T (sigmoid(z) - y) / n.
    z = model.forward(X)
    _, dz = fm.functional.binary_cross_entropy_value_and_grad(z, y[:, None])
    model.backward(dz)
    by_hand = X.T @ (fm.functional.sigmoid(z)[:, 0] - y) / len(y)
    error = np.abs(model.gradients()["0.weight"][:, 0] - by_hand).max()
    print(f"gradient against the formula: largest difference {error:.1e}")

    history = model.fit(X, y, loss="binary_cross_entropy", optimizer=fm.optim.SGD(lr=0.1),
                        epochs=50, metrics=["accuracy"])  # fmt: skip
    (w1, w2), b = model.parameters()["0.weight"][:, 0], model.parameters()["0.bias"][0]
    print(f"logit = {w1:.2f} x1 + {w2:.2f} x2 + {b:.2f}")
    print(f"accuracy {history.history['accuracy'][-1]:.3f}")

    if args.out:
        ax = fm.plotting.decision_boundary(model, X, y)
        ax.figure.savefig(args.out, dpi=80)


if __name__ == "__main__":
    main()
