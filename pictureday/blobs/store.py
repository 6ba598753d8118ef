"""What every blob store can do, and how it fails."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import BinaryIO, Protocol

from pictureday.errors import PictureDayError

__all__ = ["Batch", "BlobDamaged", "BlobMissing", "Blobs", "Stored"]


class BlobMissing(PictureDayError):
    """The store has no such blob."""


class BlobDamaged(PictureDayError):
    """The store has the blob, but its bytes no longer have its hash."""


@dataclass(frozen=True, kw_only=True)
class Stored:
    """A blob that was put: its hash (lower-case hex) and its size in bytes."""

    sha256: str
    size: int


class Batch(Protocol):
    """Puts that become durable together, when the batch's `with` block ends without an exception."""

    def put(self, chunks: Iterable[bytes]) -> Stored:
        """Write the bytes, hashing them on the way. Raises `Outage` where there is no room."""


class Blobs(Protocol):
    """A content-addressed store of bytes."""

    def batch(self) -> AbstractContextManager[Batch]:
        """A group of puts that pay for durability once."""

    def read(self, sha256: str) -> bytes:
        """The bytes, checked against their hash; raises `BlobMissing`, `BlobDamaged` or `Outage`."""

    def read_all(self, hashes: Sequence[str]) -> dict[str, bytes | BlobMissing | BlobDamaged]:
        """The bytes of each, checked, or what is wrong with it; side by side where the store is far away.

        Raises `Outage`.
        """

    def open(self, sha256: str) -> BinaryIO:
        """The blob as a seekable stream, not checked as a whole; for archives. The caller closes it."""
