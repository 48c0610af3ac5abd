"""What a file is by its first bytes, for messages about files of the wrong kind."""

from __future__ import annotations

import codecs
import json
import os
import stat
from contextlib import suppress
from os import PathLike
from typing import Any

EMPTY = "an empty file"
MODEL = "a fusedmlp model"
SAFETENSORS = "a safetensors file of another program"
TORCH = "a PyTorch file"
EXCEL = "an Excel file"
PICKLE = "a pickle"
GZIP = "a gzip file"
TEXT = "a text file"
UTF16 = "a text file in UTF-16"
UTF32 = "a text file in UTF-32"
KERAS = "a Keras file"
NUMPY = "a NumPy file"
HDF5 = "an HDF5 file"

_BEGINNINGS = (
    (b"\x1f\x8b", GZIP),
    (b"\xd0\xcf\x11\xe0", EXCEL),
    (b"\x89HDF\r\n\x1a\n", HDF5),
    (b"\x93NUMPY", NUMPY),
    (b"PAR1", "a Parquet file"),
    (b"\x89PNG", "a picture"),
    (b"%PDF", "a PDF file"),
)
_IN_ZIP = ((b"data.pkl", TORCH), (b"xl/", EXCEL), (b".npy", NUMPY), (b"config.json", KERAS))
_HEAD = 1 << 20


def content_kind(content: bytes) -> str | None:
    """Return what a file with this beginning is, such as "a pickle", or None if that is unknown."""
    head = content[:_HEAD]
    if not head:
        return EMPTY
    if head[8:9] == b"{" and int.from_bytes(head[:8], "little") < 1 << 40:
        return MODEL if b'"fusedmlp"' in head else SAFETENSORS
    if head[:4] == b"PK\x03\x04":
        names = head[:4096]
        found = (kind for name, kind in _IN_ZIP if name in names)
        return next(found, EXCEL if b"[Content_Types].xml" in names else "a zip archive")
    if head[:1] == b"\x80" and head[1:2] in (b"\2", b"\3", b"\4", b"\5"):
        return PICKLE
    encoding = wide_encoding(head)
    if encoding is not None:
        return UTF32 if "32" in encoding else UTF16
    if b"\0" not in head:
        with suppress(UnicodeDecodeError):
            # Incremental, because the head may end inside a character.
            codecs.getincrementaldecoder("utf-8")().decode(head)
            return TEXT
    return next((kind for begin, kind in _BEGINNINGS if head.startswith(begin)), None)


def file_kind(path: str | PathLike[str]) -> str | None:
    """Return what a file is, or None if that is unknown or it is no plain file that can be read."""
    try:
        if not stat.S_ISREG(os.stat(path).st_mode):
            return None  # what is read from a pipe is gone
        with open(path, "rb") as file:
            return content_kind(file.read(_HEAD))
    except OSError:
        return None


def wide_encoding(content: bytes) -> str | None:
    """Return iconv's name of the encoding if `content` is text of two or four bytes a character."""
    if content.startswith((b"\xff\xfe\0\0", b"\0\0\xfe\xff")):
        return "utf-32"
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    # Without a byte order mark: every other byte of most European text and of digits is 0.
    pairs = content[:4096]
    half = len(pairs) // 2
    low, high = pairs[: 2 * half : 2].count(0), pairs[1 : 2 * half : 2].count(0)
    if half >= 2 and max(low, high) > 0.6 * half and min(low, high) == 0:
        return "utf-16be" if low else "utf-16le"
    return None


def safetensors_header(content: bytes) -> dict[str, Any] | None:
    """Return the header of a safetensors file, tensors by name, or None if it is damaged."""
    length = int.from_bytes(content[:8], "little")
    try:
        header = json.loads(content[8 : 8 + length])
    except (ValueError, RecursionError):
        return None
    return header if isinstance(header, dict) else None
