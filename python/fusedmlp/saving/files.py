"""Files that are written whole or not at all: temporary file, fsync, replace."""

from __future__ import annotations

import errno
import gzip
import hashlib
import io
import os
import re
import secrets
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from os import PathLike
from pathlib import Path
from typing import BinaryIO, TextIO

from ..checks.paths import user_path

if sys.platform != "win32":
    import fcntl

_SUFFIX = ".fusedmlp.tmp"
_LONGEST_NAME = 200  # bytes; most file systems end at 255, and the temporary name is longer
_KINDS = (
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISSOCK, "a socket"),
)


def special_kind(path: str | PathLike[str]) -> str | None:
    """Return "a folder", "a device", ... for what exists and is no plain file, else None."""
    try:
        mode = os.stat(path).st_mode
    except (FileNotFoundError, NotADirectoryError):
        return None
    return next((words for test, words in _KINDS if test(mode)), None)


def check_writable(path: str | PathLike[str], function: str = "save") -> None:
    """Raise the error that writing to `path` would raise, by creating a temporary file there.

    Raises
    ------
    OSError
        If the folder is missing or files cannot be created in it, or `path` is no plain file.
    """
    given = user_path(path, function)
    descriptor, temporary = _create_temporary(given, _target(given))
    os.unlink(temporary)
    os.close(descriptor)


def write_atomically(path: str | PathLike[str], content: bytes, function: str = "save") -> None:
    """Replace `path` in one step: a reader finds the old file or the new one, whole."""
    with replacing(path, function) as file:
        file.write(content)


@contextmanager
def replacing(path: str | PathLike[str], function: str = "save") -> Iterator[BinaryIO]:
    """Give a binary file that takes the place of `path` when the block ends without an error.

    Links are followed: the file they lead to is replaced, and they stay. An existing file keeps
    its permissions, a new one gets those of the umask. Temporary files that killed processes left
    behind for the same path are removed.

    Raises
    ------
    OSError
        If the file cannot be written, or is a folder, device, pipe or socket. It names the path
        that was asked for, and the old file is still whole.
    """
    given = user_path(path, function)
    target = _target(given)
    _remove_strays(target)
    descriptor, temporary = _create_temporary(given, target)
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file
            file.flush()
            with suppress(OSError):  # a new file, or a file system without permissions
                os.chmod(temporary, stat.S_IMODE(target.stat().st_mode) & 0o777)
            os.fsync(file.fileno())
            if sys.platform != "win32":
                # Before the file is closed, because its lock ends there.
                os.replace(temporary, target)
        if sys.platform == "win32":
            os.replace(temporary, target)
    except BaseException as error:
        with suppress(OSError):
            os.unlink(temporary)
        if isinstance(error, OSError) and error.errno is not None:
            named = error.filename
            if named is None or str(named) == str(temporary):
                raise OSError(error.errno, error.strerror, str(given)) from error
        raise
    _sync_folder(target.parent)


@contextmanager
def replacing_text(path: str | PathLike[str], function: str = "save") -> Iterator[TextIO]:
    """Give a text file (UTF-8) as :func:`replacing` does, compressed if the name ends in .gz."""
    with replacing(path, function) as file:
        packed = None
        if str(path).lower().endswith(".gz"):
            # Without name and time in it, equal text makes equal files.
            packed = gzip.GzipFile(filename="", mode="wb", fileobj=file, mtime=0)
        text = io.TextIOWrapper(packed or file, encoding="utf-8", newline="")
        try:
            yield text
        finally:
            text.detach()  # writes what is left; the wrapper would close the file
            if packed is not None:
                packed.close()


def _target(given: Path) -> Path:
    """Return the file that `given` leads to through links; it need not exist."""
    kind = special_kind(given)
    if kind is not None:
        code = errno.EISDIR if kind == "a folder" else errno.EINVAL
        raise OSError(code, f"is {kind}, it must be a file", str(given))
    target = Path(os.path.realpath(given))
    _check_sticky(given, target)
    return target


def _check_sticky(given: Path, target: Path) -> None:
    """In folders such as /tmp everybody creates files, but only the owner can replace one."""
    if sys.platform == "win32" or os.geteuid() == 0:
        return
    with suppress(FileNotFoundError, NotADirectoryError):
        folder, file = target.parent.stat(), target.stat()
        if folder.st_mode & stat.S_ISVTX and os.geteuid() not in (folder.st_uid, file.st_uid):
            raise PermissionError(
                errno.EPERM, "belongs to another user and cannot be replaced", str(given)
            )


def _create_temporary(given: Path, target: Path) -> tuple[int, Path]:
    """Create a locked file next to `target`; the lock says that a live process writes it."""
    folder = target.parent
    while True:
        temporary = folder / f".{_stem(target)}.{secrets.token_hex(8)}{_SUFFIX}"
        flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
        try:
            descriptor = os.open(temporary, flags, 0o666)
        except OSError as error:
            reason = f"{error.strerror}: no file can be created in {str(folder)!r}"
            if not folder.exists():
                # The folder as it was asked for, unless that one is there and a link leads on.
                missing = folder if given.parent.exists() else given.parent
                reason = f"the folder {str(missing)!r} does not exist"
            raise OSError(error.errno, reason, str(given)) from error
        if sys.platform == "win32":
            return descriptor, temporary
        # Another save may take the file for a stray before it is locked, and remove it.
        taken = False
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            taken = True
        except OSError:  # a file system without locks: strays stay there
            pass
        if not taken and os.fstat(descriptor).st_nlink:
            return descriptor, temporary
        os.close(descriptor)


def _stem(target: Path) -> str:
    name = os.fsencode(target.name)
    return target.name if len(name) <= _LONGEST_NAME else hashlib.sha256(name).hexdigest()


def _remove_strays(target: Path) -> None:
    """Remove the temporary files of `target` that no process holds locked."""
    if sys.platform == "win32":
        return
    ours = re.compile(rf"\.{re.escape(_stem(target))}\.[0-9a-f]{{16}}{re.escape(_SUFFIX)}")
    strays: list[str] = []
    with suppress(OSError), os.scandir(target.parent) as entries:
        strays += [entry.path for entry in entries if ours.fullmatch(entry.name)]
    for path in strays:
        with suppress(OSError):
            descriptor = os.open(path, os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                os.unlink(path)
            finally:
                os.close(descriptor)


def _sync_folder(folder: Path) -> None:
    """Make the new name durable, where the system can."""
    if not hasattr(os, "O_DIRECTORY"):
        return
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except PermissionError:  # a folder one may write to and not read
        return
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
