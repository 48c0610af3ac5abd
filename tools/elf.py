"""Reads what matters of an ELF library: what it needs, what it exports, what was left in it.

The standard library alone, little-endian 64-bit files: x86-64 and aarch64.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field

_DYNAMIC, _DYNSYM, _VERNEED = 6, 11, 0x6FFFFFFE  # types of sections
_NEEDED, _RPATH, _RUNPATH = 1, 15, 29  # tags of the dynamic section
_GLOBAL, _WEAK, _UNIQUE = 1, 2, 10  # bindings of symbols


@dataclass
class Library:
    """One shared library.

    Attributes
    ----------
    needed : list of str
        Libraries that the loader fetches with it.
    exported : list of str
        Names that other libraries can link to.
    versions : list of str
        Versions asked of other libraries, as GLIBC_2.17.
    search_paths : list of str
        Where it looks for what it needs before the system does.
    sections : list of str
        Names of its sections.
    """

    needed: list[str] = field(default_factory=list)
    exported: list[str] = field(default_factory=list)
    versions: list[str] = field(default_factory=list)
    search_paths: list[str] = field(default_factory=list)
    sections: list[str] = field(default_factory=list)


def is_elf(data: bytes) -> bool:
    """Return whether the bytes begin like an ELF file that :func:`read` can read."""
    return data[:6] == b"\x7fELF\x02\x01"


def read(data: bytes) -> Library:
    """Return what the ELF file says of itself; ValueError if it is not one."""
    if not is_elf(data):
        raise ValueError("no 64-bit little-endian ELF file")
    (table,) = struct.unpack_from("<Q", data, 0x28)
    size, count, of_names = struct.unpack_from("<3H", data, 0x3A)
    headers = [struct.unpack_from("<IIQQQQIIQQ", data, table + size * i) for i in range(count)]

    def text(section: int, offset: int) -> str:
        start = headers[section][4] + offset
        return data[start : data.index(b"\0", start)].decode()

    library = Library(sections=[text(of_names, header[0]) for header in headers])
    for _, kind, _, _, offset, length, link, info, _, entry in headers:
        if kind == _DYNAMIC:
            for tag, value in struct.iter_unpack("<QQ", data[offset : offset + length]):
                if tag == _NEEDED:
                    library.needed.append(text(link, value))
                elif tag in (_RPATH, _RUNPATH):
                    library.search_paths += text(link, value).split(":")
        elif kind == _DYNSYM:
            for at in range(offset, offset + length, entry):
                name, flags, _, section = struct.unpack_from("<IBBH", data, at)
                if section and flags >> 4 in (_GLOBAL, _WEAK, _UNIQUE):
                    library.exported.append(text(link, name))
        elif kind == _VERNEED:
            for _ in range(info):
                _, parts, _, first, following = struct.unpack_from("<HHIII", data, offset)
                at = offset + first
                for _ in range(parts):
                    _, _, _, name, after = struct.unpack_from("<IHHII", data, at)
                    library.versions.append(text(link, name))
                    at += after
                offset += following
    return library
