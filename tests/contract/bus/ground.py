"""A catalogue with a bus on it, and hands at work: what each test of the contract needs, in its words."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from types import TracebackType
from typing import Self
from uuid import uuid4

from sqlalchemy import Connection, insert, select

from pictureday.bus import Bus, Consumer, OnPark, Policy, Taken, connect, work
from pictureday.catalogue import Catalogue, messages
from pictureday.catalogue.messages import MessageState, Parked
from pictureday.catalogue.tables import audit
from pictureday.config import Bus as BusSettings
from pictureday.messages import Message, PhotosReceived, Queue

__all__ = ["QUICK", "Ground", "Handler", "photos", "until"]

# Errors are tried again at once: the tests are about what happens, not about how long it takes.
QUICK = Policy(retry_first=0.01, retry_most=0.02, pause_first=0.01, pause_most=0.02, look=0.05)
_HOLDER = """
import sys, time
from pictureday.bus import connect
from pictureday.catalogue import Catalogue
from pictureday.config import Bus
from pictureday.messages import Queue
bus = connect(Bus(url=sys.argv[1], prefix=sys.argv[2], lease=1.0), Catalogue.open(sys.argv[3]))
bus.start()
taken = bus.consumer(Queue.RECEIVED).take(30)
sys.stdout.write(f"{taken.id}\\n")
sys.stdout.flush()
time.sleep(600)
"""


def photos(*photo_ids: int) -> PhotosReceived:
    """A message about these photos."""
    return PhotosReceived(photo_ids=photo_ids)


def until(true: Callable[[], object], what: str, *, seconds: float = 60.0) -> None:
    """Return as soon as `true()`; fail with `what` when that takes too long."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, what
        time.sleep(0.02)


class Handler:
    """Leaves one trace a photo in the transaction that deletes the message; `before(taken)` may go wrong first."""

    def __init__(self, catalogue: Catalogue, before: Callable[[Taken], None] | None = None) -> None:
        self._catalogue = catalogue
        self._before = before
        self.met: list[Taken] = []

    def __call__(self, taken: Taken) -> None:
        """Handle `taken`, unless somebody else has."""
        self.met.append(taken)
        if self._before is not None:
            self._before(taken)
        with self._catalogue.write() as tx:
            if messages.finish(tx, taken.id, taken.owner):
                trace(tx, "handled", taken)


def trace(tx: Connection, action: str, taken: Taken) -> None:
    """One row a photo, so that a test can count effects and not calls."""
    assert isinstance(taken.message, PhotosReceived)
    rows = [
        {"at": datetime.now(UTC), "who": "test", "action": action, "file_id": one} for one in taken.message.photo_ids
    ]
    tx.execute(insert(audit), rows)


class Ground:
    """One catalogue; buses on it are closed at the end."""

    def __init__(self, *, bus_url: str, catalogue_url: str) -> None:
        self.bus_url = bus_url
        self.catalogue_url = catalogue_url
        self.prefix = f"test-{uuid4().hex[:8]}"
        self.is_amqp = bus_url.startswith("amqp")
        self._close = ExitStack()
        self.catalogue = Catalogue.open(catalogue_url)
        self._close.callback(self.catalogue.close)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._close.close()

    def bus(self, *, lease: float = 10.0, resay: float = 60.0, vendor_outstanding: int = 8) -> Bus:
        """A started bus, closed with the ground."""
        settings = BusSettings(
            url=self.bus_url, prefix=self.prefix, lease=lease, resay=resay, vendor_outstanding=vendor_outstanding
        )
        bus = connect(settings, self.catalogue)
        bus.start()
        self._close.callback(bus.close)
        return bus

    def handler(self, before: Callable[[Taken], None] | None = None) -> Handler:
        """A handler whose effects `handled` counts."""
        return Handler(self.catalogue, before)

    def say(self, *said: Message, vendor: str = "") -> list[int]:
        """Say these messages in one transaction."""
        with self.catalogue.write() as tx:
            return [messages.say(tx, message, vendor=vendor) for message in said]

    def traces(self, action: str = "handled") -> Counter[int]:
        """How often each photo was handled (or whatever `action` says)."""
        with self.catalogue.read() as tx:
            return Counter(tx.execute(select(audit.c.file_id).where(audit.c.action == action)).scalars())

    def depth(self, queue: Queue = Queue.RECEIVED) -> dict[MessageState, int]:
        """The queue's messages by state."""
        with self.catalogue.read() as tx:
            return messages.depths(tx)[queue]

    def parked(self) -> list[Parked]:
        """The parked messages."""
        with self.catalogue.read() as tx:
            return messages.parked(tx)

    def until_empty(self) -> None:
        """Wait until no message of the first queue is left but parked ones."""
        until(lambda: not set(self.depth()) - {MessageState.PARKED}, f"the queue stays at {self.depth()}")

    @contextmanager
    def at_work(
        self,
        consumer: Consumer,
        handle: Callable[[Taken], None],
        *,
        policy: Policy = QUICK,
        on_park: OnPark | None = None,
    ) -> Iterator[threading.Event]:
        """A hand at work in a thread; the event ends it."""
        stop = threading.Event()
        thread = threading.Thread(
            target=work, args=(consumer, handle, stop), kwargs={"policy": policy, "on_park": on_park}, name="hand"
        )
        thread.start()
        try:
            yield stop
        finally:
            stop.set()
            thread.join()
            consumer.close()

    def hold_elsewhere(self) -> subprocess.Popen[str]:
        """Another process that has a message in hand, and never lets go. Lease: one second."""
        process = subprocess.Popen(
            [sys.executable, "-c", _HOLDER, self.bus_url, self.prefix, self.catalogue_url],
            stdout=subprocess.PIPE,
            text=True,
        )
        self._close.callback(_end, process)
        assert process.stdout is not None
        assert process.stdout.readline().strip().isdigit(), "it took nothing"
        return process


def _end(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.communicate()
