"""Fetching one object: is it there, is it new, does it look whole, and its bytes. Many at a time, each on a thread."""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, BinaryIO, cast

from ingest.bucket.hints import Hint, overtaken, same
from ingest.placing import kind_of
from ingest.settle import Look, Sight, may_be_taken
from ingest.size import files_in
from ingest.whole import look_of
from pictureday.blobs import Blobs
from pictureday.bucketurl import BucketUrl
from pictureday.catalogue.objects import Taken
from pictureday.config import Ingest
from pictureday.disk import troubles
from pictureday.errors import Outage
from pictureday.s3 import Bucket, Got, ObjectDenied, ObjectGone, Print

__all__ = ["Fetched", "Fetcher", "Job", "Outcome", "pieces_of"]

_IN_MEMORY = 256 * 1024  # bytes; a photo has a tenth of it, and what is larger waits on disk


class Outcome(Enum):
    """What became of a hint."""

    NEW = "new"  # its bytes are here
    KNOWN = "known"  # this very object was taken, or a later one under its key
    GONE = "gone"  # nothing is there
    CUT = "cut"  # it starts like a photo or a zip, and does not end like one
    DENIED = "denied"  # we may not read it, or can't
    AGAIN = "again"  # the bucket is away


@dataclass(frozen=True, kw_only=True)
class Job:
    """A hint whose drop is on record (`row`), and what was taken under its path before."""

    hint: Hint
    row: dict[str, Any]
    taken: Sequence[Taken]


@dataclass(frozen=True, kw_only=True)
class Fetched:
    """What became of a job. A new object's bytes are in `body`, or, of an archive, already in the blob `sha256`."""

    job: Job
    outcome: Outcome
    print: Print | None = None
    body: BinaryIO | None = None
    sha256: str = ""
    files: int = 1  # that it counts as
    trouble: str = ""

    @property
    def sight(self) -> Sight:
        """The object as settling and telling know it."""
        size, modified = (self.print.size, self.print.modified) if self.print else (0, 0)
        return Sight(path=self.job.hint.path, size=size, mtime_ns=modified * 1_000_000_000)


class Fetcher:
    """Fetches objects of one bucket. Archives go straight into a blob: they are too large to be held."""

    def __init__(self, bucket: Bucket, place: BucketUrl, blobs: Blobs, limits: Ingest) -> None:
        self._bucket = bucket
        self._place = place
        self._blobs = blobs
        # A little more than may come in: what is just too big gets its verdict like any other file.
        self._most = {"archive": 2 * limits.archive_bytes, "other": 2 * limits.file_bytes}
        self._entries = limits.archive_entries
        self._stop = threading.Event()

    def stop(self) -> None:
        """Break off what is being fetched: it was not taken."""
        self._stop.set()

    def fetch(self, job: Job) -> Fetched:
        """Fetch what a hint tells of. Raises `Outage`."""
        hint = job.hint
        try:
            got = self._bucket.get(self._place.key(hint.vendor, "inbox", hint.path), version=hint.version)
        except ObjectGone:
            return Fetched(job=job, outcome=Outcome.GONE)
        except ObjectDenied as denied:
            return Fetched(job=job, outcome=Outcome.DENIED, trouble=str(denied))
        try:
            return self._judged(job, got)
        finally:
            got.close()

    def _judged(self, job: Job, got: Got) -> Fetched:
        if same(got.print, job.taken) or overtaken(got.print, job.hint, job.taken) or self._is_passed_over(got, job):
            return Fetched(job=job, outcome=Outcome.KNOWN, print=got.print)
        is_archive = job.row["kind"] == "archive"
        if got.print.size > self._most["archive" if is_archive else "other"]:
            trouble = f"It has {got.print.size:,} bytes, far more than any file may have."
            return Fetched(job=job, outcome=Outcome.DENIED, print=got.print, trouble=trouble)
        return self._archive(job, got) if is_archive else self._file(job, got)

    def _is_passed_over(self, got: Got, job: Job) -> bool:
        # Two versions of the same second, told in any order: only the one that is there now can be the newer.
        tied = job.hint.version and not job.hint.sequencer
        if not (tied and any(one.modified == got.print.modified for one in job.taken)):
            return False
        try:
            return same(self._bucket.head(self._place.key(job.hint.vendor, "inbox", job.hint.path)), job.taken)
        except (ObjectGone, ObjectDenied):
            return False

    def _file(self, job: Job, got: Got) -> Fetched:
        body = cast("BinaryIO", tempfile.SpooledTemporaryFile(_IN_MEMORY))  # noqa: SIM115 - whoever enters it closes it
        try:
            for piece in self._pieces(got):
                with troubles(f"The folder for temporary files {tempfile.gettempdir()}", making=True):
                    body.write(piece)
            look = look_of(body)
        except BaseException:
            body.close()
            raise
        if self._waits(job, look):
            body.close()
            return Fetched(job=job, outcome=Outcome.CUT, print=got.print)
        return Fetched(job=job, outcome=Outcome.NEW, print=got.print, body=body)

    def _archive(self, job: Job, got: Got) -> Fetched:
        with self._blobs.batch() as batch:
            stored = batch.put(self._pieces(got))
        with self._blobs.open(stored.sha256) as stream:
            look, files = look_of(stream), files_in(stream, self._entries)
        outcome = Outcome.CUT if self._waits(job, look) else Outcome.NEW
        return Fetched(job=job, outcome=outcome, print=got.print, sha256=stored.sha256, files=files)

    def _pieces(self, got: Got) -> Iterator[bytes]:
        for piece in got.pieces():
            if self._stop.is_set():
                raise Outage("This ingester ends.", fix="The next one takes it.")
            yield piece

    def _waits(self, job: Job, look: Look) -> bool:
        return not job.hint.last and not may_be_taken(kind_of(job.hint.path), look)


def pieces_of(body: BinaryIO) -> Iterator[bytes]:
    """The bytes of a fetched file, from its start."""
    body.seek(0)
    while piece := body.read(1 << 16):
        yield piece
