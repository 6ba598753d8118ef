"""Holding an inbox: one ingester at a time, on whatever host, by a lease in the catalogue.

A thread of its own keeps the lease, so that a slow server costs nobody the inbox; whoever dies is followed within
seconds. And every transaction that writes renews it first: one that comes too late fails as a whole.
"""

from __future__ import annotations

import hashlib
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from sqlalchemy import Connection

from pictureday.catalogue import Catalogue, leases
from pictureday.clock import Clock
from pictureday.errors import Outage

__all__ = ["Holding", "TakenOver"]

_SECONDS = 8.0  # whoever takes over after a crash waits no longer
_BEAT = 2.0


class TakenOver(Outage):
    """Another process has the inbox now."""


class Holding:
    """The hold of one process on one inbox."""

    def __init__(self, inbox: str, catalogue: Catalogue, clock: Clock) -> None:
        self._inbox = inbox
        self._catalogue = catalogue
        self._clock = clock
        self.lease = f"inbox:{hashlib.sha256(inbox.encode()).hexdigest()[:32]}"
        self.owner = uuid.uuid4().hex
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def take(self) -> bool:
        """Take the inbox and keep it; False where another process has it."""
        with self._catalogue.write() as tx:
            if not leases.take(tx, self.lease, self.owner, now=self._clock.now(), seconds=_SECONDS):
                return False
        self._stop.clear()
        self._thread = threading.Thread(target=self._keep, name="inbox lease", daemon=True)
        self._thread.start()
        return True

    def let_go(self) -> None:
        """Let another process in; does nothing where one is in already."""
        self._stop.set()
        if self._thread:
            self._thread.join()
            self._thread = None
        with suppress(Outage), self._catalogue.write() as tx:
            leases.release(tx, self.lease, self.owner)

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction in which the inbox is ours, and stays ours until it ends. Raises `TakenOver`."""
        with self._catalogue.write() as tx:
            if not leases.renew(tx, self.lease, self.owner, now=self._clock.now(), seconds=_SECONDS):
                raise TakenOver(f"Another ingester took over {self._inbox}, because this one stood still for too long.")
            yield tx

    def _keep(self) -> None:
        while not self._stop.wait(_BEAT):
            # Whoever writes meets the same trouble, and says so.
            with suppress(Outage), self.writing():
                pass
