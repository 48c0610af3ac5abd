"""Two networks against each other: a generator learns to place points on a ring of eight clouds.

Everything goes through forward, backward and optimizer.step: the generator's gradient is what the
discriminator's backward returns for its inputs.

python examples/gan.py [--out picture.png]
"""

from __future__ import annotations

import argparse

import numpy as np

import fusedmlp as fm
from fusedmlp.functional import binary_cross_entropy_value_and_grad

STEPS, BATCH, NOISE = 4000, 256, 8
ANGLES = 2 * np.pi * np.arange(8) / 8
CENTRES = np.column_stack([np.cos(ANGLES), np.sin(ANGLES)]).astype(np.float32)


def real_points(rng: np.random.Generator, n: int) -> np.ndarray:
    return CENTRES[rng.integers(8, size=n)] + 0.05 * rng.standard_normal((n, 2), np.float32)


def noise(rng: np.random.Generator, n: int) -> np.ndarray:
    return rng.standard_normal((n, NOISE), np.float32)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", help="draw the generated points into this file")
    args = parser.parse_args()

    rng = np.random.default_rng(0)
    generator = fm.MLP([NOISE, 64, 64, 2], seed=0)
    discriminator = fm.MLP([2, 64, 64, 1], "leaky_relu", seed=1)
    g_optimizer = fm.optim.Adam(lr=2e-3, betas=(0.5, 0.999))
    d_optimizer = fm.optim.Adam(lr=2e-3, betas=(0.5, 0.999))
    labels = np.repeat([[1.0], [0.0]], BATCH, axis=0)
    ones = np.ones((BATCH, 1))

    averaged = generator.copy()
    for step in range(STEPS):
        # The discriminator learns to tell real points (1) from made ones (0).
        # Blurred at first, the clouds touch: without a gap to cross none is forgotten.
        blur = 0.5 * max(0.0, 1 - step / (0.8 * STEPS))
        made = generator.forward(noise(rng, BATCH))
        both = np.concatenate([real_points(rng, BATCH), made])
        both += blur * rng.standard_normal(both.shape, np.float32)
        d_loss, dz = binary_cross_entropy_value_and_grad(discriminator.forward(both), labels)
        discriminator.backward(dz, need_dx=False)
        d_optimizer.step(discriminator)

        # The generator learns to make points that pass as real.
        made = generator.forward(noise(rng, BATCH))
        made += blur * rng.standard_normal(made.shape, np.float32)
        g_loss, dz = binary_cross_entropy_value_and_grad(discriminator.forward(made), ones)
        generator.backward(discriminator.backward(dz), need_dx=False)
        g_optimizer.step(generator)

        # Adversaries circle each other; the average of the path is the better generator.
        averaged.theta += 0.005 * (generator.theta - averaged.theta)
        if step % 1000 == 999:
            print(f"step {step + 1}: discriminator {d_loss:.3f}, generator {g_loss:.3f}")

    made = averaged.predict(noise(rng, 1000))
    distance = np.linalg.norm(made[:, None] - CENTRES, axis=2)
    hit = distance.min(axis=1) < 0.2
    found = len(np.unique(distance.argmin(axis=1)[hit]))
    print(f"{hit.mean():.0%} of the points are in a cloud, {found} of 8 clouds are reached")

    if args.out:
        ax = fm.plotting.new_axes(4.6, 4.4)
        real = real_points(rng, 1000)
        ax.plot(*real.T, ".", color="#999999", markersize=3, label="real")
        ax.plot(*made.T, ".", color="#d55e00", markersize=3, label="made by the generator")
        ax.set_aspect("equal")
        ax.set_xlim(-1.6, 1.6)
        ax.set_ylim(-1.6, 1.6)
        ax.legend(frameon=False, loc="upper right", fontsize="small")
        ax.figure.savefig(args.out, dpi=80)


if __name__ == "__main__":
    main()
