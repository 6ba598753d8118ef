"""A bus and blobs that nobody uses, where something has to be handed over."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import BinaryIO

from pictureday.blobs import Batch, BlobDamaged, BlobMissing
from pictureday.bus import Consumer
from pictureday.messages import Queue

__all__ = ["NoBlobs", "NoBus"]


class NoBlobs:
    """Blobs that are never touched."""

    def batch(self) -> AbstractContextManager[Batch]:
        """Never called."""
        raise NotImplementedError

    def read(self, sha256: str, place: str = "") -> bytes:
        """Never called."""
        raise NotImplementedError

    def read_all(self, wanted: Mapping[str, str]) -> dict[str, bytes | BlobMissing | BlobDamaged]:
        """Never called."""
        raise NotImplementedError

    def open(self, sha256: str) -> BinaryIO:
        """Never called."""
        raise NotImplementedError


class NoBus:
    """A bus that is never started."""

    has_feed = False

    def start(self) -> None:
        """Nothing."""

    def close(self) -> None:
        """Nothing."""

    def consumer(self, queue: Queue) -> Consumer:
        """Never called."""
        raise NotImplementedError

    def wake(self, queue: Queue) -> None:
        """Nothing."""

    def drain(self, queue: Queue) -> int:
        """Never called."""
        raise NotImplementedError

    def healthy(self) -> bool:
        """Never called."""
        raise NotImplementedError

    def why_not(self) -> str:
        """Never called."""
        raise NotImplementedError
