"""The ingester of one inbox in a bucket: one process's at a time, on whatever host."""

from __future__ import annotations

from collections.abc import Callable

from ingest.bucket.holding import Holding, TakenOver
from ingest.bucket.shift import Ground, Shift, is_under_way
from ingest.bucket.sources import source_of
from ingest.size import limits_of
from ingest.unpacking import Unpacker
from pictureday import config
from pictureday.blobs import Blobs
from pictureday.catalogue import Catalogue
from pictureday.clock import Clock, SystemClock
from pictureday.errors import Outage
from pictureday.s3 import Bucket

__all__ = ["BucketIngester"]

_UNPACK_LOOK = 0.1  # seconds between two looks for a stored archive


class BucketIngester:
    """Brings what vendors put into a bucket into the catalogue.

    `step` is called again and again by one thread, `unpack` by another; `wake` is called after a commit.
    """

    def __init__(
        self,
        inbox: config.Inbox,
        settings: config.Settings,
        catalogue: Catalogue,
        blobs: Blobs,
        *,
        wake: Callable[[], None],
        clock: Clock | None = None,
    ) -> None:
        if inbox.events is None:
            raise ValueError(f"{inbox.url} is no inbox in a bucket")
        self._events = inbox.events
        self._catalogue = catalogue
        self._clock = clock or SystemClock()
        self._holding = Holding(inbox.name, catalogue, self._clock)
        self._unpacker = Unpacker(inbox.name, catalogue, blobs, limits_of(settings.ingest))
        self._wake = wake
        self._shift: Shift | None = None
        self._elsewhere = False
        self._ground = Ground(
            name=inbox.name,
            place=inbox.events.place,
            bucket=Bucket(inbox.events.place),
            after=inbox.aftercare,
            times=settings.ingest,
            catalogue=catalogue,
            blobs=blobs,
            clock=self._clock,
            writing=self._holding.writing,
            wake=wake,
        )

    def step(self) -> float:
        """Hear what has come, take, care and close; waits for the next event itself."""
        shift = self._shift or self._begin()
        try:
            shift.step()
        except TakenOver:
            self._end()
            raise
        return 0.0

    def unpack(self) -> float:
        """One batch of one archive; returns how long to wait where there is none."""
        # Before `step` has begun, another process may be the inbox's ingester.
        if not (self._shift and self._unpacker.step()):
            return _UNPACK_LOOK
        self._wake()
        return 0.0

    def idle(self) -> bool:
        """Whether nothing is left to hear of, list, take, unpack, care for or close.

        Where another process has the inbox, only what the catalogue knows to be under way counts.
        """
        if shift := self._shift:
            return shift.is_idle()
        with self._catalogue.read() as tx:
            return self._elsewhere and not is_under_way(tx, self._ground.name)

    def stop(self) -> None:
        """Give back what is in hand, and let another process in; both threads have ended."""
        self._unpacker.forget()
        self._end()

    def ring(self) -> None:
        """End the wait of `step`."""
        if shift := self._shift:
            shift.bell.set()

    def _begin(self) -> Shift:
        self._elsewhere = not self._holding.take()
        if self._elsewhere:
            raise Outage(
                f"Another ingester works on {self._ground.name}.",
                fix="This one takes over by itself when that one ends.",
            )
        try:
            shift = Shift(self._ground, source_of(self._events))
        except BaseException:
            self._holding.let_go()
            raise
        self._shift = shift
        try:
            shift.begin()
        except BaseException:
            self._end()
            raise
        return shift

    def _end(self) -> None:
        shift, self._shift = self._shift, None
        try:
            if shift:
                shift.close()
        finally:
            self._holding.let_go()
