"""Writing a large file: hashed by another thread meanwhile, and on its way to the disk before all of it is there."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import BinaryIO

from pictureday.blobs.store import Chunk
from pictureday.disk import begin_sync, troubles

__all__ = ["write_hashed"]

_LARGE = 200_000  # bytes; waking a thread costs as much as hashing a tenth of it
_STRETCH = 16_000_000  # bytes that the disk is told to begin with


def write_hashed(file: BinaryIO, chunks: Iterable[Chunk], what: str) -> tuple[str, int]:
    """Write `chunks` and give their SHA-256 (lower-case hex) and their length.

    `what` names the disk in the `Outage` that a failed write becomes; what `chunks` raises passes.
    """
    digest, size, begun = hashlib.sha256(), 0, 0
    with ThreadPoolExecutor(1, thread_name_prefix="hash") as other:
        for chunk in chunks:
            hashed = other.submit(digest.update, chunk) if len(chunk) >= _LARGE else None
            try:
                with troubles(what, making=True):
                    file.write(chunk)
            finally:
                hashed.result() if hashed else digest.update(chunk)  # the chunk may be another one next
            size += len(chunk)
            if size - begun >= _STRETCH:
                begin_sync(file.fileno(), begun, size - begun)
                begun = size
    return digest.hexdigest(), size
