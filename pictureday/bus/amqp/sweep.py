"""Says again what a broker or a dead process may have lost; the row has kept it all the while.

Three signs, each enough: whoever had it in hand let the lease run out; it was said `resay` seconds ago and its
queue is empty; it was said ten times as long ago. The sync feed is left alone: it waits for the night,
and the sync goes by the catalogue anyway.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial

from pictureday import config
from pictureday.catalogue import Catalogue, outbox
from pictureday.messages import Queue

__all__ = ["SWEPT", "Sweep", "age_to_resay"]

SWEPT = Queue.RECEIVED, Queue.VERDICTS
_ABANDONED_EVERY = 0.5  # seconds
_REGARDLESS = 10  # times `resay`: a queue that is never empty may have lost one all the same


def age_to_resay(resay: float, waiting: int) -> float:
    """How many seconds ago a message was said that is said again, when `waiting` are in its queue."""
    return resay if waiting == 0 else resay * _REGARDLESS


class Sweep:
    """Called at every turn of the relay; looks at the table now and then."""

    def __init__(
        self, settings: config.Bus, catalogue: Catalogue, ask: Callable[[Queue, Callable[[int], None]], None]
    ) -> None:
        self._resay = settings.resay
        self._lease = settings.lease
        self._catalogue = catalogue
        self._ask = ask
        self._answers: dict[Queue, int] = {}  # written by the link's thread
        self._abandoned_at = 0.0
        self._overdue_at = time.monotonic()

    def turn(self, *, in_need: bool) -> None:
        """Look, where it is time to; for what is abandoned only where `in_need`. Raises `Outage`."""
        now = time.monotonic()
        for queue in SWEPT:
            if (waiting := self._answers.pop(queue, None)) is not None:
                self._say_again(self._overdue(queue, age_to_resay(self._resay, waiting)))
        if in_need and now - self._abandoned_at > _ABANDONED_EVERY:
            self._abandoned_at = now
            self._abandoned()
        if now - self._overdue_at > self._resay / 2:
            self._overdue_at = now
            self._ask_about_overdue()

    def _abandoned(self) -> None:
        for queue in SWEPT:
            with self._catalogue.read() as tx:
                ids = outbox.abandoned(tx, queue, seconds=self._lease)
            self._say_again(ids)

    def _ask_about_overdue(self) -> None:
        for queue in SWEPT:
            if self._overdue(queue, self._resay):
                self._ask(queue, partial(self._answers.__setitem__, queue))

    def _overdue(self, queue: Queue, age: float) -> tuple[int, ...]:
        with self._catalogue.read() as tx:
            return outbox.overdue(tx, queue, age=age, seconds=self._lease)

    def _say_again(self, ids: tuple[int, ...]) -> None:
        if ids:
            with self._catalogue.write() as tx:
                outbox.say_again(tx, ids, seconds=self._lease)
