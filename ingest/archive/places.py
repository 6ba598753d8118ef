"""Bytes at a place in the archive. A source may give fewer bytes than asked, or have shrunk meanwhile."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import BinaryIO

from ingest.archive.findings import Refusal
from pictureday.reasons import Finding

__all__ = ["CHUNK", "blocks", "read_at", "read_up_to", "size_of"]

CHUNK = 65_536  # bytes read or unpacked at a time


def size_of(source: BinaryIO) -> int:
    """How many bytes `source` has."""
    return source.seek(0, os.SEEK_END)


def read_up_to(source: BinaryIO, at: int, count: int) -> bytes:
    """`count` bytes from `at`; fewer only where the file ends."""
    source.seek(at)
    parts: list[bytes] = []
    while count and (part := source.read(count)):
        parts.append(part)
        count -= len(part)
    return b"".join(parts)


def read_at(source: BinaryIO, at: int, count: int) -> bytes:
    """Exactly `count` bytes from `at`, or a `Refusal` (`archive_truncated`)."""
    data = read_up_to(source, at, count)
    if len(data) < count:
        raise Refusal(Finding(code="archive_truncated"))
    return data


def blocks(source: BinaryIO, at: int, count: int) -> Iterator[bytes]:
    """`count` bytes from `at` in pieces of at most `CHUNK`; the source may be moved in between."""
    for start in range(at, at + count, CHUNK):
        yield read_at(source, start, min(CHUNK, at + count - start))
