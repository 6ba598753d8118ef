"""Blobs: the delivered bytes and the renditions, known by their SHA-256.

In: bytes. Out: their SHA-256, where they lie if that is within another blob, and later the same bytes or a
clear error. Guaranteed: what a batch put is on disk when the batch ends; what `read` returns has the hash it
was asked for.
"""

from __future__ import annotations

from pathlib import Path

from pictureday.blobs.folder import FolderBlobs
from pictureday.blobs.part import Part
from pictureday.blobs.store import Batch, BlobDamaged, BlobMissing, Blobs, Chunk, Stored
from pictureday.bucketurl import BucketUrl

__all__ = ["Batch", "BlobDamaged", "BlobMissing", "Blobs", "Chunk", "Part", "Stored", "connect"]


def connect(url: str) -> Blobs:
    """The blobs behind `blobs.url` (`file:…` or `s3://…`)."""
    if url.startswith("s3:"):
        from pictureday.blobs.bucket import BucketBlobs

        return BucketBlobs(BucketUrl.parse(url))
    return FolderBlobs(Path(url.removeprefix("file:")))
