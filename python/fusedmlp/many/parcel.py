"""Data for workers in other processes: each fetches them once, whatever it has to do."""

from __future__ import annotations

import mmap
import os
import socket
import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

import numpy as np

from ..checks.arrays import Array
from .post import receive

_MOST = 2  # parcels a worker keeps, for calls that take turns
_held: OrderedDict[str, dict[str, Array]] = OrderedDict()
_fetching = threading.Lock()


@dataclass(frozen=True)
class File:
    """An array in a file that every worker sees."""

    path: str
    dtype: str
    shape: tuple[int, ...]
    offset: int
    fortran: bool

    def open(self) -> Array:
        """Return the array, mapped and not read."""
        try:
            return np.memmap(
                self.path, self.dtype, "r", self.offset, self.shape, "F" if self.fortran else "C"
            )
        except OSError as error:
            raise OSError(
                error.errno,
                f"{error.strerror}: the data are a memmap of this file, which every worker must "
                f"see, and {socket.gethostname()} does not",
                self.path,
            ) from error


@dataclass(frozen=True)
class Parcel:
    """Where a worker finds arrays: in files, or with the process that has them."""

    key: str
    files: Mapping[str, File]
    names: tuple[str, ...]  # of the arrays that are sent
    hosts: tuple[str, ...] = ()
    port: int = 0
    token: bytes = b""

    def open(self) -> dict[str, Array]:
        """Return the arrays by name: those of this process, or fetched once for all calls."""
        with _fetching:
            found = _held.get(self.key)
            if found is None:
                found = {name: file.open() for name, file in self.files.items()}
                if self.names:
                    sent = receive(self.hosts, self.port, self.token, len(self.names))
                    found.update(zip(self.names, sent, strict=True))
                hold(self.key, found)
            _held.move_to_end(self.key)
            return found


def hold(key: str, arrays: dict[str, Array]) -> None:
    """Keep arrays in this process; the ones that were used longest ago go."""
    _held[key] = arrays
    while len(_held) > _MOST:
        _held.popitem(last=False)


def let_go(key: str) -> None:
    """Forget arrays."""
    _held.pop(key, None)


def file_of(value: Any) -> File | None:
    """Return where a memmap lies in its file; None for all else, also for parts of one."""
    base: object = getattr(value, "base", None)
    if not isinstance(value, np.memmap) or not isinstance(base, mmap.mmap):
        return None
    fortran = bool(value.flags.f_contiguous and not value.flags.c_contiguous)
    if not value.filename:  # of a file object without a name
        return None
    return File(
        os.path.abspath(value.filename), value.dtype.str, value.shape, int(value.offset), fortran
    )


def content_key(arrays: Mapping[str, Array], files: Mapping[str, File]) -> str:
    """Return a key that equal data have, and others have not."""
    digest = blake2b(digest_size=20)
    for name, file in files.items():
        status = os.stat(file.path)
        digest.update(repr((name, file, status.st_mtime_ns, status.st_size)).encode())
    for name, array in arrays.items():
        digest.update(repr((name, array.dtype.str, array.shape)).encode())
        for row in np.array_split(array, max(1, array.nbytes >> 24)):
            digest.update(np.ascontiguousarray(row).data)
    return digest.hexdigest()
