"""A digit classifier as C for a microcontroller: 8-bit weights, no allocation, a self-test.

python export.py [FOLDER]     writes digits.h; then: cc -O2 main.c -lm -o digits && ./digits
"""

from __future__ import annotations

import sys
from pathlib import Path

import fusedmlp as fm


def main() -> None:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent
    X, y = fm.datasets.load_digits()
    X /= 16
    model = fm.MLP([64, 24, 10], "relu", norm="batch", seed=0)
    model.fit(X[:1400], y[:1400], loss="cross_entropy", epochs=20, progress=False)
    accuracy = (model.predict(X[1400:]).argmax(axis=1) == y[1400:]).mean()
    model.to_c(folder / "digits.h", "digits", int8=True, rows=X[1400:])
    print(f"test accuracy {accuracy:.3f}, {model.num_parameters} parameters in digits.h")


if __name__ == "__main__":
    main()
