"""What every blob store can do, and how it fails."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import BinaryIO, Protocol

from pictureday.errors import PictureDayError

__all__ = ["Batch", "BlobDamaged", "BlobMissing", "Blobs", "Chunk", "Stored"]

Chunk = bytes | memoryview


class BlobMissing(PictureDayError):
    """The store has no such blob."""


class BlobDamaged(PictureDayError):
    """The store has the blob, but its bytes no longer have its hash."""


@dataclass(frozen=True, kw_only=True)
class Stored:
    """Bytes that were put: their hash (lower-case hex), their size, and the `Part` that they are ('': a blob)."""

    sha256: str
    size: int
    place: str = ""


class Batch(Protocol):
    """Puts that become durable together, when the batch's `with` block ends without an exception."""

    def put(self, chunks: Iterable[Chunk]) -> Stored:
        """Write the bytes as a blob, hashing them on the way. Raises `Outage` where there is no room.

        A chunk may be overwritten once the next one is asked for.
        """

    def add(self, data: Chunk) -> Stored:
        """Write a few bytes, as a blob or as a part of one that the batch shares. Raises `Outage`, and then ends it."""


class Blobs(Protocol):
    """A content-addressed store of bytes."""

    def batch(self) -> AbstractContextManager[Batch]:
        """A group of puts that pay for durability once."""

    def read(self, sha256: str, place: str = "") -> bytes:
        """The bytes, checked against their hash; raises `BlobMissing`, `BlobDamaged` or `Outage`."""

    def read_all(self, wanted: Mapping[str, str]) -> dict[str, bytes | BlobMissing | BlobDamaged]:
        """The bytes of each hash in `wanted`, which says their places, checked, or what is wrong with them.

        Side by side where the store is far away. Raises `Outage`.
        """

    def open(self, sha256: str) -> BinaryIO:
        """The blob as a seekable stream, not checked as a whole; for archives. The caller closes it."""
