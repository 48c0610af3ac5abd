"""One model on many ranks: for a process under mpirun, and not in the table of the others."""

from __future__ import annotations

from collections.abc import Iterator

import fusedmlp as fm
from bad_values import flag, sequence

from .call import Call, data, model
from .training import FIT


def calls(ranks: int) -> Iterator[Call]:
    """Return the calls of a job of so many ranks."""
    own = {
        "model": sequence((3, TypeError), (None, TypeError), (fm.MLP, TypeError)),
        "comm": sequence((3, TypeError), ("COMM_WORLD", TypeError)),
        "shared": flag,
    }
    yield Call(
        "distributed.fit",
        fm.distributed.fit,
        lambda: {"model": model(), **data(), "loss": "cross_entropy", "epochs": 1},
        # One rank alone is an ordinary fit, which says what is wrong with its options.
        {**own, **FIT} if ranks > 1 else own,
    )
