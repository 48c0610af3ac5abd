"""The networks of the training and prediction benchmarks, as each library builds them."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..mlp import MLP
from ..sequential import Sequential


@dataclass(frozen=True)
class Net:
    """Widths from input to output, batch size, and how much one timed call trains."""

    name: str
    sizes: tuple[int, ...]
    batch: int
    batches: int  # in the data set
    epochs: int = 1  # of one call of our fit
    reach: str = "sklearn"  # the slowest peer it makes sense to wait for

    @property
    def weights(self) -> int:
        return sum(a * b for a, b in pairwise(self.sizes))

    @property
    def step_flops(self) -> float:
        """Operations of a step: three products per layer, but no dX for the first."""
        return 2.0 * self.batch * (3 * self.weights - self.sizes[0] * self.sizes[1])

    @property
    def loss(self) -> str:
        return "mse" if self.sizes[-1] == 1 else "cross_entropy"

    def waits_for(self, peer: str) -> bool:
        order = ("jax", "torch", "numpy", "sklearn")
        return order.index(peer) <= order.index(self.reach)

    def data(self, dtype: str) -> tuple[NDArray[Any], NDArray[Any]]:
        """Return random rows, and classes or values."""
        rng = np.random.default_rng(0)
        n = self.batch * self.batches
        X = rng.standard_normal((n, self.sizes[0]), np.float32).astype(dtype)
        if self.loss == "mse":
            return X, rng.standard_normal(n, np.float32).astype(dtype)
        return X, rng.integers(0, self.sizes[-1], n)

    def ours(self, dtype: str) -> Sequential:
        return MLP(self.sizes, dtype=dtype, seed=0)

    def torch(self, torch: Any, dtype: str) -> Any:
        torch.manual_seed(0)
        layers: list[Any] = []
        for a, b in pairwise(self.sizes):
            layers += [torch.nn.Linear(a, b, dtype=getattr(torch, dtype)), torch.nn.ReLU()]
        return torch.nn.Sequential(*layers[:-1])

    def sklearn(self, neural_network: Any) -> Any:
        kind = "MLPRegressor" if self.loss == "mse" else "MLPClassifier"
        return getattr(neural_network, kind)(
            hidden_layer_sizes=self.sizes[1:-1],
            batch_size=self.batch,
            alpha=0.0,
            random_state=0,
        )

    def sklearn_fit_arguments(self) -> dict[str, Any]:
        """Return what `partial_fit` must be told beside the data."""
        return {} if self.loss == "mse" else {"classes": np.arange(self.sizes[-1])}


NETS = (
    Net("2-8-1", (2, 8, 1), 4, 256, 5),
    Net("20-64-64-1", (20, 64, 64, 1), 32, 64, 5),
    Net("8-64-64-4", (8, 64, 64, 4), 64, 64, 5),
    Net("64-128-10", (64, 128, 10), 64, 32, 5),
    Net("10-46-46-10", (10, 46, 46, 10), 128, 32, 5),
    Net("10-256-256-10", (10, 256, 256, 10), 128, 32, 2),
    Net("784-256-128-10", (784, 256, 128, 10), 128, 16, 2),
    Net("784-512-512-10", (784, 512, 512, 10), 128, 16),
    Net("1024x3-10", (1024, 1024, 1024, 1024, 10), 256, 4, reach="numpy"),
    Net("2048x3-10", (2048, 2048, 2048, 2048, 10), 1024, 2, reach="torch"),
)
VGG_HEAD = Net("VGG16 head", (25088, 4096, 4096, 1000), 32, 8, reach="torch")


def net(name: str) -> Net:
    """Return the net of that name."""
    return {n.name: n for n in (*NETS, VGG_HEAD)}[name]
