"""The operations that ``torch.nn`` has no module for; they are made when first asked for."""

from __future__ import annotations

from functools import lru_cache
from types import SimpleNamespace
from typing import Any

import numpy as np

from ..table.numbers import LARGEST
from .table import FARTHEST

# Arrays that go on learning; the others are buffers.
_LEARN = ("factor", "share", "table", "frequency", "phase", "weight", "bias", "start", "slope")


@lru_cache(maxsize=1)
def modules() -> SimpleNamespace:
    """Return the classes by name."""
    import torch
    from torch import nn

    class Holder(nn.Module):
        """Keeps the arrays of an operation as parameters and buffers."""

        def __init__(self, op: Any) -> None:
            super().__init__()
            for name, array in op.arrays().items():
                tensor = torch.tensor(np.ascontiguousarray(array))
                if name in _LEARN:
                    setattr(self, name, nn.Parameter(tensor))
                else:
                    self.register_buffer(name, tensor)

    class Residual(nn.Module):
        """``x + inner(x)``."""

        fusedmlp_kind = "Residual"

        def __init__(self, inner: Any) -> None:
            super().__init__()
            self.inner = inner

        def forward(self, x: Any) -> Any:
            return x + self.inner(x)

    class Mean(nn.Module):
        """The mean of what the members make of x."""

        def __init__(self, members: Any) -> None:
            super().__init__()
            self.members = nn.ModuleList(members)

        def forward(self, x: Any) -> Any:
            return torch.stack([member(x) for member in self.members]).mean(dim=0)

    class Sort(nn.Module):
        """The values of each row in ascending order."""

        def forward(self, x: Any) -> Any:
            return torch.sort(x, dim=1).values

    class Blend(nn.Module):
        """``x + share * (activation(x) - x)``."""

        def __init__(self, activation: Any, share: Any) -> None:
            super().__init__()
            self.activation, self.share = activation, nn.Parameter(torch.tensor(share))

        def forward(self, x: Any) -> Any:
            return x + self.share * (self.activation(x) - x)

    class Rescale(Holder):
        """``(x - mean) * factor + bias``."""

        fusedmlp_kind = "Rescale"

        def forward(self, x: Any) -> Any:
            return (x - self.mean) * self.factor + self.bias

    class OnColumns(Holder):
        """The other columns, then what is made of the chosen ones."""

        def forward(self, x: Any) -> Any:
            made = self.make(x[:, self.columns]).flatten(1)
            return torch.cat([x[:, self.others], made], dim=1)

        def make(self, x: Any) -> Any:
            raise TypeError(f"{type(self).__name__} defines no make")

        def index(self, x: Any) -> Any:
            known = (x >= 0) & (x < self.sizes)
            return torch.where(known, x, torch.zeros_like(x)).long()

    class Embed(OnColumns):
        """A row of its table for each index."""

        def make(self, x: Any) -> Any:
            return self.table[self.index(x) + self.first]

    class OneHot(OnColumns):
        """An `on` among `off` for each index."""

        def __init__(self, op: Any) -> None:
            super().__init__(op)
            self.skip = op.skip

        def make(self, x: Any) -> Any:
            index = self.index(x)
            place = torch.arange(len(self.off), device=x.device)
            at = (index + self.first)[:, :, None] == place
            at = (at & (index >= self.skip)[:, :, None]).any(dim=1)
            return torch.where(at, self.on, self.off)

    class Periodic(OnColumns):
        """A value, then a sum of its waves."""

        def make(self, x: Any) -> Any:
            turns = x[:, :, None] * self.frequency + self.phase
            wave = torch.cos(2 * np.pi * (turns - torch.round(turns)))
            e = torch.einsum("ifk,fkd->ifd", wave, self.weight) + self.bias
            return torch.cat([x[:, :, None], e], dim=2)

    class Piecewise(OnColumns):
        """A value, then a function of it that is linear between edges."""

        def make(self, x: Any) -> Any:
            own = (self.edges <= x[:, :, None]).sum(dim=2)
            feature = torch.arange(x.shape[1], device=x.device)
            step = (x - self.low[feature, own])[:, :, None] * self.slope[feature, own]
            return torch.cat([x[:, :, None], self.start[feature, own] + step], dim=2)

    class Encode(nn.Module):
        """Raw rows of a table as inputs: in float64, large numbers may be close together."""

        def __init__(self, op: Any) -> None:
            super().__init__()
            self.outputs = op.outputs
            # Has the type that the module is moved to.
            self.register_buffer("like", torch.zeros(0), persistent=False)

        def forward(self, x: Any) -> Any:
            wide = x.double()
            made = [self.one(o, wide[:, o.source]) for o in self.outputs]
            return torch.stack(made, dim=1).float().to(self.like.dtype)

        def one(self, o: Any, x: Any) -> Any:
            gap, zero = ~(x.abs() <= LARGEST), torch.zeros_like(x)
            if o.kind == "scaled":
                z = ((x - o.center) / o.scale).clamp(-FARTHEST, FARTHEST)
                z = z / torch.sqrt((z * (1 / 3)) ** 2 + 1) if o.smooth else z
                return torch.where(gap, zero, z)
            if o.kind == "missing":
                return gap.to(x.dtype)
            if o.kind == "sign":
                return (x == 2).to(x.dtype) - (x == 1).to(x.dtype)
            if o.kind == "is":
                return (x == o.value).to(x.dtype)
            return torch.where((x >= 0) & (x < o.value), x.floor(), zero)

    return SimpleNamespace(
        Residual=Residual, Mean=Mean, Sort=Sort, Blend=Blend, Rescale=Rescale, Embed=Embed,
        OneHot=OneHot, Periodic=Periodic, Piecewise=Piecewise, Encode=Encode,
    )  # fmt: skip
