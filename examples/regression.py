"""A curve through noisy points, with a band for 80 % of them from the quantile loss.

python examples/regression.py [--out picture.png]
"""

from __future__ import annotations

import argparse

import numpy as np

import fusedmlp as fm


def truth(x: np.ndarray) -> np.ndarray:
    return np.sin(2 * x) + 0.3 * x


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", help="draw points, curve and band into this file")
    args = parser.parse_args()

    rng = np.random.default_rng(0)
    x = rng.uniform(-3, 3, 800)
    # The noise grows to the right.
    y = truth(x) + (0.1 + 0.08 * (x + 3)) * rng.standard_normal(800)
    schedule = fm.schedules.cosine(0.01, steps=200 * 25)

    curve = fm.MLP([1, 64, 64, 1], activation="tanh", seed=0)
    curve.fit(x[:, None], y, loss="mse", optimizer=fm.optim.Adam(lr=schedule), epochs=200)

    band = fm.MLP([1, 64, 64, 2], activation="tanh", seed=0)
    both = np.column_stack([y, y])
    band.fit(x[:, None], both, loss=fm.Loss("quantile", q=[0.1, 0.9]),
             optimizer=fm.optim.Adam(lr=schedule), epochs=200)  # fmt: skip

    grid = np.linspace(-3, 3, 300)
    error = np.sqrt(np.mean((curve.predict(grid[:, None])[:, 0] - truth(grid)) ** 2))
    low, high = band.predict(x[:, None]).T
    print(f"RMSE against the true curve {error:.3f}")
    print(f"share of the points within the band {np.mean((low <= y) & (y <= high)):.3f}")

    if args.out:
        ax = fm.plotting.new_axes()
        low, high = band.predict(grid[:, None]).T
        ax.fill_between(grid, low, high, color="#d55e00", alpha=0.2, label="80 % band")
        ax.plot(x, y, ".", color="grey", markersize=3, label="data")
        ax.plot(grid, truth(grid), "k--", linewidth=1, label="true curve")
        ax.plot(grid, curve.predict(grid[:, None])[:, 0], color="#0072b2", label="network")
        ax.legend(frameon=False)
        ax.figure.savefig(args.out, dpi=80)


if __name__ == "__main__":
    main()
