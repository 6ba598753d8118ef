"""An entry's bytes, unpacked piece by piece and checked on the way against all that was said of them."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import BinaryIO

from ingest.archive.findings import Refusal
from ingest.archive.places import CHUNK, blocks
from ingest.archive.record import SLACK, Extent, Record

__all__ = ["unpacked"]


def unpacked(source: BinaryIO, extent: Extent) -> Iterator[bytes]:
    """The bytes in pieces of at most `CHUNK`, never more than declared.

    Raises `Refusal` at the first piece too many, or after the last one when length or CRC is wrong: so
    nothing is to be believed before the end was reached.
    """
    record, seen, crc = extent.record, 0, 0
    for piece in _pieces(source, extent):
        seen += len(piece)
        if seen > record.size:
            raise _mismatch(record, f"it unpacks to more than the {record.size:,} bytes it declares")
        crc = zlib.crc32(piece, crc)
        yield piece
    if seen != record.size:
        raise _mismatch(record, f"it unpacks to {seen:,} bytes, not the {record.size:,} it declares")
    if crc != record.crc:
        raise Refusal(record.finding("archive_bad_crc"))


def _pieces(source: BinaryIO, extent: Extent) -> Iterator[bytes]:
    packed = blocks(source, extent.data, extent.record.packed)
    return packed if extent.is_plain else _inflated(packed, extent.record)


def _inflated(packed: Iterator[bytes], record: Record) -> Iterator[bytes]:
    machine, fed = zlib.decompressobj(-zlib.MAX_WBITS), 0
    try:
        for block in packed:
            fed += len(block)
            yield from _turned(machine, block)
            if machine.eof:
                break
    except zlib.error:
        raise Refusal(record.finding("archive_bad_crc")) from None
    if not machine.eof:
        raise Refusal(record.finding("archive_bad_crc"))
    if record.packed - fed + len(machine.unused_data) > SLACK:
        raise _mismatch(record, "its packed size is wrong")


def _turned(machine: zlib._Decompress, block: bytes) -> Iterator[bytes]:
    piece = machine.decompress(block, CHUNK)
    while piece:
        yield piece
        # Output can be left inside even when all input is taken: ask until nothing comes.
        piece = b"" if machine.eof else machine.decompress(machine.unconsumed_tail, CHUNK)


def _mismatch(record: Record, fault: str) -> Refusal:
    return Refusal(record.finding("archive_mismatch", fault=fault))
