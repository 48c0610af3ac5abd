"""Handwritten digits: early stopping, a moving average of the weights, a picture of the fit.

python examples/digits.py [--out picture.png]
"""

from __future__ import annotations

import argparse

import numpy as np

import fusedmlp as fm


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", help="draw the training curves into this file")
    args = parser.parse_args()

    X, y = fm.datasets.load_digits()
    X = X / 16
    rows = np.random.default_rng(0).permutation(len(X))
    train, test = rows[:1300], rows[1300:]

    model = fm.MLP([64, 64, 64, 10], seed=0)
    history = model.fit(
        X[train],
        y[train],
        loss="cross_entropy",
        epochs=200,
        validation_split=0.2,
        callbacks=[fm.callbacks.EarlyStopping(patience=15), fm.callbacks.EMA(0.99)],
    )
    print(history)
    scores = model.evaluate(X[test], y[test], loss="cross_entropy", metrics=["accuracy"])
    print(f"test accuracy {scores['accuracy']:.3f}")

    if args.out:
        history.plot().figure.savefig(args.out, dpi=80)


if __name__ == "__main__":
    main()
