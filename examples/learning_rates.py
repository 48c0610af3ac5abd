"""Four learning rates on one picture: low, good, high, very high.

python examples/learning_rates.py [--out picture.png]
"""

from __future__ import annotations

import argparse

import fusedmlp as fm

RATES = {"low": 0.003, "good": 0.3, "high": 1.15, "very high": 3.0}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", help="draw the loss curves into this file")
    args = parser.parse_args()

    X, y = fm.datasets.load_digits()
    histories = {}
    for name, lr in RATES.items():
        model = fm.MLP([64, 32, 10], seed=0)
        try:
            history = model.fit(X / 16, y, loss="cross_entropy", optimizer=fm.optim.SGD(lr=lr),
                                epochs=30)  # fmt: skip
        except fm.DivergedError as error:
            history = error.history  # what was recorded until then
        if history.epochs:
            histories[f"{name}: {lr}"] = history
        print(f"{name:9} lr {lr:<6} loss {history.history['loss'][-1]:.4f}")
        for line in history.advice:
            print(f"          {line}")

    if args.out:
        ax = fm.plotting.compare(histories)
        ax.set_title("SGD on the digits")
        ax.figure.savefig(args.out, dpi=80)


if __name__ == "__main__":
    main()
