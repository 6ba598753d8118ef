"""The embedded bus: consumers lease rows of the catalogue, nothing to install.

The catalogue's own transaction is the whole delivery. Several threads, and several processes on one
catalogue, share a queue; what a killed one had in hand is free again when its lease runs out.
"""

from __future__ import annotations

import threading
import time
from collections import Counter

from pictureday import config
from pictureday.bus.heart import Heart
from pictureday.bus.holding import Holding, new_owner
from pictureday.bus.lookout import Lookout
from pictureday.bus.protocol import Consumer, Taken
from pictureday.catalogue import Catalogue, held
from pictureday.catalogue.messages import Stored
from pictureday.messages import Queue

__all__ = ["EmbeddedBus"]

POLL = 0.5  # seconds until a message of another process is seen; our own ring the bell


class Bell:
    """Wakes whoever waits for a queue; a ring between the look and the wait is not missed."""

    def __init__(self) -> None:
        self._rung: Counter[Queue] = Counter()
        self._condition = threading.Condition()

    def ring(self, queue: Queue) -> None:
        """There may be something in `queue`."""
        with self._condition:
            self._rung[queue] += 1
            self._condition.notify_all()

    def count(self, queue: Queue) -> int:
        """How often it was rung; look before you look for work."""
        with self._condition:
            return self._rung[queue]

    def wait(self, queue: Queue, seen: int, timeout: float) -> None:
        """Wait until it was rung more than `seen` times, for `timeout` seconds at most."""
        with self._condition:
            self._condition.wait_for(lambda: self._rung[queue] != seen, timeout)


class EmbeddedConsumer(Holding):
    """Leases messages of one queue, going round the vendors."""

    def __init__(self, catalogue: Catalogue, heart: Heart, bell: Bell, queue: Queue) -> None:
        super().__init__(catalogue, heart, lambda: bell.ring(queue))
        self._bell = bell
        self._queue = queue
        self._served = ""
        self._empty_at: int | None = None  # how often the bell had rung when nothing was found
        self._closed = threading.Event()

    def take(self, timeout: float) -> Taken | None:
        """See `Consumer.take`."""
        deadline = time.monotonic() + timeout
        while not self._closed.is_set():
            taken = self._look()
            left = deadline - time.monotonic()
            if taken is not None or left <= 0:
                return taken
            if self._empty_at is not None:
                self._bell.wait(self._queue, self._empty_at, left)
        return None

    def close(self) -> None:
        """See `Consumer.close`."""
        self._closed.set()
        self._bell.ring(self._queue)

    def _look(self) -> Taken | None:
        """Take what there is, unless nobody has rung since nothing was found."""
        rung, owner = self._bell.count(self._queue), new_owner()
        if rung == self._empty_at:
            return None
        row = self._leased(owner)
        self._empty_at = rung if row is None else None
        return self._opened(row, owner) if row is not None else None

    def _leased(self, owner: str) -> Stored | None:
        # The look takes no lock, so an idle consumer costs the catalogue's writers nothing.
        seconds = self._heart.seconds
        with self._catalogue.read() as tx:
            if not held.waiting(tx, {self._queue}, seconds=seconds):
                return None
        with self._catalogue.write(fleeting=True) as tx:
            row = held.lease(tx, self._queue, owner=owner, seconds=seconds, after=self._served)
        self._served = row.vendor if row is not None else self._served
        return row

    def _settle(self, taken: Taken) -> None:
        """Nothing: there is only the row."""


class EmbeddedBus:
    """Rows leased from the catalogue."""

    has_feed = False

    def __init__(self, settings: config.Bus, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._bell = Bell()
        self._heart = Heart(catalogue, settings.lease)
        self._lookout = Lookout(catalogue, self._bell.ring, seconds=POLL, lease=settings.lease)
        self._consumers: list[EmbeddedConsumer] = []

    def start(self) -> None:
        """See `Bus.start`. Raises `Outage` when the catalogue is away."""
        with self._catalogue.write() as tx:
            held.adopt(tx)
        self._heart.start()
        self._lookout.start()

    def close(self) -> None:
        """See `Bus.close`."""
        for consumer in self._consumers:
            consumer.close()
        self._lookout.close()
        self._heart.close()

    def consumer(self, queue: Queue) -> Consumer:
        """See `Bus.consumer`."""
        consumer = EmbeddedConsumer(self._catalogue, self._heart, self._bell, queue)
        self._consumers.append(consumer)
        self._lookout.watch(queue)
        return consumer

    def wake(self, queue: Queue) -> None:
        """See `Bus.wake`."""
        self._bell.ring(queue)

    def drain(self, queue: Queue) -> int:  # noqa: ARG002 - there is no broker that could hold any
        """See `Bus.drain`."""
        return 0

    def healthy(self) -> bool:
        """See `Bus.healthy`."""
        return True

    def why_not(self) -> str:
        """See `Bus.why_not`."""
        return ""
