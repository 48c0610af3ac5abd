"""The ranks of a fit: what they agree about, and how they end together."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from ..checks.arrays import Array

T = TypeVar("T")


class PeerError(RuntimeError):
    """Another rank has failed."""


class Group:
    """An MPI communicator.

    Parameters
    ----------
    comm : mpi4py.MPI.Comm or None
        None is ``MPI.COMM_WORLD``.
    function : str
        For messages.

    Attributes
    ----------
    rank, size : int
    agreed : bool
        Whether the ranks are ending by an exception that each of them raises.
    """

    def __init__(self, comm: Any, function: str) -> None:
        try:
            from mpi4py import MPI  # not before it is needed: the import starts MPI
        except ImportError as error:
            raise ImportError(
                f"{function} needs mpi4py ({error}): pip install 'fusedmlp[mpi]'"
            ) from error
        if comm is not None and not isinstance(comm, MPI.Comm):
            raise TypeError(f"{function}: comm must be a communicator of mpi4py, got {comm!r}")
        self.comm: Any = MPI.COMM_WORLD if comm is None else comm
        self.function, self._in_place, self._mpi = function, MPI.IN_PLACE, MPI
        self.rank, self.size = int(self.comm.rank), int(self.comm.size)
        self.agreed = False

    @property
    def first(self) -> bool:
        """Whether this is the rank that writes, shows and decides."""
        return self.rank == 0

    def ranks_on_this_machine(self) -> int:
        """Return how many ranks share the processors of this one."""
        near = self.comm.Split_type(self._mpi.COMM_TYPE_SHARED)
        count = int(near.size)
        near.Free()
        return count

    def sum(self, array: Array) -> None:
        """Replace an array by its sum over the ranks."""
        self.comm.Allreduce(self._in_place, array)

    def begin_sum(self, array: Array) -> Any:
        """Begin to replace an array by its sum over the ranks; return what to wait for."""
        return self.comm.Iallreduce(self._in_place, array)

    def look_after(self, sums: list[Any]) -> None:
        """Let sums that have begun go on, without waiting for any."""
        self._mpi.Request.Testall(sums)

    def wait_for(self, sums: list[Any]) -> None:
        """Wait for sums that have begun."""
        self._mpi.Request.Waitall(sums)

    def share(self, array: Array) -> None:
        """Replace an array by that of rank 0."""
        self.comm.Bcast(array, root=0)

    def from_first(self, value: T) -> T:
        """Return the value of rank 0."""
        result: T = self.comm.bcast(value, root=0)
        return result

    def all(self, value: T) -> list[T]:
        """Return the values of all ranks."""
        result: list[T] = self.comm.allgather(value)
        return result

    def attempt(self, call: Callable[[], T]) -> T:
        """Return what `call` returns, once all ranks have done it; if one fails, all raise.

        The rank that failed raises its own exception, the others a :class:`PeerError` that tells
        it; all raise KeyboardInterrupt if that is what it was. `call` must not communicate.
        """
        result: Any = None
        own: BaseException | None = None
        try:
            result = call()
        except BaseException as error:
            own = error
        self.end_if_any(own)
        return result  # type: ignore[no-any-return]

    def end_if_any(self, own: BaseException | None) -> None:
        """Raise on every rank if one of them has an error; all call this together."""
        told = self.all(None if own is None else _told(own))
        if not any(told):
            return
        self.agreed = True
        if own is not None:
            raise own
        rank, text = next((rank, text) for rank, text in enumerate(told) if text)
        if text == KeyboardInterrupt.__name__:
            raise KeyboardInterrupt
        raise PeerError(f"{self.function}: rank {rank} failed: {text}")

    def must_agree(self, values: dict[str, Any]) -> None:
        """Raise on every rank if one of the values is not the same on all of them."""
        everywhere = self.all(values)
        for name, first in everywhere[0].items():
            for rank, found in enumerate(everywhere):
                if found[name] != first:
                    self.agreed = True
                    raise ValueError(
                        f"{self.function}: {name} must be the same on all ranks, got {first!r} on "
                        f"rank 0 and {found[name]!r} on rank {rank}"
                    )

    @contextmanager
    def together(self) -> Iterator[None]:
        """Let no rank leave the others alone: an exception that only this one raises ends all.

        They may wait for this rank in a reduction, which nothing but the end of MPI interrupts.
        """
        self.agreed = False
        try:
            yield
        except BaseException as error:
            if self.agreed or self.size == 1:
                raise
            print(f"{self.function}: rank {self.rank} ends all ranks:", file=sys.stderr)
            traceback.print_exception(error, file=sys.stderr)
            sys.stderr.flush()
            self.comm.Abort(1)
            raise


def _told(error: BaseException) -> str:
    name = type(error).__name__
    return name if isinstance(error, KeyboardInterrupt) else f"{name}: {error}"
