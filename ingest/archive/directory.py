"""The directory of an archive: its bytes into records. Stops at the first thing that can't be a record."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from ingest.archive import names
from ingest.archive.ending import Ending
from ingest.archive.findings import Refusal, unreadable
from ingest.archive.places import read_at
from ingest.archive.record import Record
from ingest.archive.structures import CENTRAL, MAX16, Central, extra_fields, widened
from pictureday.reasons import Finding

__all__ = ["read"]

_RECORD_LENGTH = 46
_LONGEST_NAME = 4096  # bytes, as long as a path can be on Linux
# 20,000 records with the longest file names and the usual extras are below 20 MB.
_LARGEST = 64_000_000


def read(source: BinaryIO, ending: Ending, most: int) -> list[Record]:
    """All records, at most `most` of them; raises `Refusal`. Counts are refused before anything is read."""
    if ending.count > most:
        raise _too_many(ending.count, most)
    if ending.size > _LARGEST:
        raise unreadable("its directory is far too large")
    records: list[Record] = []
    for record in _records(read_at(source, ending.directory, ending.size)):
        records.append(record)
        if len(records) > most:
            raise _too_many(len(records), most)
    return records


def _records(data: bytes) -> Iterator[Record]:
    at, number = 0, 1
    while at < len(data):
        if not data.startswith(CENTRAL, at) or at + _RECORD_LENGTH > len(data):
            raise unreadable(f"its directory is damaged at entry {number:,}")
        fixed = Central.read(data, at)
        after = at + _RECORD_LENGTH + fixed.name_length + fixed.extra_length + fixed.comment_length
        if after > len(data) or fixed.name_length > _LONGEST_NAME:
            raise unreadable(f"its directory is damaged at entry {number:,}")
        yield _record(number, fixed, data[at + _RECORD_LENGTH : after])
        at, number = after, number + 1


def _record(number: int, fixed: Central, rest: bytes) -> Record:
    raw = rest[: fixed.name_length]
    fields = extra_fields(rest[fixed.name_length : fixed.name_length + fixed.extra_length])
    size, packed, offset = widened(fields, fixed.size, fixed.packed, fixed.offset)
    return Record(
        number=number,
        raw_name=raw,
        path=names.text(raw, fixed.flags),
        system=fixed.made_by >> 8,
        flags=fixed.flags,
        method=fixed.method,
        crc=fixed.crc,
        packed=packed,
        size=size,
        # A greatest value points to the zip64 field, which only a split archive fills with more than 0.
        disk=0 if fixed.disk == MAX16 else fixed.disk,
        attributes=fixed.attributes,
        offset=offset,
        extras=frozenset(fields),
    )


def _too_many(found: int, most: int) -> Refusal:
    return Refusal(Finding(code="archive_too_many", facts={"found": found, "most": most}))
