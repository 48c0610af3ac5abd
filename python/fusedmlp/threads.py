"""How many threads the native kernels may use. Results do not depend on it, to the last bit."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

from .checks.numbers import integer
from .core import backend


def get_num_threads() -> int:
    """Return the number of threads that calls use at most.

    Starts as ``OMP_NUM_THREADS``, else the number of processors this process may use.

    Returns
    -------
    int
    """
    return int(backend.core.get_num_threads())


def set_num_threads(n: int) -> None:
    """Let calls use at most `n` threads.

    Small work uses fewer: a thread must save more time than it takes to start. The number is kept
    and has no effect where ``info()["openmp"]`` is "off", in a build without OpenMP, which runs on
    one thread, and in the NumPy twin, whose threads are those of NumPy's BLAS.

    Parameters
    ----------
    n : int
        At least 1.

    Raises
    ------
    TypeError, ValueError
        If `n` is not an integer, or below 1.
    """
    backend.core.set_num_threads(integer(n, "set_num_threads", "n", low=1, high=4096))


def num_threads(n: int) -> AbstractContextManager[None]:
    """Use at most `n` threads inside a ``with`` block.

    Raises
    ------
    TypeError, ValueError
        As :func:`set_num_threads` does.

    Examples
    --------
    >>> import fusedmlp as fm
    >>> with fm.num_threads(1):
    ...     fm.get_num_threads()
    1
    """
    return _limited(integer(n, "num_threads", "n", low=1, high=4096))


@contextmanager
def _limited(n: int) -> Iterator[None]:
    before = get_num_threads()
    set_num_threads(n)
    try:
        yield
    finally:
        set_num_threads(before)
