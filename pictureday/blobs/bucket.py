"""Blobs in a bucket: `<prefix>/ab/cdef…`, each written once, and checked on the way in and out.

A batch is sent when it ends, many objects at a time: one by one, the way to S3 would take longer than all else.
"""

from __future__ import annotations

import hashlib
import tempfile
import threading
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from typing import BinaryIO, cast

from pictureday.blobs.part import Part, content
from pictureday.blobs.store import Batch, BlobDamaged, BlobMissing, Chunk, Stored
from pictureday.bucketurl import BucketUrl
from pictureday.disk import troubles
from pictureday.errors import Outage, PictureDayError
from pictureday.s3 import Bucket, ObjectChanged, ObjectGone, opened_by_range

__all__ = ["BucketBlobs"]

_THREADS = 32  # requests at once of one process; a photo is small, so the way there and back is what takes time
_IN_MEMORY = 256 * 1024  # bytes of one blob; a photo has a tenth of it, and what is larger waits on disk
_MARK = ".pictureday"  # what every put leaves behind: without it, this is another bucket or prefix


@dataclass(frozen=True, kw_only=True)
class _Waiting:
    sha256: str
    size: int
    body: BinaryIO


class BucketBlobs:
    """The blobs below a place in a bucket. Its requests share one pool of threads."""

    def __init__(self, place: BucketUrl) -> None:
        self._place = place
        self._bucket = Bucket(place)
        self._pool = ThreadPoolExecutor(_THREADS, thread_name_prefix="blobs")
        self._marked = False
        self._lock = threading.Lock()

    @contextmanager
    def batch(self) -> Iterator[Batch]:
        """Puts that are durable when the block ends; nothing of a failed block is ever seen."""
        batch = _BucketBatch()
        try:
            yield batch
            self._send(batch.waiting)
        finally:
            batch.discard()

    def read(self, sha256: str, place: str = "") -> bytes:
        """The bytes of one blob or part, checked."""
        part = Part.parse(place) if place else None
        holder = part.holder if part else sha256
        try:
            data = content(part, partial(self._range, holder)) if part else self._bucket.get(self._key(holder)).read()
        except ObjectGone as error:
            raise self._missing(holder) from error
        if hashlib.sha256(data).hexdigest() != sha256:
            raise BlobDamaged(
                f"The blob {sha256} is damaged in {self._place}.", fix="Restore it, or ask for the photo again."
            )
        return data

    def read_all(self, wanted: Mapping[str, str]) -> dict[str, bytes | BlobMissing | BlobDamaged]:
        """The bytes of many blobs and parts, read side by side."""
        return dict(zip(wanted, self._pool.map(self._answer, wanted, wanted.values()), strict=True))

    def open(self, sha256: str) -> BinaryIO:
        """The blob as a stream that is read block by block."""
        try:
            return opened_by_range(self._bucket, self._key(sha256))
        except ObjectGone as error:
            raise self._missing(sha256) from error

    def _range(self, name: str, at: int, length: int) -> bytes:
        return self._bucket.get(self._key(name), span=(at, at + length - 1)).read() if length else b""

    def _answer(self, sha256: str, place: str) -> bytes | BlobMissing | BlobDamaged:
        try:
            return self.read(sha256, place)
        except (BlobMissing, BlobDamaged) as error:
            return error

    def _send(self, blobs: Iterable[_Waiting]) -> None:
        new = list({blob.sha256: blob for blob in blobs}.values())
        if not new:
            return
        self._mark()
        sent = [self._pool.submit(self._put, blob) for blob in new]
        wait(sent)  # all of them, also where one fails: none may be read from after the batch has ended
        for one in sent:
            one.result()

    def _put(self, blob: _Waiting) -> None:
        blob.body.seek(0)
        with suppress(ObjectChanged):  # it is there already, and so are its bytes: they are its name
            self._bucket.put(self._key(blob.sha256), blob.body, sha256=blob.sha256, size=blob.size, new=True)

    def _mark(self) -> None:
        with self._lock:
            if not self._marked:
                with suppress(ObjectChanged):
                    empty = hashlib.sha256(b"").hexdigest()
                    self._bucket.put(self._place.key(_MARK), b"", sha256=empty, size=0, new=True)
                self._marked = True

    def _missing(self, sha256: str) -> PictureDayError:
        if not self._bucket.is_there(self._place.key(_MARK)):
            return Outage(f"{self._place} holds no blobs of ours.", fix="Check the setting blobs.url.")
        return BlobMissing(f"The blob {sha256} is missing.", fix="Restore it, or ask for the photo again.")

    def _key(self, sha256: str) -> str:
        return self._place.key(sha256[:2], sha256[2:])


class _BucketBatch:
    def __init__(self) -> None:
        self.waiting: list[_Waiting] = []

    def put(self, chunks: Iterable[Chunk]) -> Stored:
        body = cast("BinaryIO", tempfile.SpooledTemporaryFile(_IN_MEMORY))  # noqa: SIM115 - `discard` closes it
        digest, size = hashlib.sha256(), 0
        try:
            for chunk in chunks:
                digest.update(chunk)
                size += len(chunk)
                with troubles(f"The folder for temporary files {tempfile.gettempdir()}", making=True):
                    body.write(chunk)
        except BaseException:
            body.close()
            raise
        self.waiting.append(_Waiting(sha256=digest.hexdigest(), size=size, body=body))
        return Stored(sha256=digest.hexdigest(), size=size)

    def add(self, data: Chunk) -> Stored:
        return self.put([bytes(data)])  # a request each, but many at a time

    def discard(self) -> None:
        """Let go of what was spooled."""
        for blob in self.waiting:
            blob.body.close()
