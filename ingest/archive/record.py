"""One entry of an archive: what the outside sees of it (`Entry`), and all its directory says (`Record`)."""

from __future__ import annotations

import stat
from dataclasses import dataclass
from typing import NamedTuple

from ingest.archive.findings import about
from pictureday.reasons import Finding

__all__ = ["DEFLATE", "SLACK", "STORE", "Entry", "Extent", "Limits", "Record", "is_sealed"]

STORE, DEFLATE = 0, 8
SLACK = 24  # bytes that neighbours may overlap by: real tools do, by as much as a data descriptor (design, section 4)

_DOS_FOLDER = 0x10
_ENTRY_OVERHEAD, _END_OVERHEAD = 1000, 66_000  # bytes
# Bit 0 the old password, bit 6 strong encryption, bit 13 a masked header; 0x9901 AES, 0x0017 strong encryption.
_SEALED_FLAGS = 0x2041
_SEALED_EXTRAS = frozenset({0x9901, 0x0017})


@dataclass(frozen=True, kw_only=True)
class Limits:
    """How much an archive may hold: entries, unpacked bytes of one and of all, unpacked bytes for each packed one."""

    entries: int
    entry_bytes: int
    total_bytes: int
    ratio: int

    @property
    def packed_bytes(self) -> int:
        """Bytes of the zip itself, at most: its photos, and generously what it spends on each and on its end."""
        return self.total_bytes + self.entries * _ENTRY_OVERHEAD + _END_OVERHEAD


class Entry(NamedTuple):
    """One file or folder of an archive. `number` counts from 1 in directory order, `size` is unpacked bytes.

    `path` is text as the archive has it, with `/` between the parts; hostile text, never a path on disk.
    """

    number: int
    path: str
    size: int
    is_folder: bool


class Record(NamedTuple):
    """What the directory says of one entry. `packed` and `size` are bytes, `offset` is where its header should be."""

    number: int
    raw_name: bytes
    path: str
    system: int
    flags: int
    method: int
    crc: int
    packed: int
    size: int
    disk: int
    attributes: int
    offset: int
    extras: frozenset[int]

    @property
    def mode(self) -> int:
        """The Unix mode, 0 where the tool gave none."""
        return self.attributes >> 16

    @property
    def is_folder(self) -> bool:
        """By its name; or, when it is empty, by its attributes."""
        if self.size:
            return self.path.endswith("/")
        return self.path.endswith("/") or stat.S_ISDIR(self.mode) or bool(self.attributes & _DOS_FOLDER)

    def finding(self, code: str, **facts: str | int) -> Finding:
        """A finding about this entry."""
        return about(code, self.path, **facts)

    def entry(self) -> Entry:
        """What the outside sees."""
        return Entry(number=self.number, path=self.path, size=self.size, is_folder=self.is_folder)


class Extent(NamedTuple):
    """The bytes of one entry in the file: header from `start`, data from `data`, all of it before `end`."""

    record: Record
    start: int
    data: int
    end: int

    @property
    def is_plain(self) -> bool:
        """Whether the bytes are there as they are. Some tools call a folder or an empty file deflated."""
        return self.record.method == STORE or self.record.packed == 0


def is_sealed(flags: int, extras: frozenset[int]) -> bool:
    """Whether these flags or extra fields of an entry say that it is encrypted."""
    return bool(flags & _SEALED_FLAGS) or not extras.isdisjoint(_SEALED_EXTRAS)
