"""The byte layouts of a zip (PKWARE APPNOTE 6.3, sections 4.3 to 4.5). Little-endian, nothing is judged here."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from typing import NamedTuple, Self

__all__ = [
    "CENTRAL",
    "DESCRIPTOR",
    "END",
    "END64",
    "LOCAL",
    "LOCATOR",
    "MAX16",
    "MAX32",
    "Central",
    "End",
    "End64",
    "Local",
    "Locator",
    "extra_fields",
    "widened",
]

LOCAL = b"PK\x03\x04"
CENTRAL = b"PK\x01\x02"
END = b"PK\x05\x06"
END64 = b"PK\x06\x06"
LOCATOR = b"PK\x06\x07"
DESCRIPTOR = b"PK\x07\x08"

# A field that holds its greatest value says: the real one is in the zip64 part.
MAX16 = 0xFFFF
MAX32 = 0xFFFF_FFFF

_ZIP64 = 0x0001
_LOCAL = struct.Struct("<4s5H3L2H")
_CENTRAL = struct.Struct("<4s6H3L5H2L")
_END = struct.Struct("<4s4H2LH")
_END64 = struct.Struct("<4sQ2H2L4Q")
_LOCATOR = struct.Struct("<4sLQL")


class Local(NamedTuple):
    """The header in front of an entry's data; 30 bytes, then name and extra."""

    signature: bytes
    needed: int
    flags: int
    method: int
    time: int
    date: int
    crc: int
    packed: int
    size: int
    name_length: int
    extra_length: int

    @classmethod
    def read(cls, data: bytes) -> Self:
        """Decode the first 30 bytes of `data`."""
        return cls._make(_LOCAL.unpack_from(data))


class Central(NamedTuple):
    """One record of the directory; 46 bytes, then name, extra and comment."""

    signature: bytes
    made_by: int
    needed: int
    flags: int
    method: int
    time: int
    date: int
    crc: int
    packed: int
    size: int
    name_length: int
    extra_length: int
    comment_length: int
    disk: int
    internal: int
    attributes: int
    offset: int

    @classmethod
    def read(cls, data: bytes, at: int) -> Self:
        """Decode the record that starts at `at`."""
        return cls._make(_CENTRAL.unpack_from(data, at))


class End(NamedTuple):
    """The end-of-central-directory record; 22 bytes, then the comment."""

    signature: bytes
    disk: int
    directory_disk: int
    here: int
    total: int
    size: int
    directory: int
    comment_length: int

    @classmethod
    def read(cls, data: bytes, at: int) -> Self:
        """Decode the record that starts at `at`."""
        return cls._make(_END.unpack_from(data, at))


class End64(NamedTuple):
    """The zip64 end record; 56 bytes. `length` counts what follows its first 12 bytes."""

    signature: bytes
    length: int
    made_by: int
    needed: int
    disk: int
    directory_disk: int
    here: int
    total: int
    size: int
    directory: int

    @classmethod
    def read(cls, data: bytes) -> Self:
        """Decode the first 56 bytes of `data`."""
        return cls._make(_END64.unpack_from(data))


class Locator(NamedTuple):
    """Where the zip64 end record is; the 20 bytes in front of the end record."""

    signature: bytes
    disk: int
    at: int
    disks: int

    @classmethod
    def read(cls, data: bytes) -> Self:
        """Decode the first 20 bytes of `data`."""
        return cls._make(_LOCATOR.unpack_from(data))


def extra_fields(extra: bytes) -> dict[int, bytes]:
    """The extra fields by id, the first of each. A ragged tail is left out: zip aligners pad with zeros."""
    fields: dict[int, bytes] = {}
    at = 0
    while at + 4 <= len(extra):
        number, length = struct.unpack_from("<2H", extra, at)
        fields.setdefault(number, extra[at + 4 : at + 4 + length])
        at += 4 + length
    return fields


def widened(fields: Mapping[int, bytes], *values: int) -> tuple[int, ...]:
    """`values` with each greatest one replaced by the next 8 bytes of the zip64 field, as far as it goes."""
    wide = fields.get(_ZIP64, b"")
    real: list[int] = []
    for value in values:
        hidden = value == MAX32 and len(wide) >= 8
        real.append(int.from_bytes(wide[:8], "little") if hidden else value)
        wide = wide[8:] if hidden else wide
    return tuple(real)
