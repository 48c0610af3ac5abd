"""A digit classifier for a web page: draw a digit, the page reads it, nothing leaves it.

python export.py [FOLDER]     writes digits.mjs; then: python -m http.server, and open index.html
"""

from __future__ import annotations

import sys
from pathlib import Path

import fusedmlp as fm


def main() -> None:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent
    X, y = fm.datasets.load_digits()
    X /= 16
    model = fm.MLP([64, 64, 10], "relu", dropout=0.2, seed=0)
    model.fit(X[:1400], y[:1400], loss="cross_entropy", epochs=30, progress=False)
    accuracy = (model.predict(X[1400:]).argmax(axis=1) == y[1400:]).mean()
    model.to_js(folder / "digits.mjs", rows=X[1400:])
    print(f"test accuracy {accuracy:.3f}, {model.num_parameters} parameters in digits.mjs")


if __name__ == "__main__":
    main()
