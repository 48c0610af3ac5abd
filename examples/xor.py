"""The XOR problem: one layer cannot, two layers can.

python examples/xor.py [--out picture.png]
"""

from __future__ import annotations

import argparse

import numpy as np

import fusedmlp as fm

X = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], dtype=np.float32)
y = np.array([0, 1, 1, 0])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", help="draw both decision boundaries into this file")
    args = parser.parse_args()

    models = {
        "one layer": fm.MLP([2, 2], seed=0),
        "two layers": fm.MLP([2, 8, 2], activation="tanh", seed=0),
    }
    for name, model in models.items():
        model.fit(X, y, loss="cross_entropy", optimizer=fm.optim.Adam(lr=0.05), epochs=400)
        accuracy = model.evaluate(X, y, loss="cross_entropy", metrics=["accuracy"])["accuracy"]
        print(f"{name}: accuracy {accuracy:.2f}")

    if args.out:
        from matplotlib import pyplot

        figure, axes = pyplot.subplots(1, 2, figsize=(8.4, 3.8), layout="constrained")
        for ax, (name, model) in zip(axes, models.items(), strict=True):
            fm.plotting.decision_boundary(model, X, y, ax=ax)
            ax.set_title(name)
        figure.savefig(args.out, dpi=80)


if __name__ == "__main__":
    main()
