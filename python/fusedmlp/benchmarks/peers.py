"""Whom fusedmlp is measured against, and how each of them gets its number of threads."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from importlib.util import find_spec
from typing import Any

from ..core import backend
from ..threads import num_threads

# Name -> the module it needs, and how to get it. "numpy" is the package's own twin.
PEERS: dict[str, tuple[str, str]] = {
    "numpy": ("numpy", "pip install numpy"),
    "torch": ("torch", "pip install torch"),
    "sklearn": ("sklearn", 'pip install "fusedmlp[sklearn]"'),
    "jax": ("optax", "pip install jax optax"),
}
# JAX reads its number of threads from here when it starts, and keeps it.
_JAX_THREADS = "NPROC"


def importable() -> tuple[str, ...]:
    """Return the names of the peers that are installed here."""
    return tuple(name for name, (module, _) in PEERS.items() if find_spec(module) is not None)


def require(names: tuple[str, ...]) -> tuple[str, ...]:
    """Return `names` in the table's order; ValueError for unknown and missing ones."""
    here = importable()
    for name in names:
        if name not in PEERS:
            raise ValueError(f"bench: no peer {name!r}; the peers are {', '.join(PEERS)}")
        if name not in here:
            raise ValueError(f"bench: the peer {name} is not installed: {PEERS[name][1]}")
    return tuple(name for name in PEERS if name in names)


def fit_for(names: tuple[str, ...], threads: tuple[int, ...]) -> tuple[str, ...]:
    """Return those of `names` that can be measured with all these numbers of threads."""
    return tuple(name for name in names if name != "jax" or _jax_can(threads))


def check_threads(names: tuple[str, ...], threads: tuple[int, ...]) -> None:
    """Raise a ValueError for a peer that cannot be measured with these numbers of threads."""
    if fit_for(names, threads) != names:
        raise ValueError(
            "bench: jax takes its number of threads when it starts: measure it with one number, "
            f"got threads {', '.join(map(str, threads))}"
        )


def _jax_can(threads: tuple[int, ...]) -> bool:
    return len(threads) == 1 and (
        "jax" not in sys.modules or os.environ.get(_JAX_THREADS) == str(threads[0])
    )


def module(name: str) -> Any:
    """Import a peer when it is needed: torch alone takes seconds."""
    return importlib.import_module(name)


def twin(run: Callable[[], object]) -> Callable[[], object]:
    """Return `run` as the NumPy twin does it: the same Python API on the other kernel set."""
    reference = backend.load("numpy")

    def swapped() -> object:
        before, backend.core = backend.core, reference
        try:
            return run()
        finally:
            backend.core = before

    return swapped


def blas_limit_possible() -> bool:
    """Whether NumPy's BLAS can be told how many threads to use."""
    return find_spec("threadpoolctl") is not None


@contextmanager
def threads(n: int, peers: tuple[str, ...]) -> Iterator[None]:
    """Give fusedmlp and all `peers` at most `n` threads inside a ``with`` block."""
    with ExitStack() as stack:
        stack.enter_context(num_threads(n))
        if "torch" in peers:
            torch = module("torch")
            stack.callback(torch.set_num_threads, torch.get_num_threads())
            torch.set_num_threads(n)
        if "jax" in peers:
            os.environ[_JAX_THREADS] = str(n)
        if blas_limit_possible():
            limits = module("threadpoolctl").threadpool_limits
            stack.enter_context(limits(limits=n, user_api="blas"))
        yield
