"""The text of a file as bytes: unpacking, and finding the encoding."""

from __future__ import annotations

import codecs
import gzip
import io
import mmap
import zipfile
import zlib
from pathlib import Path
from typing import NamedTuple

from ..checks import contents
from .errors import TableError

_CHUNK = 1 << 24
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


class Text(NamedTuple):
    """Bytes in an encoding that has ASCII's bytes for ASCII's characters.

    data: the whole file; start: where its text begins, behind a byte order mark; encoding: of
    `data`; found: what the file itself is encoded in; note: why, where UTF-8 was not it.
    """

    data: bytes | mmap.mmap
    start: int
    encoding: str
    found: str
    note: str


def open_text(path: Path, encoding: str | None = None) -> Text:
    """Return the text of a file; a plain one is mapped, not copied.

    Raises
    ------
    TableError
        If it is no text, or text of another encoding than the given one.
    OSError
        If the file cannot be read.
    """
    data = _unpacked(path)
    mark, marked = next(((m, e) for m, e in _MARKS if data[: len(m)] == m), (b"", None))
    wide = marked or contents.wide_encoding(data[: 1 << 20])
    given = None if encoding is None else _known(encoding)
    if given is None and wide is not None and wide != "utf-8":
        given = _known(wide)
    start = len(mark) if marked is not None and (given is None or given == marked) else 0
    if given is not None and not _is_narrow(given):
        return Text(_narrowed(path, data, start, given), 0, "utf-8", given, "")
    if data.find(b"\0") >= 0:
        raise TableError(f"{path}: {_other_kind(data) or 'not a text file (it holds NUL)'}")
    if given is not None:
        bad = _first_bad(data, given)
        if bad is not None:
            raise TableError(f"{path}: not {given} text ({bad})")
        return Text(data, start, given, given, "")
    bad = _first_bad(data, "utf-8")
    if bad is None:
        return Text(data, start, "utf-8", "utf-8", "")
    kind = _other_kind(data)
    if kind is not None:
        raise TableError(f"{path}: {kind}")
    # What Windows calls Latin-1 has letters where Latin-1 has control characters.
    windows = _first_bad(data, "cp1252") is None
    found = "cp1252" if windows else "latin-1"
    return Text(data, 0, found, found, f"the text is not UTF-8 ({bad})")


def _unpacked(path: Path) -> bytes | mmap.mmap:
    with open(path, "rb") as file:
        head = file.read(4) if file.seekable() else b""
        if file.seekable():
            file.seek(0)
        if head[:2] == b"\x1f\x8b":
            try:
                return gzip.decompress(file.read())
            except (gzip.BadGzipFile, EOFError, zlib.error) as error:
                raise TableError(f"{path}: not a gzip file: {error}") from error
        if head == b"PK\x03\x04":
            return _of_zip(path, file.read())
        if path.suffix.lower() == ".gz" and head:
            raise TableError(f"{path}: not a gzip file")
        try:
            return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        except (ValueError, OSError):  # an empty file, a pipe
            return file.read()


def _of_zip(path: Path, content: bytes) -> bytes:
    kind = contents.content_kind(content)
    if kind != "a zip archive":
        raise TableError(f"{path}: {_other_kind(content)}")
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = [
                name
                for name in archive.namelist()
                if not name.endswith("/") and not name.startswith("__MACOSX")
            ]
            if len(names) != 1:
                raise TableError(
                    f"{path}: a zip archive must hold one file, got {len(names)}: {names[:5]}"
                )
            return archive.read(names[0])
    except (zipfile.BadZipFile, EOFError, zlib.error, RuntimeError) as error:
        raise TableError(f"{path}: not a zip archive that can be read: {error}") from error


def _known(encoding: str) -> str:
    try:
        name = codecs.lookup(encoding).name
    except LookupError:
        raise TableError(
            f"encoding must be one that Python knows, such as utf-8, got {encoding!r}"
        ) from None
    # The mark says the order of the bytes; without one it is that of nearly all machines.
    return {"utf-16": "utf-16-le", "utf-32": "utf-32-le", "utf-8-sig": "utf-8"}.get(name, name)


def _is_narrow(encoding: str) -> bool:
    """Return whether ASCII's characters are ASCII's bytes, and no others hold such bytes."""
    try:
        same = bytes(range(1, 128)).decode(encoding) == bytes(range(1, 128)).decode("ascii")
    except UnicodeDecodeError:
        return False
    return same and not encoding.startswith(("utf-16", "utf-32", "shift", "gb", "big5", "cp9"))


def _narrowed(path: Path, data: bytes | mmap.mmap, start: int, encoding: str) -> bytes:
    try:
        return data[start:].decode(encoding).encode("utf-8")
    except UnicodeDecodeError as error:
        raise TableError(f"{path}: not {encoding} text: {error.reason}") from error


def _first_bad(data: bytes | mmap.mmap, encoding: str) -> str | None:
    """Return the first byte that is no text in this encoding, in words."""
    decoder = codecs.getincrementaldecoder(encoding)()
    for start in range(0, len(data), _CHUNK):
        chunk = data[start : start + _CHUNK]
        if chunk.isascii() and not decoder.getstate()[0]:
            continue  # much faster than decoding
        held = len(decoder.getstate()[0])
        try:
            decoder.decode(chunk, final=start + _CHUNK >= len(data))
        except UnicodeDecodeError as error:
            return f"byte 0x{error.object[error.start]:02x} at {start - held + error.start}"
    return None


def _other_kind(data: bytes | mmap.mmap) -> str | None:
    """Return what a file that is no text is; None if that is unknown."""
    kind = contents.content_kind(data[: 1 << 20])
    return None if kind in (None, contents.TEXT) else f"{kind}, not a table"
