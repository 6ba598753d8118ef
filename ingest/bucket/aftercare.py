"""After intake: the object is deleted, moved or tagged, as the inbox's `after` says, if it is still the one we took.

Between our reading and our deleting, the vendor may have put another one under the same key. So it is looked at
first, and deleted only on the condition that its tag is the same; a server that knows no such condition leaves a
moment in between, for which docs/s3.md has the advice. What is to be cared for is on record: nothing is forgotten.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, suppress
from typing import Any

from sqlalchemy import Connection

from pictureday.bucketurl import BucketUrl
from pictureday.catalogue import drops, objects
from pictureday.errors import Outage
from pictureday.log import get_logger
from pictureday.s3 import Bucket, ObjectChanged, ObjectGone, Print

__all__ = ["TAG", "Aftercare"]

_THREADS = 16
_MOST = 500  # at once
_AGAIN = 60.0  # seconds until those that could not be cared for are tried again
_NANOSECONDS = 1_000_000_000
TAG = ("pictureday", "taken")  # what lifecycle rules ask for


class Aftercare:
    """Cares for the objects of one inbox whose drop is committed. Used by one thread."""

    def __init__(
        self,
        inbox: str,
        *,
        bucket: Bucket,
        place: BucketUrl,
        after: str,
        writing: Callable[[], AbstractContextManager[Connection]],
        bell: threading.Event,
    ) -> None:
        self._inbox = inbox
        self._bucket = bucket
        self._place = place
        self._after = after
        self._writing = writing
        self._bell = bell
        self._pool = ThreadPoolExecutor(_THREADS, thread_name_prefix="aftercare")
        self._jobs: dict[Future[int | None], str] = {}
        self._past = 0  # the arrival up to which this round has come
        self._more = False  # something came since this round has begun
        self._again_at = 0.0
        self._failed = False
        self.trouble = ""  # why some could not be cared for, '' while all could

    @property
    def is_idle(self) -> bool:
        """Whether nothing is in hand; what could not be cared for waits for its next round."""
        return not self._jobs and self._again_at > 0.0

    def more(self) -> None:
        """There are new ones."""
        self._again_at, self._more = 0.0, True

    def go(self, now: float) -> None:
        """Note which are cared for, and take on others. Raises `Outage` of the catalogue alone."""
        ended = [future for future in self._jobs if future.done()]
        cared = {self._jobs[future]: future.result() for future in ended if self._went_well(future)}
        if cared:
            with self._writing() as tx:
                drops.removed(tx, list(cared))
                for drop_id, modified in cared.items():
                    if modified is not None:
                        objects.changed(tx, drop_id, modified)
        for future in ended:
            del self._jobs[future]
        if not self._jobs and self._again_at <= now:
            self._take_on(now)

    def close(self) -> None:
        """Finish what is begun; the rest is on record."""
        self._pool.shutdown(cancel_futures=True)

    def _went_well(self, future: Future[int | None]) -> bool:
        error = future.exception()
        if error is None:
            return True
        self._failed, self.trouble = True, str(error)
        if not isinstance(error, Outage):
            get_logger().error("object_not_cared_for", drop_id=self._jobs[future], exc_info=error)
        return False

    def _take_on(self, now: float) -> None:
        if self._past == 0:
            self._more = False
        with self._writing() as tx:
            rows = drops.standing(tx, self._inbox, after=self._past, limit=_MOST)
        for row in rows:
            future = self._pool.submit(self._one, row)
            self._jobs[future] = row["id"]
            future.add_done_callback(lambda _: self._bell.set())
        if len(rows) == _MOST:
            self._past = rows[-1]["arrival"]
            return
        # The end of a round: it begins anew when something comes, or after a while where something failed.
        self._past = 0
        self._again_at = 0.0 if self._more else now + _AGAIN if rows or self._failed else float("inf")
        self.trouble, self._failed = (self.trouble, False) if self._failed else ("", False)

    def _one(self, row: dict[str, Any]) -> int | None:
        """Care for one; the object's time, where that has changed it."""
        key = self._place.key(row["vendor"], "inbox", row["path"])
        taken = Print(
            etag=row["etag"],
            modified=row["mtime_ns"] // _NANOSECONDS,
            size=row["size"],
            version=row["version"] or "",
        )
        with suppress(ObjectGone, ObjectChanged):  # the vendor was quicker; what it put there is a drop of its own
            if self._after == "tag":
                return self._tag(key, taken)
            if self._after.startswith("move:"):
                self._copy(row, key, taken)
            # Looked at last: there are servers that know no condition, neither for a copy nor for a removal.
            if self._after != "keep" and self._bucket.head(key).is_like(taken):
                self._bucket.delete(key, etag=taken.etag)
        return None

    def _copy(self, row: dict[str, Any], key: str, taken: Print) -> None:
        if self._bucket.head(key).is_like(taken):
            folder = self._after.removeprefix("move:").rstrip("/")
            to = self._place.key(row["vendor"], folder, row["path"])
            self._bucket.copy(key, to, etag=taken.etag, version=taken.version)

    def _tag(self, key: str, taken: Print) -> int | None:
        if not self._bucket.head(key).is_like(taken):
            return None  # a lifecycle rule may remove what has the tag: nothing that was never taken may get it
        self._bucket.tag(key, *TAG, version=taken.version)
        found = self._bucket.head(key)
        is_it = found.version == taken.version and found.etag == taken.etag
        return found.modified if is_it and found.modified != taken.modified else None
