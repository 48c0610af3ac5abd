"""The optimizers side by side: one network, one data set, the same first weights.

python examples/optimizers.py [--out picture.png]
"""

from __future__ import annotations

import argparse

import fusedmlp as fm

OPTIMIZERS = {
    "SGD": fm.optim.SGD(lr=0.01),
    "SGD with momentum": fm.optim.SGD(lr=0.01, momentum=0.9),
    "Nesterov": fm.optim.SGD(lr=0.01, momentum=0.9, nesterov=True),
    "Adagrad": fm.optim.Adagrad(lr=0.01),
    "Adadelta": fm.optim.Adadelta(lr=1.0),
    "RMSprop": fm.optim.RMSprop(lr=0.001),
    "Adam": fm.optim.Adam(lr=0.001),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", help="draw the loss curves into this file")
    args = parser.parse_args()

    X, y = fm.datasets.load_digits()
    histories = {}
    for name, optimizer in OPTIMIZERS.items():
        model = fm.MLP([64, 32, 10], seed=0)
        histories[name] = model.fit(
            X / 16, y, loss="cross_entropy", optimizer=optimizer, epochs=40, metrics=["accuracy"]
        )
        last = {key: values[-1] for key, values in histories[name].history.items()}
        print(f"{name:18} loss {last['loss']:.4f}  accuracy {last['accuracy']:.4f}")

    if args.out:
        ax = fm.plotting.compare(histories, log=True)
        ax.set_title("64-32-10 on the digits")
        ax.figure.savefig(args.out, dpi=80)


if __name__ == "__main__":
    main()
