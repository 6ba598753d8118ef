"""The local headers: each entry's own copy of what the directory says, which must say the same.

A tool that unpacks while it reads believes these; whoever makes the two differ shows different people
different photos.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO

from ingest.archive.findings import Refusal
from ingest.archive.places import read_at, read_up_to
from ingest.archive.record import SLACK, Extent, Record, is_sealed
from ingest.archive.structures import DESCRIPTOR, LOCAL, MAX32, Local, extra_fields, widened
from pictureday.reasons import Finding

__all__ = ["AGREEMENTS", "Header", "extent"]

_HEADER_LENGTH = 30
_STREAMED = 0x0008
_UTF8 = 0x0800
# Tools fill these differently on both sides, and nothing hangs on them: how hard deflate tried, and
# whether sizes follow the data (we look ourselves).
_LOOSE_FLAGS = 0x0006 | _STREAMED


@dataclass(frozen=True, kw_only=True, slots=True)
class Header:
    """A local header with its zip64 sizes put in. `data` is where the entry's bytes start."""

    raw_name: bytes
    flags: int
    method: int
    crc: int
    packed: int
    size: int
    extras: frozenset[int]
    data: int

    @property
    def streamed(self) -> bool:
        """Whether sizes and CRC were not known yet and follow the data."""
        return bool(self.flags & _STREAMED)


def extent(source: BinaryIO, record: Record, ceiling: int) -> Extent:
    """Where the bytes of `record` are, its local header having agreed; raises `Refusal` with what does not.

    `ceiling` is where the directory starts: no entry reaches past it.
    """
    header = _header(source, record, ceiling)
    if is_sealed(header.flags, header.extras):
        raise Refusal(Finding(code="archive_encrypted"))
    for fault, agree in AGREEMENTS:
        if not agree(record, header):
            raise _mismatch(record, fault)
    after = header.data + record.packed
    if after > ceiling + SLACK:
        raise Refusal(record.finding("archive_overlap"))
    return Extent(record=record, start=record.offset, data=header.data, end=after + _behind(source, record, header))


def same_name(record: Record, header: Header) -> bool:
    """The same bytes; some Windows tools turn the slashes in one place only."""
    return header.raw_name.replace(b"\\", b"/") == record.raw_name.replace(b"\\", b"/")


def same_flags(record: Record, header: Header) -> bool:
    """The same flags, but for the loose ones; what encoding a plain ASCII name claims does not matter."""
    loose = _LOOSE_FLAGS | (_UTF8 if record.raw_name.isascii() else 0)
    return not (record.flags ^ header.flags) & ~loose


def same_method(record: Record, header: Header) -> bool:
    """The same compression."""
    return record.method == header.method


def same_sizes(record: Record, header: Header) -> bool:
    """The same sizes, or none yet in a streamed one."""
    unknown = (0, MAX32) if header.streamed else ()
    return header.packed in (record.packed, *unknown) and header.size in (record.size, *unknown)


def same_crc(record: Record, header: Header) -> bool:
    """The same CRC, or none yet in a streamed one."""
    return header.crc == record.crc or (header.streamed and header.crc == 0)


AGREEMENTS: tuple[tuple[str, Callable[[Record, Header], bool]], ...] = (
    ("it has two different names", same_name),
    ("its flags differ in two places", same_flags),
    ("its compression differs in two places", same_method),
    ("its size differs in two places", same_sizes),
    ("its checksum differs in two places", same_crc),
)


def _header(source: BinaryIO, record: Record, ceiling: int) -> Header:
    if record.offset + _HEADER_LENGTH > ceiling:
        raise _mismatch(record, "its place is outside of the archive")
    fixed = Local.read(read_at(source, record.offset, _HEADER_LENGTH))
    if fixed.signature != LOCAL:
        raise _mismatch(record, "there is no entry at its place")
    rest = read_at(source, record.offset + _HEADER_LENGTH, fixed.name_length + fixed.extra_length)
    fields = extra_fields(rest[fixed.name_length :])
    size, packed = widened(fields, fixed.size, fixed.packed)
    return Header(
        raw_name=rest[: fixed.name_length],
        flags=fixed.flags,
        method=fixed.method,
        crc=fixed.crc,
        packed=packed,
        size=size,
        extras=frozenset(fields),
        data=record.offset + _HEADER_LENGTH + len(rest),
    )


def _behind(source: BinaryIO, record: Record, header: Header) -> int:
    """How many bytes the data descriptor takes; a header that knew everything may go without."""
    if not header.streamed:
        return 0
    found = read_up_to(source, header.data + record.packed, 24)
    for descriptor in _descriptors(record):
        if found.startswith(descriptor):
            return len(descriptor)
    if (header.crc, header.packed, header.size) == (record.crc, record.packed, record.size):
        return 0
    raise _mismatch(record, "the sizes behind its data are wrong")


def _descriptors(record: Record) -> tuple[bytes, ...]:
    """The four ways to write a data descriptor: sizes of 8 or 4 bytes, with a signature or without."""
    wide = struct.pack("<LQQ", record.crc, record.packed, record.size)
    narrow = struct.pack("<LLL", record.crc, record.packed & MAX32, record.size & MAX32)
    return DESCRIPTOR + wide, wide, DESCRIPTOR + narrow, narrow


def _mismatch(record: Record, fault: str) -> Refusal:
    return Refusal(record.finding("archive_mismatch", fault=fault))
